//! What a script is made of after lexing: words, names, literals and symbols, each with its bytes.
//!
//! The tokens are ours and not sqlparser's, so that a missing quote spoils one line and not the file, and so
//! that every place in the tree is a byte range of the text that the user wrote. [`for_sqlparser`] is the
//! lowering: it passes on only those words that the expression grammar needs as keywords and turns every
//! other word into a quoted name, so that no keyword of a foreign dialect can ever act.

use sqlparser::tokenizer::{Location, Span as ForeignSpan, Token as ForeignToken, TokenWithSpan};

use crate::diagnostic::Span;

/// One token of a script.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    /// What it is.
    pub(super) kind: TokenKind,
    /// Its bytes in the script.
    pub(super) span: Span,
}

/// The kinds of token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TokenKind {
    /// An unquoted word, folded to upper case.
    Word(String),
    /// A name in double quotes, exactly.
    Quoted(String),
    /// Digits, point and exponent as written.
    Number(String),
    /// A character literal with doubled quotes resolved.
    Text(String),
    /// `u&'…'`, its escapes not yet resolved: UESCAPE may follow.
    UnicodeText(String),
    /// `X'…'`.
    Hex(String),
    /// An operator or a bracket; `!=` is given as `<>`, and what is refused as [`FOREIGN_OPERATOR`].
    Symbol(&'static str),
    /// The end of the statement.
    End,
}

/// The symbol of an operator of other dialects that has been refused.
pub(super) const FOREIGN_OPERATOR: &str = "%";

impl Token {
    /// Whether it is this unquoted word, given in upper case.
    pub(super) fn is_word(&self, word: &str) -> bool {
        matches!(&self.kind, TokenKind::Word(w) if w == word)
    }

    /// Whether it is this symbol.
    pub(super) fn is_symbol(&self, symbol: &str) -> bool {
        matches!(&self.kind, TokenKind::Symbol(s) if *s == symbol)
    }

    /// The unquoted word, in upper case.
    pub(super) fn word(&self) -> Option<&str> {
        match &self.kind {
            TokenKind::Word(word) => Some(word),
            _ => None,
        }
    }
}

/// The words that sqlparser's expression grammar may see as keywords.
const EXPRESSION_WORDS: &[&str] = &[
    "AND", "OR", "NOT", "LIKE", "SIMILAR", "TO", "ESCAPE", "WHEN", "THEN", "ELSE", "END",
];

/// The same tokens in sqlparser's form. Byte offsets travel as columns of line 1, so that they come back whole.
pub(super) fn for_sqlparser(tokens: &[Token]) -> Vec<TokenWithSpan> {
    tokens
        .iter()
        .map(|token| TokenWithSpan::new(lowered(&token.kind), foreign_span(token.span)))
        .collect()
}

fn lowered(kind: &TokenKind) -> ForeignToken {
    match kind {
        TokenKind::Word(word) if EXPRESSION_WORDS.contains(&word.as_str()) => {
            ForeignToken::make_keyword(word)
        }
        TokenKind::Word(word) | TokenKind::Quoted(word) => ForeignToken::make_word(word, Some('"')),
        TokenKind::Number(digits) => ForeignToken::Number(digits.clone(), false),
        TokenKind::Text(text) => ForeignToken::SingleQuotedString(text.clone()),
        TokenKind::UnicodeText(text) => ForeignToken::UnicodeStringLiteral(text.clone()),
        TokenKind::Hex(digits) => ForeignToken::HexStringLiteral(digits.clone()),
        TokenKind::Symbol(symbol) => lowered_symbol(symbol),
        TokenKind::End => ForeignToken::EOF,
    }
}

fn lowered_symbol(symbol: &str) -> ForeignToken {
    match symbol {
        "(" => ForeignToken::LParen,
        ")" => ForeignToken::RParen,
        "{" => ForeignToken::LBrace,
        "}" => ForeignToken::RBrace,
        "," => ForeignToken::Comma,
        "." => ForeignToken::Period,
        ";" => ForeignToken::SemiColon,
        "*" => ForeignToken::Mul,
        "+" => ForeignToken::Plus,
        "-" => ForeignToken::Minus,
        "/" => ForeignToken::Div,
        "||" => ForeignToken::StringConcat,
        FOREIGN_OPERATOR => ForeignToken::Mod,
        "=" => ForeignToken::Eq,
        "<>" => ForeignToken::Neq,
        "<" => ForeignToken::Lt,
        "<=" => ForeignToken::LtEq,
        ">" => ForeignToken::Gt,
        ">=" => ForeignToken::GtEq,
        _ => ForeignToken::EOF,
    }
}

fn foreign_span(span: Span) -> ForeignSpan {
    let at = |offset: usize| Location::new(1, offset as u64 + 1);
    ForeignSpan::new(at(span.start), at(span.end))
}

/// The bytes that a span of sqlparser's stands for.
pub(super) fn native_span(span: ForeignSpan) -> Span {
    let offset = |place: Location| usize::try_from(place.column.saturating_sub(1)).unwrap_or(0);
    Span::new(offset(span.start), offset(span.end))
}
