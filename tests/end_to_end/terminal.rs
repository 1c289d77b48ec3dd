//! A terminal with a program in it: keys go in, and what can be seen is read from a parsed screen.
//!
//! The bytes that a program writes say little (colours, cursor moves, lines drawn again); what a person sees is what a
//! test should judge. So they draw a screen, as a terminal does, and tests wait until it shows something. Nothing
//! sleeps: every new byte wakes the one who waits, and a deadline ends it with the screen and the last bytes in the
//! message. Where `ROWTIME_SCREENS` names a folder, [`Terminal::save`] keeps screens there to be looked at.

mod dump;
pub mod keys;
mod screen;
mod table;

use std::ffi::OsStr;
use std::io::{Read, Write};
use std::process::Child;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use pty_process::Size;
use pty_process::blocking::{Command, Pty, open};

use crate::machine::{Folder, wait};

pub use screen::Screen;
pub use table::Table;

/// How long anything may take before it counts as not coming.
const DEADLINE: Duration = Duration::from_secs(40);
/// The last bytes that a failing test shows.
const TAIL_BYTES: usize = 1_500;
/// What a shell shows when it waits for the first line of an entry.
pub const PROMPT: &str = "rowtime>";

/// What is drawn so far.
struct Drawn {
    screen: Screen,
    tail: Vec<u8>,
    ended: bool,
}

/// The screen, and who is told of a change.
struct Shared {
    drawn: Mutex<Drawn>,
    changed: Condvar,
}

/// A program in a terminal; ended with the test.
pub struct Terminal {
    pty: Arc<Pty>,
    child: Child,
    shared: Arc<Shared>,
    reader: Option<JoinHandle<()>>,
}

impl Terminal {
    /// `rowtime` with these arguments in a folder, on 24 lines of 80 columns.
    pub fn rowtime(folder: &Folder, args: &[&str]) -> Self {
        Self::with(folder, args, (24, 80), &[])
    }

    /// The same with another size and more of an environment.
    pub fn with(folder: &Folder, args: &[&str], size: (u16, u16), env: &[(&str, &str)]) -> Self {
        let command = Command::new(env!("CARGO_BIN_EXE_rowtime")).args(args);
        Self::start(command, folder, size, env)
    }

    /// Any program, in an environment that holds nothing of ours.
    pub fn start(
        command: Command,
        folder: &Folder,
        (rows, columns): (u16, u16),
        env: &[(&str, &str)],
    ) -> Self {
        let (pty, pts) = open().unwrap();
        pty.resize(Size::new(rows, columns)).unwrap();
        let path = std::env::var_os("PATH").unwrap_or_default();
        let child = command
            .env_clear()
            .env("PATH", path)
            .env("HOME", folder.path("home"))
            .env("TERM", "xterm-256color")
            .env("LANG", "C.UTF-8")
            .envs(env.iter().copied())
            .current_dir(folder.path(""))
            .spawn(pts)
            .unwrap();
        let pty = Arc::new(pty);
        let shared = Arc::new(Shared {
            drawn: Mutex::new(Drawn {
                screen: Screen::new(rows, columns),
                tail: Vec::new(),
                ended: false,
            }),
            changed: Condvar::new(),
        });
        let (from, to) = (Arc::clone(&pty), Arc::clone(&shared));
        let reader = std::thread::spawn(move || draw(&from, &to));
        Self {
            pty,
            child,
            shared,
            reader: Some(reader),
        }
    }

    fn drawn(&self) -> MutexGuard<'_, Drawn> {
        self.shared.drawn.lock().unwrap()
    }

    /// Presses keys: text as it is, the others from [`keys`].
    pub fn press(&self, keys: impl AsRef<OsStr>) {
        let bytes = keys.as_ref().as_encoded_bytes();
        (&*self.pty).write_all(bytes).unwrap();
    }

    /// Inserts text as terminals do it for a paste.
    pub fn paste(&self, text: &str) {
        // A terminal sends what Enter sends where the text has a new line.
        self.press(format!("\x1b[200~{}\x1b[201~", text.replace('\n', "\r")));
    }

    /// Gives the window another size; the program hears of it.
    pub fn resize(&self, rows: u16, columns: u16) {
        let mut drawn = self.drawn();
        drawn.screen.resize(rows, columns);
        self.pty.resize(Size::new(rows, columns)).unwrap();
    }

    /// Waits until the screen is so, and says what that finds there.
    pub fn until<T>(&self, what: &str, mut finds: impl FnMut(&Screen) -> Option<T>) -> T {
        let mut found = None;
        let (drawn, _) = self
            .shared
            .changed
            .wait_timeout_while(self.drawn(), DEADLINE, |drawn| {
                found = finds(&drawn.screen);
                found.is_none() && !drawn.ended
            })
            .unwrap();
        let state = found.is_none().then(|| Self::state(&drawn));
        // Nobody else should fail because the screen was being looked at.
        drop(drawn);
        found.unwrap_or_else(|| panic!("{what} does not come{}", state.unwrap_or_default()))
    }

    /// Waits until the lines from this one to that of the cursor are so; whether they become it in time.
    pub fn becomes(&self, from: usize, mut is_so: impl FnMut(&[String]) -> bool) -> bool {
        let waited = self
            .shared
            .changed
            .wait_timeout_while(self.drawn(), DEADLINE, |drawn| {
                let lines = drawn.screen.lines(from, drawn.screen.lines_before_cursor());
                !is_so(&lines) && !drawn.ended
            });
        !waited.unwrap().1.timed_out()
    }

    /// Waits until the screen shows a text.
    pub fn sees(&self, text: &str) {
        self.until(&format!("{text:?}"), |screen| {
            screen.text().contains(text).then_some(())
        });
    }

    /// Waits until the line of the cursor is this, up to the blanks at its end.
    pub fn sees_at_cursor(&self, line: &str) {
        self.until(&format!("{line:?} at the cursor"), |screen| {
            (screen.cursor_line().trim_end() == line.trim_end()).then_some(())
        });
    }

    /// Waits for the next line of an entry that is not whole yet, which is edited as one text.
    pub fn next_line(&self) {
        self.sees_at_cursor("");
    }

    /// Waits for the prompt of a shell, with nothing typed; says on which line since the start it is.
    pub fn prompt(&self) -> usize {
        self.prompt_from(0)
    }

    /// The same, on this line or further down.
    pub fn prompt_from(&self, line: usize) -> usize {
        self.until("the prompt", |screen| {
            let waits =
                screen.cursor_line().trim_end() == PROMPT && screen.cursor_column() == PROMPT.len() + 1;
            let at = screen.lines_before_cursor();
            (waits && at >= line).then_some(at)
        })
    }

    /// Types an entry of one or several lines at the prompt; returns the line at which the answer begins.
    pub fn enter(&self, entry: &str) -> usize {
        self.prompt();
        self.press(entry.replace('\n', "\r"));
        // What is said meanwhile moves the line that is typed: so that the new prompt is not taken for the old one,
        // nothing is entered before it is all there.
        let bare = |text: &str| text.split_whitespace().collect::<String>();
        let last = bare(entry.lines().next_back().unwrap_or_default());
        let answer = self.until(&format!("{entry:?} at the prompt"), |screen| {
            let is_typed = bare(&screen.text_before_cursor()).ends_with(&last);
            is_typed.then(|| screen.lines_before_cursor() + 1)
        });
        self.press(keys::ENTER);
        answer
    }

    /// Types an entry, and returns what stands between it and the next prompt.
    pub fn ask(&self, entry: &str) -> String {
        let answer = self.enter(entry);
        let next = self.prompt_from(answer);
        self.look(|screen| screen.lines(answer, next).join("\n"))
    }

    /// The screen as lines of text, without the blanks at the ends of lines and below.
    pub fn text(&self) -> String {
        self.drawn().screen.text()
    }

    /// Everything that was shown since the start, in as far as it is kept.
    pub fn transcript(&self) -> String {
        self.drawn().screen.transcript()
    }

    /// Looks at the screen as it is.
    pub fn look<T>(&self, at: impl FnOnce(&Screen) -> T) -> T {
        at(&self.drawn().screen)
    }

    /// Keeps the screen as a text and as styled cells, where someone asked for it.
    pub fn save(&self, name: &str) {
        dump::save(&self.drawn().screen, name);
    }

    /// The status with which the program ends by itself, after all that it wrote is drawn.
    pub fn status(&mut self) -> Option<i32> {
        let ended = self
            .shared
            .changed
            .wait_timeout_while(self.drawn(), DEADLINE, |drawn| !drawn.ended);
        let state = {
            let (drawn, _) = ended.unwrap();
            (!drawn.ended).then(|| Self::state(&drawn))
        };
        assert!(
            state.is_none(),
            "the program does not end{}",
            state.unwrap_or_default()
        );
        wait(&mut self.child)
    }

    /// The process, to send it signals.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    fn state(drawn: &Drawn) -> String {
        let (row, column) = drawn.screen.cursor();
        format!(
            "; {}, the cursor is at row {row}, column {column} of\n{}\n-- and the last bytes are\n{}",
            if drawn.ended {
                "the program has ended"
            } else {
                "the program runs"
            },
            drawn.screen.text(),
            drawn.tail.escape_ascii()
        )
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // It may have ended.
        drop(self.child.kill());
        drop(self.child.wait());
        if let Some(reader) = self.reader.take() {
            drop(reader.join());
        }
    }
}

/// Draws what comes until nobody writes any more.
fn draw(pty: &Pty, shared: &Shared) {
    let mut from = pty;
    let mut bytes = [0; 4096];
    loop {
        let count = from.read(&mut bytes).unwrap_or_default();
        let mut drawn = shared.drawn.lock().unwrap();
        let new = &bytes[..count];
        let answers = drawn.screen.draw(new);
        drawn.tail.extend_from_slice(new);
        let more = drawn.tail.len().saturating_sub(TAIL_BYTES);
        drawn.tail.drain(..more);
        drawn.ended = count == 0;
        drop(drawn);
        shared.changed.notify_all();
        // A program that asks the terminal something waits for its answer.
        if count == 0 || from.write_all(&answers).is_err() {
            return;
        }
    }
}
