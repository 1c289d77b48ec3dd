//! The names that an expression may use: columns of FROM, ROWTIME, parameters, and, for hints, aliases.
//!
//! What cannot be found is reported here, with the nearest name or the alias that was meant.

use super::faults::{Bound, Faults, Reported};
use super::names::{Match, find};
use super::relation::Column;
use super::suggestion::{did_you_mean, nearest, written};
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind};
use crate::sql::ast::Ident;
use crate::types::SqlType;

/// What ROWTIME of one relation of FROM is to a row of the whole FROM.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Time {
    /// The ROWTIME of that row.
    Row,
    /// A column of its own, since rows of several times make the row.
    Own,
    /// Nothing: a reference table has no time.
    Absent,
}

/// The column that holds a relation's own ROWTIME: a system column behind all others.
pub(super) const OWN_ROWTIME: &str = "ROWTIME";

/// One column that USING or NATURAL made of two.
#[derive(Debug, Clone)]
pub(super) struct Merged {
    /// Its name.
    pub(super) name: String,
    /// Positions of the two, or of more where it was merged again.
    pub(super) columns: Vec<usize>,
    /// Its value over the columns of FROM.
    pub(super) expr: Bound<Expr>,
}

/// One relation of FROM under its name.
#[derive(Debug, Clone)]
pub(super) struct Named {
    /// Alias, or the stream's own name; `None` for a sub-select without alias.
    pub(super) name: Option<String>,
    /// The stream's name where an alias hides it.
    pub(super) hidden: Option<String>,
    /// Its columns.
    pub(super) columns: Vec<Column>,
    /// Position of its first column among all columns of FROM.
    pub(super) offset: usize,
    /// Whether `columns` is the whole truth.
    pub(super) complete: bool,
    /// What its ROWTIME is.
    pub(super) time: Time,
}

/// All names in reach.
#[derive(Debug, Clone, Default)]
pub(super) struct Scope {
    /// The relations of FROM.
    pub(super) relations: Vec<Named>,
    /// Columns that USING and NATURAL made of two.
    pub(super) merged: Vec<Merged>,
    /// Parameters of the function whose body is bound; they are columns 0, 1, ….
    pub(super) parameters: Vec<(String, SqlType)>,
    /// Aliases of the select list: never in reach, but good for a hint.
    pub(super) aliases: Vec<String>,
}

impl Scope {
    /// One relation.
    pub(super) fn of(relation: Named) -> Self {
        Self {
            relations: vec![relation],
            ..Self::default()
        }
    }

    /// How many columns FROM has.
    pub(super) fn width(&self) -> usize {
        self.relations.iter().map(|r| r.columns.len()).sum()
    }

    /// These relations, then others.
    pub(super) fn beside(mut self, mut right: Scope) -> Self {
        let width = self.width();
        for relation in &mut right.relations {
            relation.offset += width;
        }
        for merged in &mut right.merged {
            merged.columns.iter_mut().for_each(|i| *i += width);
            if let Ok(expr) = &mut merged.expr {
                shift(expr, width);
            }
        }
        self.relations.append(&mut right.relations);
        self.merged.append(&mut right.merged);
        self
    }

    /// Every column of FROM, in order.
    pub(super) fn columns(&self) -> impl Iterator<Item = &Column> {
        self.relations.iter().flat_map(|r| r.columns.iter())
    }

    /// The name of a column by its position, for messages.
    pub(super) fn column_name(&self, index: usize) -> &str {
        self.columns().nth(index).map_or("?", |c| c.name.as_str())
    }

    /// Whether all columns of FROM are known.
    pub(super) fn complete(&self) -> bool {
        self.relations.iter().all(|r| r.complete)
    }

    /// What a bare name can mean: merged columns, then those that are not part of one, with their positions.
    pub(super) fn bare_columns(&self) -> Vec<(&str, Vec<usize>)> {
        let part = |i: &usize| self.merged.iter().any(|m| m.columns.contains(i));
        let merged = self.merged.iter().map(|m| (m.name.as_str(), m.columns.clone()));
        let single = self.columns().enumerate().filter(|(i, _)| !part(i));
        merged
            .chain(single.map(|(i, column)| (column.name.as_str(), vec![i])))
            .collect()
    }

    /// The columns of `*` with their names: the merged ones, then the declared ones that are not part of one.
    pub(super) fn star(&self, span: Span) -> Vec<(&str, Bound<Expr>)> {
        let merged = self.merged.iter().map(|m| {
            let expr = m.expr.clone().map(|e| Expr { span, ..e });
            (m.name.as_str(), expr)
        });
        let part = |i: &usize| self.merged.iter().any(|m| m.columns.contains(i));
        let declared = self.columns().enumerate().filter(|(_, c)| !c.system);
        let declared = declared.filter(|(i, _)| !part(i)).map(|(i, column)| {
            let expr = column.ty.map(|ty| Expr::column(i, ty, span)).ok_or(Reported);
            (column.name.as_str(), expr)
        });
        merged.chain(declared).collect()
    }

    /// Whether a column or parameter has exactly this name.
    pub(super) fn has_exactly(&self, name: &str) -> bool {
        self.columns().any(|c| c.name == name) || self.parameters.iter().any(|(n, _)| n == name)
    }

    /// A parameter or a column by its bare name.
    pub(super) fn unqualified(&self, ident: &Ident, place: &str, faults: &Faults) -> Bound<Expr> {
        let names = self.parameters.iter().map(|(n, _)| n.as_str());
        if let Match::Exact(i) | Match::OtherCase(i) = find(names, ident)
            && let Some((_, ty)) = self.parameters.get(i)
        {
            return Ok(Expr::column(i, *ty, ident.span));
        }
        let known = self.bare_columns();
        match find(known.iter().map(|(name, _)| *name), ident) {
            Match::Exact(i) => self.bare(i, &known, ident.span),
            Match::OtherCase(i) => {
                let stored = known.get(i).map_or("?", |(name, _)| name);
                self.other_case(ident, stored, faults);
                self.bare(i, &known, ident.span)
            }
            Match::Ambiguous(_) | Match::Nothing if !self.complete() => Err(Reported),
            Match::Ambiguous(all) => {
                let all = all.iter().filter_map(|i| known.get(*i));
                let all: Vec<usize> = all.flat_map(|(_, columns)| columns.clone()).collect();
                Err(self.ambiguous(ident, &all, faults))
            }
            Match::Nothing => {
                let mut d = Diagnostic::invalid(
                    ident.span,
                    format!("Column '{}' not found in any table", ident.name),
                );
                d.hint = self.hint(ident, place);
                Err(faults.report(d))
            }
        }
    }

    /// The value of one of the bare columns.
    fn bare(&self, i: usize, known: &[(&str, Vec<usize>)], span: Span) -> Bound<Expr> {
        match (self.merged.get(i), known.get(i)) {
            (Some(merged), _) => merged.expr.clone().map(|e| Expr { span, ..e }),
            (None, Some((_, columns))) => columns.first().map_or(Err(Reported), |i| self.at(*i, span)),
            (None, None) => Err(Reported),
        }
    }

    /// The relation that a qualifier names.
    pub(super) fn relation(&self, ident: &Ident, faults: &Faults) -> Bound<&Named> {
        let named: Vec<&Named> = self.relations.iter().filter(|r| r.name.is_some()).collect();
        let names = || named.iter().filter_map(|r| r.name.as_deref());
        let found = find(names(), ident);
        if let Match::Exact(i) | Match::OtherCase(i) = found
            && let Some(relation) = named.get(i)
        {
            if matches!(found, Match::OtherCase(_)) {
                self.other_case(ident, relation.name.as_deref().unwrap_or_default(), faults);
            }
            return Ok(relation);
        }
        if matches!(found, Match::Ambiguous(_)) {
            // Two relations of one name have been reported as such.
            return Err(Reported);
        }
        let mut d = Diagnostic::invalid(ident.span, format!("Table '{}' not found", ident.name));
        d.hint = self
            .relations
            .iter()
            .find(|r| r.hidden.as_deref() == Some(ident.name.as_str()))
            .and_then(|r| r.name.as_deref())
            .map(|alias| {
                format!(
                    "here it goes by its alias: write {} instead of {}",
                    written(alias),
                    written(&ident.name)
                )
            })
            .or_else(|| did_you_mean(&ident.name, names()))
            .or_else(|| {
                let unnamed = self.relations.iter().any(|r| r.name.is_none() && r.complete);
                unnamed.then(|| "the sub-select in FROM has no alias: write the bare column name".to_owned())
            });
        Err(faults.report(d))
    }

    /// `relation.column`.
    pub(super) fn qualified(&self, relation: &Named, ident: &Ident, faults: &Faults) -> Bound<Expr> {
        let names = || relation.columns.iter().map(|c| c.name.as_str());
        match find(names(), ident) {
            Match::Exact(i) => self.at(relation.offset + i, ident.span),
            Match::OtherCase(i) => {
                self.other_case(ident, self.column_name(relation.offset + i), faults);
                self.at(relation.offset + i, ident.span)
            }
            Match::Ambiguous(all) => {
                let all: Vec<usize> = all.iter().map(|i| relation.offset + i).collect();
                Err(self.ambiguous(ident, &all, faults))
            }
            Match::Nothing if !relation.complete => Err(Reported),
            Match::Nothing => {
                let table = relation.name.as_deref().unwrap_or_default();
                let mut d = Diagnostic::invalid(
                    ident.span,
                    format!("Column '{}' not found in table '{table}'", ident.name),
                );
                d.hint = did_you_mean(&ident.name, names()).or_else(|| columns_there_are(&relation.columns));
                Err(faults.report(d))
            }
        }
    }

    /// `relation.ROWTIME`.
    pub(super) fn rowtime_of(&self, relation: &Named, span: Span, faults: &Faults) -> Bound<Expr> {
        match relation.time {
            Time::Row => Ok(Expr::rowtime(span)),
            Time::Own => {
                let own = |c: &Column| c.system && c.name == OWN_ROWTIME;
                let place = relation.columns.iter().position(own).ok_or(Reported)?;
                self.at(relation.offset + place, span)
            }
            Time::Absent => {
                let name = relation.name.as_deref().unwrap_or_default();
                let message = format!("'{name}' is a reference table, and its rows have no ROWTIME");
                let d = Diagnostic::invalid(span, message)
                    .with_hint("ROWTIME without a qualifier is that of the stream's row");
                Err(faults.report(d))
            }
        }
    }

    fn at(&self, index: usize, span: Span) -> Bound<Expr> {
        let ty = self.columns().nth(index).and_then(|c| c.ty);
        ty.map(|ty| Expr::column(index, ty, span)).ok_or(Reported)
    }

    fn other_case(&self, ident: &Ident, stored: &str, faults: &Faults) {
        faults.report(
            Diagnostic::lenient(
                ident.span,
                format!("'{}' was taken as {}", ident.name, written(stored)),
            )
            .with_hint(format!(
                "unquoted names fold to upper case; write {}",
                written(stored)
            )),
        );
    }

    fn ambiguous(&self, ident: &Ident, all: &[usize], faults: &Faults) -> Reported {
        let mut names: Vec<String> = Vec::new();
        for (i, column) in self.columns().enumerate() {
            if all.contains(&i) {
                let relation = self
                    .relations
                    .iter()
                    .find(|r| i >= r.offset && i < r.offset + r.columns.len());
                let table = relation.and_then(|r| r.name.as_deref());
                names.push(match table {
                    Some(table) => format!("{}.{}", written(table), written(&column.name)),
                    None => written(&column.name),
                });
            }
        }
        faults.report(
            Diagnostic::invalid(ident.span, format!("Column '{}' is ambiguous", ident.name))
                .with_hint(format!("it could be {}", names.join(" or "))),
        )
    }

    fn hint(&self, ident: &Ident, place: &str) -> Option<String> {
        let folded = ident.name.to_uppercase();
        if !place.is_empty() && self.aliases.iter().any(|a| a.to_uppercase() == folded) {
            return Some(format!(
                "{} is an alias of this select list and cannot be used in {place}: repeat the expression",
                written(&ident.name)
            ));
        }
        let names = self
            .columns()
            .map(|c| c.name.as_str())
            .chain(self.parameters.iter().map(|(n, _)| n.as_str()));
        if let Some(near) = nearest(&ident.name, names) {
            return Some(format!("did you mean {}?", written(near)));
        }
        if ident.quoted {
            let text = ident.name.replace('\'', "''");
            return Some(format!(
                "double quotes make a name; did you mean single quotes: '{text}'?"
            ));
        }
        columns_there_are(self.columns())
    }
}

/// The first of the columns that could have been meant.
fn columns_there_are<'c>(columns: impl IntoIterator<Item = &'c Column>) -> Option<String> {
    let known = columns.into_iter().filter(|c| !c.system).take(12);
    let known: Vec<String> = known.map(|c| written(&c.name)).collect();
    (!known.is_empty()).then(|| format!("the columns here are {}", known.join(", ")))
}

/// Moves an expression to columns that stand behind `by` others.
pub(super) fn shift(expr: &mut Expr, by: usize) {
    expr.rewrite(&mut |e| {
        if let ExprKind::Column(i) = &mut e.kind {
            *i += by;
        }
    });
}
