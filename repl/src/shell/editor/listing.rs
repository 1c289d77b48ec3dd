//! The list of candidates of an entry of several lines.
//!
//! rustyline prints its own list below the cursor's line and then rubs out as many lines as the entry has, the list
//! among them. So with more than one line the Tab key is handled here: the list is printed above the prompt. It is
//! shown by the first press, since there is nothing more to complete.

use std::sync::{Arc, Mutex, PoisonError};

use rustyline::{Cmd, ConditionalEventHandler, Event, EventContext, Movement, RepeatCount};
use unicode_width::UnicodeWidthStr;

use super::completion::{self, Offer};
use super::{Names, Printer};

/// Columns of the list.
const WIDTH: usize = 80;
/// Candidates that are listed.
const LISTED_MAX: usize = 100;

/// The Tab key.
pub struct Listing {
    names: Arc<Mutex<Names>>,
    printer: Arc<Mutex<Box<dyn Printer>>>,
}

impl Listing {
    /// The Tab key with these names, which lists with this printer.
    pub fn new(names: Arc<Mutex<Names>>, printer: Box<dyn Printer>) -> Self {
        let printer = Arc::new(Mutex::new(printer));
        Self { names, printer }
    }

    /// From a thread of its own: the printer waits for the editor, which is waiting for us.
    fn print(&self, list: String) {
        let printer = Arc::clone(&self.printer);
        std::thread::spawn(move || {
            printer.lock().unwrap_or_else(PoisonError::into_inner).print(list);
        });
    }
}

impl ConditionalEventHandler for Listing {
    fn handle(&self, _: &Event, _: RepeatCount, _: bool, typing: &EventContext<'_>) -> Option<Cmd> {
        let (text, cursor) = (typing.line(), typing.pos());
        if !text.contains('\n') {
            return None;
        }
        let names = self.names.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let (start, offers) = completion::offers(text, cursor, &names);
        if offers.len() < 2 {
            return None;
        }
        let typed = text.get(start..cursor)?;
        let common = common_beginning(&offers);
        if common.len() > typed.len() {
            let back = Movement::BackwardChar(typed.chars().count().try_into().ok()?);
            return Some(Cmd::Replace(back, Some(common.to_owned())));
        }
        self.print(list(&offers));
        Some(Cmd::Noop)
    }
}

fn common_beginning(offers: &[Offer]) -> &str {
    let mut all = offers.iter().map(|offer| offer.written.as_str());
    let first = all.next().unwrap_or("");
    all.fold(first, |common, other| {
        let same = common.chars().zip(other.chars()).take_while(|(a, b)| a == b);
        let length = same.map(|(c, _)| c.len_utf8()).sum();
        common.get(..length).unwrap_or("")
    })
}

/// The candidates in columns, read downwards.
fn list(offers: &[Offer]) -> String {
    let listed = offers.get(..LISTED_MAX).unwrap_or(offers);
    let widest = listed.iter().map(|o| o.shown.width()).max().unwrap_or(0) + 2;
    let lines = listed.len().div_ceil((WIDTH / widest).max(1));
    let mut out = String::new();
    for line in 0..lines {
        let mut written = String::new();
        for offer in listed.iter().skip(line).step_by(lines) {
            written.push_str(&offer.shown);
            written.push_str(&" ".repeat(widest.saturating_sub(offer.shown.width())));
        }
        out.push_str(written.trim_end());
        out.push('\n');
    }
    if listed.len() < offers.len() {
        out.push_str(&format!("… and {} more\n", offers.len() - listed.len()));
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offers(words: &[&str]) -> Vec<Offer> {
        let offer = |word: &&str| Offer {
            shown: (*word).to_owned(),
            written: (*word).to_owned(),
        };
        words.iter().map(offer).collect()
    }

    #[test]
    fn candidates_stand_in_columns() {
        let words: Vec<String> = (0..12).map(|i| format!("CANDIDATE_{i}")).collect();
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        assert_eq!(
            list(&offers(&words)),
            "CANDIDATE_0   CANDIDATE_3   CANDIDATE_6   CANDIDATE_9\n\
             CANDIDATE_1   CANDIDATE_4   CANDIDATE_7   CANDIDATE_10\n\
             CANDIDATE_2   CANDIDATE_5   CANDIDATE_8   CANDIDATE_11\n"
        );
        assert!(list(&offers(&["x"; 103])).ends_with("\n… and 3 more\n"));
    }

    #[test]
    fn what_candidates_share_is_completed() {
        assert_eq!(common_beginning(&offers(&["TRADES", "TRADE", "TRAIN"])), "TRA");
        assert_eq!(common_beginning(&offers(&["été", "étude"])), "ét");
        assert_eq!(common_beginning(&offers(&["a", "\"b\""])), "");
    }
}
