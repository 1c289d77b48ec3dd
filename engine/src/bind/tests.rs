//! The binder over SQL text: plans as short text, findings as `line:column message`.
//!
//! Plans are compared as text in which every conversion shows, since a missing one is a wrong answer.

mod depth;
mod expressions;
mod faults;
mod grouping;
mod joins;
mod queries;
mod statements;

use super::{BindOptions, bind};
use crate::diagnostic::{Diagnostic, Place, Severity};
use crate::expr::{CastMode, Expr, ExprKind, Function, Value};
use crate::plan::{Application, Plan, RowtimePromise};

/// The stream that most tests read.
pub(super) const SOURCE: &str = "CREATE STREAM s (ticker VARCHAR(4), price REAL, qty INTEGER, big BIGINT, \
     amount DECIMAL(10,2), flag BOOLEAN, ts TIMESTAMP, d DATE, t TIME, code CHAR(3), \"lower\" DOUBLE, small SMALLINT);\n";

pub(super) fn compile(text: &str) -> (Application, Vec<Diagnostic>) {
    let (script, mut found) = crate::sql::parse(text);
    let (application, bound) = bind(&script, &BindOptions::default());
    found.extend(bound);
    found.sort_by_key(|d| d.span);
    (application, found)
}

/// Findings as `line:column message [| hint]`, lenient ones and warnings marked.
pub(super) fn findings(text: &str) -> Vec<String> {
    let (_, found) = compile(text);
    found
        .iter()
        .map(|d| {
            let mark = match d.severity {
                Severity::Error => "",
                Severity::Warning => "warning: ",
                Severity::Lenient => "lenient: ",
            };
            let hint = d.hint.as_ref().map(|h| format!(" | {h}")).unwrap_or_default();
            format!("{} {mark}{}{hint}", Place::of(text, d.span.start), d.message)
        })
        .collect()
}

/// Errors only, without places and hints.
pub(super) fn errors(text: &str) -> Vec<String> {
    let (_, found) = compile(text);
    found
        .into_iter()
        .filter(|d| d.severity == Severity::Error)
        .map(|d| d.message)
        .collect()
}

/// The application of a script without errors.
pub(super) fn good(text: &str) -> Application {
    let (application, found) = compile(text);
    let errors: Vec<&Diagnostic> = found.iter().filter(|d| d.severity == Severity::Error).collect();
    assert!(errors.is_empty(), "{text}\n{errors:#?}");
    application
}

/// The plan of `CREATE STREAM o AS query` over [`SOURCE`].
pub(super) fn plan_of(query: &str) -> String {
    let application = good(&format!("{SOURCE}CREATE STREAM o AS {query};"));
    render(&application.pumps.first().unwrap().plan)
}

/// The errors of the same.
pub(super) fn errors_of(query: &str) -> Vec<String> {
    errors(&format!("{SOURCE}CREATE STREAM o AS {query};"))
}

/// Type and text of one select item over [`SOURCE`].
pub(super) fn item(expr: &str) -> String {
    let application = good(&format!(
        "{SOURCE}CREATE STREAM o AS SELECT STREAM {expr} AS x FROM s;"
    ));
    match &application.pumps.first().unwrap().plan {
        Plan::Project { input, exprs, .. } => {
            let e = exprs.first().unwrap();
            format!("{} {}", e.ty, text(e, &names(input)))
        }
        other => panic!("{other:?}"),
    }
}

fn names(plan: &Plan) -> Vec<String> {
    plan.fields().iter().map(|f| f.name.clone()).collect()
}

/// A plan from its top down, one node in angle brackets each.
pub(super) fn render(plan: &Plan) -> String {
    match plan {
        // With all its columns: those that nobody reads are left out after binding.
        Plan::Scan { stream, .. } => format!("scan {stream}"),
        Plan::Filter { input, predicate } => {
            format!("filter [{}] <- {}", text(predicate, &names(input)), render(input))
        }
        Plan::Project {
            input,
            exprs,
            fields,
            rowtime,
        } => {
            let inner = names(input);
            let mut all: Vec<String> = exprs
                .iter()
                .zip(fields)
                .map(|(e, f)| format!("{} = {}", f.name, text(e, &inner)))
                .collect();
            if let Some(r) = rowtime {
                let promise = match &r.promise {
                    RowtimePromise::Clock(c) => format!("clock {}", text(c, &[])),
                    other => format!("{other:?}").to_lowercase(),
                };
                all.push(format!("ROWTIME = {} ({promise})", text(&r.expr, &inner)));
            }
            format!("select [{}] <- {}", all.join(", "), render(input))
        }
        Plan::Tumble {
            input,
            keys,
            window,
            clock,
            aggregates,
            ..
        } => {
            let inner = names(input);
            let keys: Vec<String> = keys
                .iter()
                .enumerate()
                .map(|(i, k)| format!("{}{}", if i == *window { "*" } else { "" }, text(k, &inner)))
                .collect();
            let aggregates: Vec<String> = aggregates
                .iter()
                .map(|a| {
                    let argument = a.argument.as_ref().map(|e| text(e, &inner)).unwrap_or_default();
                    let distinct = if a.distinct { "distinct " } else { "" };
                    format!("{:?}({distinct}{argument})", a.function)
                })
                .collect();
            let clock = clock.as_ref().map_or("none".to_owned(), |c| text(&c.key, &[]));
            format!(
                "tumble [{}; {}; clock {clock}] <- {}",
                keys.join(", "),
                aggregates.join(", "),
                render(input)
            )
        }
        // With the words of `explain`.
        other => {
            let inputs: Vec<String> = other.inputs().into_iter().map(render).collect();
            format!("{} <- {}", explained(other), inputs.join(" | "))
        }
    }
}

/// The first line that `explain` gives a plan.
fn explained(plan: &Plan) -> String {
    let all = crate::df::explain(plan, &Application::default());
    all.lines().next().unwrap_or_default().to_owned()
}

/// A bound expression as short text; conversions show.
pub(super) fn text(e: &Expr, names: &[String]) -> String {
    let all = |list: &[Expr]| list.iter().map(|a| text(a, names)).collect::<Vec<_>>();
    match &e.kind {
        ExprKind::Column(i) => names.get(*i).cloned().unwrap_or_else(|| format!("#{i}")),
        ExprKind::Rowtime => "ROWTIME".to_owned(),
        ExprKind::CaseOperand => "?".to_owned(),
        ExprKind::Clock(c) => format!("{c:?}"),
        ExprKind::Literal(v) => match v {
            Value::Null => "NULL".to_owned(),
            Value::Boolean(b) => b.to_string().to_uppercase(),
            Value::Int(i) => i.to_string(),
            Value::Decimal(d) => format!("{d}d"),
            Value::Float(f) => format!("{f:?}"),
            Value::Text(t) => format!("'{t}'"),
            Value::Bytes(b) => format!("X{b:?}"),
        },
        ExprKind::Cast { expr, mode } => {
            let mark = if *mode == CastMode::Explicit { "!" } else { "" };
            format!("{}:{mark}{}", text(expr, names), e.ty)
        }
        ExprKind::Call { function, args } => {
            let name = match function {
                Function::Compare(c) => format!("{c:?}"),
                Function::DatetimeDifference(q) => format!("Difference({q})"),
                other => format!("{other:?}"),
            };
            format!("{name}({})", all(args).join(", "))
        }
        ExprKind::And(list) => format!("({})", all(list).join(" AND ")),
        ExprKind::Or(list) => format!("({})", all(list).join(" OR ")),
        ExprKind::Case {
            operand,
            whens,
            otherwise,
        } => {
            let mut out = "CASE".to_owned();
            if let Some(o) = operand {
                out.push_str(&format!(" {}", text(o, names)));
            }
            for (when, then) in whens {
                out.push_str(&format!(" WHEN {} THEN {}", text(when, names), text(then, names)));
            }
            if let Some(o) = otherwise {
                out.push_str(&format!(" ELSE {}", text(o, names)));
            }
            out
        }
        ExprKind::Coalesce(list) => format!("COALESCE({})", all(list).join(", ")),
        ExprKind::In {
            operand,
            tests,
            negated,
        } => {
            let not = if *negated { "NOT " } else { "" };
            format!("{} {not}IN [{}]", text(operand, names), all(tests).join(", "))
        }
        ExprKind::NullIf { operand, test } => {
            format!("NULLIF({}, {})", text(operand, names), text(test, names))
        }
    }
}
