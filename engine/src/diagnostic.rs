//! What is wrong with a script, where, whose move it is, and what to try.
//!
//! A [`Diagnostic`] points into the text the user wrote (byte offsets, so that a caret can be drawn under
//! the very word). All faults of a script are collected in [`Diagnostics`] and shown together; nothing
//! starts while one of them is an error.

pub mod render;
pub mod suggestion;

use std::fmt;

/// A half-open range of bytes in the script's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The range `start..end`.
    pub fn new(start: usize, end: usize) -> Self {
        Self { start, end }
    }

    /// Whether byte `offset` lies in it.
    pub fn holds(self, offset: usize) -> bool {
        (self.start..self.end).contains(&offset)
    }

    /// The smallest range that holds both; an empty default span counts as absent.
    pub fn to(self, other: Span) -> Span {
        if self == Span::default() {
            return other;
        }
        if other == Span::default() {
            return self;
        }
        Span::new(self.start.min(other.start), self.end.max(other.end))
    }
}

/// Whose move it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// The text breaks a rule of the dialect: the author's move.
    Invalid,
    /// The dialect never had this and rowtime does not plan it.
    NotSupported,
    /// The dialect has it, rowtime parses it, but cannot run it yet.
    NotImplemented,
    /// rowtime broke one of its own rules: please report it.
    Bug,
}

/// How much it matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Nothing starts.
    Error,
    /// It starts, and may not do what the author meant.
    Warning,
    /// It starts and differs from the old service in a way `--strict` refuses (`decisions.md`, "lenient").
    Lenient,
}

/// One finding about a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How much it matters.
    pub severity: Severity,
    /// Whose move it is.
    pub class: Class,
    /// One sentence in the words of the old service where it had some.
    pub message: String,
    /// Where in the text.
    pub span: Span,
    /// What to try, where the slip is recognisable.
    pub hint: Option<String>,
}

impl Diagnostic {
    /// An error of the author's.
    pub fn invalid(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, Class::Invalid, span, message)
    }

    /// Something the dialect does not have.
    pub fn not_supported(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, Class::NotSupported, span, message)
    }

    /// Something rowtime parses but cannot run yet.
    pub fn not_implemented(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, Class::NotImplemented, span, message)
    }

    /// A broken rule of our own.
    pub fn bug(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, Class::Bug, span, message)
    }

    /// A warning.
    pub fn warning(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, Class::Invalid, span, message)
    }

    /// An accepted deviation that `--strict` refuses.
    pub fn lenient(span: Span, message: impl Into<String>) -> Self {
        Self::new(Severity::Lenient, Class::Invalid, span, message)
    }

    fn new(severity: Severity, class: Class, span: Span, message: impl Into<String>) -> Self {
        Self {
            severity,
            class,
            message: message.into(),
            span,
            hint: None,
        }
    }

    /// The same with a hint.
    #[must_use]
    pub fn with_hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }
}

/// A one-based place in a text; columns count characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl Place {
    /// The place of byte `offset` in `text`.
    pub fn of(text: &str, offset: usize) -> Place {
        let mut offset = offset.min(text.len());
        while !text.is_char_boundary(offset) {
            offset -= 1;
        }
        let (breaks, line_start) = line_starts(text)
            .take_while(|start| *start <= offset)
            .fold((0, 0), |(count, _), start| (count + 1, start));
        Place {
            line: breaks + 1,
            column: text[line_start..offset].chars().count() + 1,
        }
    }
}

/// Where the lines of `text` begin, but for the first. Lines end in LF, CR LF or, from old editors, in CR alone.
pub(crate) fn line_starts(text: &str) -> impl Iterator<Item = usize> {
    let ends = text.match_indices(['\n', '\r']).map(|(i, _)| i + 1);
    ends.filter(|after| !(text[..*after].ends_with('\r') && text[*after..].starts_with('\n')))
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}
