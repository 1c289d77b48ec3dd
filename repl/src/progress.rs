//! Watches a run: a bar (or plain lines) on standard error, and the error rows for the end.
//!
//! Of the error rows only the first few are kept; their number is always told.

use indicatif::{HumanBytes, ProgressBar, ProgressDrawTarget, ProgressStyle};
use std::io::IsTerminal;

pub use rowtime_connectors::discover::grouped;
use rowtime_connectors::wall_clock;
use rowtime_engine::dataflow::errors::ErrorRow;
use rowtime_engine::datetime;
use rowtime_engine::pipeline::OutsideError;
use rowtime_engine::pipeline::run::{Observer, Progress};

use crate::options::ProgressWhen;
use crate::report;

/// Error rows that are explained at the end.
const EXPLAINED_MAX: usize = 5;
/// Characters of a failing row that are shown.
const DATA_CHARS_MAX: usize = 160;
/// Milliseconds between two plain lines.
const LINE_PERIOD_MS: u64 = 2_000;

/// The observer of a run.
pub struct Watcher {
    form: Form,
    started_ms: u64,
    first_errors: Vec<ErrorRow>,
    errors: u64,
}

enum Form {
    Off,
    Bar(ProgressBar),
    Lines { last_ms: u64 },
}

impl Watcher {
    /// A watcher; `rows_on_terminal` says that rows are printed there, where a bar would be in their way.
    pub fn new(when: ProgressWhen, rows_on_terminal: bool, bytes_total: Option<u64>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        let started_ms = wall_clock::monotonic_ms();
        let form = match when {
            ProgressWhen::Never => Form::Off,
            ProgressWhen::Auto if !terminal || rows_on_terminal => Form::Off,
            _ if terminal => Form::Bar(bar(bytes_total)),
            _ => Form::Lines { last_ms: started_ms },
        };
        Self {
            form,
            started_ms,
            first_errors: Vec::new(),
            errors: 0,
        }
    }

    /// Whether progress is shown.
    pub fn shown(&self) -> bool {
        !matches!(self.form, Form::Off)
    }

    /// Takes the bar away.
    pub fn finish(&self) {
        if let Form::Bar(bar) = &self.form {
            bar.finish_and_clear();
        }
    }

    /// Says how many error rows there were, and what the first were about; `kept` in a destination of theirs.
    pub fn explain_errors(&self, kept: bool) {
        if self.errors == 0 {
            return;
        }
        let rows = if self.errors == 1 {
            "error row"
        } else {
            "error rows"
        };
        report::note(&format!(
            "{} {rows}{}",
            grouped(self.errors),
            if kept {
                ""
            } else {
                "; --sink error_stream=URI keeps them"
            }
        ));
        for row in &self.first_errors {
            eprintln!("  {}", explain(row));
        }
        let more = self.errors.saturating_sub(self.first_errors.len() as u64);
        if more > 0 {
            eprintln!("  … and {} more", grouped(more));
        }
    }
}

impl Observer for Watcher {
    fn step(&mut self, progress: &Progress) {
        match &mut self.form {
            Form::Off => {}
            Form::Bar(bar) => {
                bar.set_position(progress.bytes);
                let seconds = bar.elapsed().as_secs_f64();
                bar.set_message(status(progress, seconds));
            }
            Form::Lines { last_ms } => {
                let now_ms = wall_clock::monotonic_ms();
                if now_ms - *last_ms >= LINE_PERIOD_MS {
                    *last_ms = now_ms;
                    let seconds = (now_ms - self.started_ms) as f64 / 1_000.0;
                    report::note(&line(progress, seconds));
                }
            }
        }
    }

    fn errors(&mut self, rows: &[ErrorRow]) {
        self.errors += rows.len() as u64;
        let room = EXPLAINED_MAX.saturating_sub(self.first_errors.len());
        self.first_errors.extend(rows.iter().take(room).cloned());
    }

    fn not_reloaded(&mut self, why: &OutsideError) {
        let say = || report::note(&format!("{why}; the table stays as it is"));
        match &self.form {
            Form::Bar(bar) => bar.suspend(say),
            Form::Off | Form::Lines { .. } => say(),
        }
    }
}

fn bar(bytes_total: Option<u64>) -> ProgressBar {
    let (template, bar) = match bytes_total {
        Some(total) => (
            "{bar:24} {bytes}/{total_bytes}  {msg}  ETA {eta}",
            ProgressBar::with_draw_target(Some(total), ProgressDrawTarget::stderr()),
        ),
        None => (
            "{spinner} {bytes}  {msg}",
            ProgressBar::with_draw_target(None, ProgressDrawTarget::stderr()),
        ),
    };
    match ProgressStyle::with_template(template) {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn line(progress: &Progress, seconds: f64) -> String {
    let bytes = match progress.bytes_total {
        Some(total) => format!("{} of {}", HumanBytes(progress.bytes), HumanBytes(total)),
        None => HumanBytes(progress.bytes).to_string(),
    };
    format!("{bytes}  {}", status(progress, seconds))
}

fn status(progress: &Progress, seconds: f64) -> String {
    let rate = if seconds > 0.0 {
        (progress.rows as f64 / seconds) as u64
    } else {
        0
    };
    let mut out = format!("{} rows  {} rows/s", grouped(progress.rows), grouped(rate));
    if let Some(bound) = progress.bound_ms.filter(|b| *b != i64::MAX && *b != i64::MIN) {
        out.push_str("  bound ");
        out.push_str(&datetime::timestamp_text(bound));
    }
    if progress.error_rows > 0 {
        out.push_str(&format!("  {} error rows", grouped(progress.error_rows)));
    }
    out
}

fn explain(row: &ErrorRow) -> String {
    let place = row
        .pump
        .as_deref()
        .map_or_else(|| "input".to_owned(), |pump| format!("pump {pump}"));
    let data = String::from_utf8_lossy(&row.data_row);
    let mut shown: String = data
        .chars()
        .take(DATA_CHARS_MAX)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if data.chars().nth(DATA_CHARS_MAX).is_some() {
        shown.push('…');
    }
    let at = datetime::timestamp_text(row.rowtime_ms);
    let name = row.name.to_string();
    let message = report::printable(&row.message).replace('\n', " ");
    if row.message.starts_with(&name) {
        return format!("{at} {place}: {message}: {shown}");
    }
    format!("{at} {place}: {name}: {message}: {shown}")
}

#[cfg(test)]
mod tests {
    use super::grouped;

    #[test]
    fn digits_are_grouped_in_threes() {
        for (n, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (12_345_678, "12,345,678"),
        ] {
            assert_eq!(grouped(n), text);
        }
    }
}
