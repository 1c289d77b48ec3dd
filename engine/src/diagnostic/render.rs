//! Findings as people read them: with the source line, a caret under the very words, and what to try.
//!
//! The layout is rustc's (annotate-snippets); the heading says in words whose move it is, and
//! `file:line:column` always stands in the text as it is, so that editors and terminals can jump to it.

use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Renderer, Snippet};

use super::{Class, Diagnostic, Place, Severity, line_starts};

/// All findings, in the order given, each followed by an empty line. `text` is the script they point into.
pub fn render(text: &str, file: &str, diagnostics: &[Diagnostic], colour: bool) -> String {
    let renderer = if colour {
        Renderer::styled()
    } else {
        Renderer::plain()
    };
    let renderer = renderer.decor_style(DecorStyle::Ascii);
    let mut out = String::new();
    for diagnostic in diagnostics {
        out.push_str(&rendered(&renderer, text, file, diagnostic));
        out.push_str("\n\n");
    }
    out
}

/// `file:LINE:COLUMN: error: message (hint)`.
pub fn one_line(text: &str, file: &str, diagnostic: &Diagnostic) -> String {
    let place = Place::of(text, diagnostic.span.start);
    let heading = heading(diagnostic);
    let message = &diagnostic.message;
    let hint = diagnostic.hint.as_deref().map(|hint| format!(" ({hint})"));
    format!("{file}:{place}: {heading}: {message}{}", hint.unwrap_or_default())
}

/// The words before the message: how much it matters and whose move it is.
fn heading(diagnostic: &Diagnostic) -> &'static str {
    match (diagnostic.severity, diagnostic.class) {
        (Severity::Warning, _) => "warning",
        (Severity::Lenient, _) => "lenient",
        (Severity::Error, Class::Invalid) => "error",
        (Severity::Error, Class::NotSupported) => "error: not supported",
        (Severity::Error, Class::NotImplemented) => "error: not implemented yet",
        (Severity::Error, Class::Bug) => "bug",
    }
}

fn rendered(renderer: &Renderer, text: &str, file: &str, diagnostic: &Diagnostic) -> String {
    let base = match diagnostic.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Lenient => Level::NOTE,
    };
    let level = base.with_name(heading(diagnostic));
    let (line, column, source, within) = excerpt(text, diagnostic);
    let snippet = Snippet::source(source)
        .line_start(line)
        .path(file)
        .annotation(AnnotationKind::Primary.span(within));
    let mut group: Group<'_> = level.primary_title(diagnostic.message.as_str()).element(snippet);
    if let Some(hint) = &diagnostic.hint {
        group = group.element(Level::HELP.message(hint.as_str()));
    }
    let out = renderer.render(&[group]);
    let place = format!("{file}:{line}:{column}");
    // Tabs and other wide characters shift the column that the layout prints; ours is the one of `Place`.
    if out.contains(&place) {
        out
    } else {
        with_place(&out, file, &place)
    }
}

/// Puts our place where the layout printed another one, or in a line of its own.
fn with_place(out: &str, file: &str, place: &str) -> String {
    let prefix = format!("{file}:");
    let mut lines: Vec<String> = out.lines().map(str::to_owned).collect();
    let arrow = lines
        .iter()
        .position(|line| line.contains("--> ") && line.contains(&prefix));
    match arrow {
        Some(i) => {
            if let Some(line) = lines.get_mut(i)
                && let Some((before, _)) = line.split_once(&prefix)
            {
                *line = format!("{before}{place}");
            }
        }
        None => lines.insert(1.min(lines.len()), format!(" --> {place}")),
    }
    lines.join("\n")
}

/// Longest piece of one line that is shown; scripts on a single line are common and long.
const WIDTH_MAX: usize = 160;

/// Line, column, the text of the lines that the span touches, and the span within that text.
fn excerpt<'t>(text: &'t str, diagnostic: &Diagnostic) -> (usize, usize, &'t str, Range<usize>) {
    let start = boundary(text, diagnostic.span.start);
    let end = boundary(text, diagnostic.span.end.max(start));
    let place = Place::of(text, start);
    let line_start = line_starts(text)
        .take_while(|from| *from <= start)
        .last()
        .unwrap_or(0);
    let tail = text.get(end..).unwrap_or("");
    let line_end = tail.find(['\n', '\r']).map_or(text.len(), |i| end + i);
    let mut from = line_start;
    let mut to = line_end;
    if to - from > WIDTH_MAX * 2 {
        from = from.max(boundary(text, start.saturating_sub(WIDTH_MAX / 2)));
        to = to.min(boundary(text, end.min(start + WIDTH_MAX * 4) + WIDTH_MAX / 2));
    }
    let source = text.get(from..to).unwrap_or("").trim_end_matches('\r');
    let low = (start - from).min(source.len());
    let high = end.min(to).saturating_sub(from).clamp(low, source.len());
    (place.line, place.column, source, low..high)
}

fn boundary(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::diagnostic::Span;

    const SCRIPT: &str = "CREATE STREAM s (\r\n\t\"größe\" VARCHAR(4),\n  b TEXT);\n";

    fn at(words: &str) -> Span {
        let start = SCRIPT.find(words).unwrap();
        Span::new(start, start + words.len())
    }

    #[test]
    fn every_kind_of_finding_names_itself_and_its_place() {
        let span = at("TEXT");
        let cases = [
            (Diagnostic::invalid(span, "m"), "error: m"),
            (Diagnostic::not_supported(span, "m"), "error: not supported: m"),
            (
                Diagnostic::not_implemented(span, "m"),
                "error: not implemented yet: m",
            ),
            (Diagnostic::bug(span, "m"), "bug: m"),
            (Diagnostic::warning(span, "m"), "warning: m"),
            (Diagnostic::lenient(span, "m"), "lenient: m"),
        ];
        for (diagnostic, heading) in cases {
            let shown = render(SCRIPT, "app.sql", std::slice::from_ref(&diagnostic), false);
            assert!(shown.starts_with(heading), "{shown}");
            assert!(shown.contains("app.sql:3:5"), "{shown}");
            assert!(shown.contains("  b TEXT);") && shown.contains("^^^^"), "{shown}");
            assert_eq!(
                one_line(SCRIPT, "app.sql", &diagnostic),
                format!("app.sql:3:5: {heading}")
            );
        }
    }

    #[test]
    fn the_hint_follows_as_help() {
        let diagnostic = Diagnostic::invalid(at("VARCHAR"), "m").with_hint("try this");
        let shown = render(SCRIPT, "a b.sql", std::slice::from_ref(&diagnostic), false);
        assert!(shown.contains("help: try this"), "{shown}");
        assert!(shown.contains("a b.sql:2:10"), "{shown}");
        assert_eq!(one_line(SCRIPT, "f", &diagnostic), "f:2:10: error: m (try this)");
    }

    #[test]
    fn any_span_in_any_text_is_shown() {
        for text in ["", "\n", "é", "a\r\nb", SCRIPT] {
            for start in 0..text.len() + 3 {
                for end in start..text.len() + 4 {
                    let diagnostic = Diagnostic::invalid(Span::new(start, end), "m\nn").with_hint("h");
                    let shown = render(text, "f", &[diagnostic], start % 2 == 0);
                    let place = Place::of(text, start);
                    assert!(
                        shown.contains(&format!("f:{place}")),
                        "{text:?} {start}..{end}: {shown}"
                    );
                }
            }
        }
    }

    #[test]
    fn a_long_line_is_cut_around_the_place() {
        let text = format!("{}TEXT{}", "x ".repeat(5000), " y".repeat(5000));
        let shown = render(
            &text,
            "f",
            &[Diagnostic::invalid(Span::new(10_000, 10_004), "m")],
            false,
        );
        assert!(
            shown.contains("f:1:10001") && shown.contains("TEXT") && shown.len() < 2000,
            "{shown}"
        );
    }

    #[test]
    fn lines_end_in_lf_in_cr_lf_and_in_cr() {
        let text = "a\rb\r\ncd\n\r\re";
        let places = ["a", "b", "c", "d", "e"].map(|letter| {
            let place = Place::of(text, text.find(letter).unwrap());
            (place.line, place.column)
        });
        assert_eq!(places, [(1, 1), (2, 1), (3, 1), (3, 2), (6, 1)]);
    }
}
