//! RANDOM_CUT_FOREST and RANDOM_CUT_FOREST_WITH_EXPLANATION (`functions.md` §11): which columns are scored, and
//! the parameters.
//!
//! Parameters are literals inside the documented ranges. DECIMAL columns are refused and not passed by in silence:
//! the old service does not support them, and a score that leaves a number out would be taken for one that does not.

use crate::bind::binder::Binder;
use crate::bind::monotonicity::Order;
use crate::bind::relation::{Column, Relation};
use crate::diagnostic::{Diagnostic, Span};
use crate::plan::table_function::{RandomCutForest, TableFunction};
use crate::plan::{Field, Plan};
use crate::sql::ast::{Expr, ExprKind, FunctionCall, Literal};
use crate::types::SqlType;

/// Length of ANOMALY_EXPLANATION.
const EXPLANATION_LENGTH: u32 = 20_480;

/// Most numeric columns.
const COLUMNS_MAX: usize = 30;

/// A whole number among the parameters.
struct Parameter {
    name: &'static str,
    least: i64,
    greatest: i64,
    default: i64,
}

/// The parameters behind the cursor, in order.
const PARAMETERS: [Parameter; 4] = [
    Parameter {
        name: "numberOfTrees",
        least: 1,
        greatest: 1_000,
        default: 100,
    },
    Parameter {
        name: "subSampleSize",
        least: 10,
        greatest: 1_000,
        default: 256,
    },
    Parameter {
        name: "timeDecay",
        least: 1,
        greatest: 2_147_483_647,
        default: 100_000,
    },
    Parameter {
        name: "shingleSize",
        least: 1,
        greatest: 30,
        default: 1,
    },
];

/// The function over its cursor's rows; `name` is in capitals, and the number of arguments was checked.
pub(super) fn bind(binder: &Binder, call: &FunctionCall, name: &str, cursor: Relation) -> Relation {
    let explains = name == "RANDOM_CUT_FOREST_WITH_EXPLANATION";
    let numbers = parameters(binder, call, name);
    let direction = if explains {
        with_directionality(binder, call, name).map(Some)
    } else {
        Some(None)
    };
    let columns = scored_columns(binder, call, name, &cursor);
    let forest = numbers.zip(direction).zip(columns).map(
        |(([trees, sub_sample, time_decay, shingle], explanation), columns)| RandomCutForest {
            columns,
            trees: trees as usize,
            sub_sample: sub_sample as usize,
            time_decay: time_decay.cast_unsigned(),
            shingle: shingle as usize,
            explanation,
        },
    );
    output(call, forest, explains, cursor)
}

/// The four numbers; nothing after a reported fault.
fn parameters(binder: &Binder, call: &FunctionCall, name: &str) -> Option<[i64; 4]> {
    let mut numbers = PARAMETERS.map(|parameter| parameter.default);
    let mut good = true;
    for ((number, parameter), arg) in numbers.iter_mut().zip(&PARAMETERS).zip(call.args.iter().skip(1)) {
        match whole_number(arg) {
            Some(given) if (parameter.least..=parameter.greatest).contains(&given) => *number = given,
            Some(given) => {
                good = false;
                let Parameter {
                    name,
                    least,
                    greatest,
                    ..
                } = parameter;
                let message = format!("{name} must be between {least} and {greatest}, but is {given}");
                binder.faults.report(Diagnostic::invalid(arg.span, message));
            }
            None => {
                good = false;
                let message = format!("Argument to function '{name}' must be a literal");
                let hint = format!(
                    "write {} as a whole number, for example {}",
                    parameter.name, parameter.default
                );
                let d = Diagnostic::invalid(arg.span, message).with_hint(hint);
                binder.faults.report(d);
            }
        }
    }
    (good && sample_is_short(binder, call, numbers)).then_some(numbers)
}

/// Checks that subSampleSize is less than timeDecay. Public applications set them equal, which computes as well.
fn sample_is_short(binder: &Binder, call: &FunctionCall, [_, sub_sample, time_decay, _]: [i64; 4]) -> bool {
    if sub_sample < time_decay {
        return true;
    }
    let span = call
        .args
        .get(3)
        .or(call.args.get(2))
        .map_or(call.span, |arg| arg.span);
    let message = format!("subSampleSize ({sub_sample}) must be less than timeDecay ({time_decay})");
    let hint = format!("write a timeDecay above {sub_sample}");
    let is_equal = sub_sample == time_decay;
    let d = if is_equal {
        Diagnostic::lenient(span, message)
    } else {
        Diagnostic::invalid(span, message)
    };
    binder.faults.report(d.with_hint(hint));
    is_equal
}

/// The last argument of the function with explanation.
fn with_directionality(binder: &Binder, call: &FunctionCall, name: &str) -> Option<bool> {
    let Some(arg) = call.args.get(PARAMETERS.len() + 1) else {
        return Some(false);
    };
    if let ExprKind::Literal(Literal::Boolean(Some(given))) = arg.kind {
        return Some(given);
    }
    let message = format!("Argument to function '{name}' must be a literal");
    let d = Diagnostic::invalid(arg.span, message).with_hint("write withDirectionality as TRUE or FALSE");
    binder.faults.report(d);
    None
}

/// A number without point and exponent, with or without a sign.
fn whole_number(arg: &Expr) -> Option<i64> {
    match &arg.kind {
        ExprKind::Literal(Literal::Number(digits)) => digits.parse().ok(),
        ExprKind::Sign { minus, expr } => {
            let number = whole_number(expr)?;
            if *minus {
                number.checked_neg()
            } else {
                Some(number)
            }
        }
        _ => None,
    }
}

/// The positions of the columns that make a record; nothing after a reported fault.
fn scored_columns(binder: &Binder, call: &FunctionCall, name: &str, cursor: &Relation) -> Option<Vec<usize>> {
    let given = call.args.first().map_or(call.span, |arg| arg.span);
    // A column that the cursor takes from a star was written somewhere else.
    let place = |column: &Column| {
        if given.holds(column.span.start) {
            column.span
        } else {
            given
        }
    };
    let mut columns = Vec::new();
    let mut good = cursor.complete;
    for (i, column) in cursor.columns.iter().enumerate() {
        match column.ty {
            Some(ty @ SqlType::Decimal { .. }) => {
                good = false;
                refuse_decimal(binder, name, column, ty, place(column));
            }
            Some(ty) if ty.is_numeric() => columns.push(i),
            Some(_) => {}
            None => good = false,
        }
    }
    if !good {
        return None;
    }
    let count = columns.len();
    if (1..=COLUMNS_MAX).contains(&count) {
        return Some(columns);
    }
    let message = if count == 0 {
        format!("{name} needs a numeric column in its cursor, and there is none")
    } else {
        format!("{name} takes at most {COLUMNS_MAX} numeric columns, but its cursor has {count}")
    };
    let hint = "name the columns to look at in the cursor's select list";
    binder
        .faults
        .report(Diagnostic::invalid(given, message).with_hint(hint));
    None
}

fn refuse_decimal(binder: &Binder, name: &str, column: &Column, ty: SqlType, span: Span) {
    let message = format!(
        "{name} does not support the type {ty} of column '{}'",
        column.name
    );
    let hint = format!(
        "select CAST(\"{0}\" AS DOUBLE) AS \"{0}\" in the cursor",
        column.name
    );
    binder
        .faults
        .report(Diagnostic::invalid(span, message).with_hint(hint));
}

/// The cursor's columns, then the function's own.
fn output(
    call: &FunctionCall,
    forest: Option<RandomCutForest>,
    explains: bool,
    cursor: Relation,
) -> Relation {
    let mut own = vec![("ANOMALY_SCORE", SqlType::Double)];
    if explains {
        own.push(("ANOMALY_EXPLANATION", SqlType::Varchar(EXPLANATION_LENGTH)));
    }
    let mut columns = cursor.columns;
    columns.extend(own.iter().map(|&(name, ty)| Column {
        name: name.to_owned(),
        ty: Some(ty),
        order: Order::unordered(),
        span: call.span,
        system: false,
    }));
    let plan = cursor.plan.zip(forest).map(|(input, forest)| {
        let mut fields = input.fields().to_vec();
        fields.extend(own.into_iter().map(|(name, ty)| Field {
            name: name.to_owned(),
            ty,
            not_null: false,
        }));
        Plan::TableFunction {
            input: Box::new(input),
            function: TableFunction::RandomCutForest(forest),
            fields,
        }
    });
    Relation {
        columns,
        plan,
        complete: cursor.complete,
    }
}
