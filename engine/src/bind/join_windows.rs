//! The window of a joined stream: how long its rows wait for partners (`windows-and-time.md` §6.1, §4.2).
//!
//! It goes back from the current row, by time or by number of rows, or forward by time, and holds the rows of all keys.

use super::expression::Expressions;
use super::faults::Bound;
use super::frames::Distance;
use super::{frames, windows};
use crate::diagnostic::Diagnostic;
use crate::plan::join::JoinWindow;
use crate::sql::ast::{Frame, WindowRef};

/// Binds `OVER …` of a relation in FROM.
pub(super) fn bind(x: &Expressions, window: &WindowRef) -> Bound<JoinWindow> {
    windows::check(x, window).and_then(|()| frames::check_of_join(x, window))?;
    let frame = frames::specs(x, window)
        .into_iter()
        .find_map(|spec| spec.frame.as_ref());
    match frame {
        Some(frame) => length(x, frame),
        None => {
            let span = match window {
                WindowRef::Named(name) => name.span,
                WindowRef::Inline(spec) => spec.span,
            };
            x.refuse(
                span,
                "The window of a join needs ROWS or RANGE".to_owned(),
                Some("write OVER (RANGE INTERVAL '1' MINUTE PRECEDING)".to_owned()),
            )
        }
    }
}

fn length(x: &Expressions, frame: &Frame) -> Bound<JoinWindow> {
    let reach = frames::reach(x, frame)?;
    match (reach.from, reach.to) {
        (Distance::UnboundedBefore, Distance::By(0)) => {
            let message = "This window keeps every row for ever, and so needs ever more memory";
            let hint = "give it a length: RANGE INTERVAL '1' HOUR PRECEDING";
            x.fault(Diagnostic::warning(frame.span, message).with_hint(hint));
            Ok(JoinWindow::Unbounded)
        }
        (Distance::By(from), Distance::By(0)) if reach.rows => Ok(JoinWindow::Rows(from.unsigned_abs())),
        (Distance::By(from), Distance::By(0)) => Ok(JoinWindow::Range(-from)),
        (Distance::By(0), Distance::By(to)) if !reach.rows => Ok(JoinWindow::Following(to)),
        _ => {
            let message = "A window that does not end at the current row is not supported";
            let hint = "write … PRECEDING, or BETWEEN … PRECEDING AND CURRENT ROW";
            Err(x.fault(Diagnostic::not_supported(frame.span, message).with_hint(hint)))
        }
    }
}
