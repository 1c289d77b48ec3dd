//! CREATE FUNCTION: bodies are bound once over their parameters and written out at every call.
//!
//! Arguments stay what they are: one that may fail and that the body might skip is asked for first, so that
//! its error still drops the row. Nothing is converted between families, as the service did not either.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use super::binder::{Binder, Lazy};
use super::conversion::convert;
use super::expression::{Clause, Expressions};
use super::extent;
use super::faults::{Bound, Reported};
use super::functions::signature;
use super::scope::Scope;
use super::select::NESTING_MAX;
use crate::diagnostic::{Diagnostic, Span};
use crate::expr::{Expr, ExprKind, Function, Value};
use crate::plan::upstream::ObjectKind;
use crate::sql::ast::{CreateFunction, FunctionCall};
use crate::types::SqlType;

/// A declared function and its body over parameters 0, 1, ….
pub(super) struct FunctionEntry<'a> {
    /// The statement.
    pub(super) declaration: &'a CreateFunction,
    /// Its body, once bound.
    pub(super) body: RefCell<Lazy<Bound<Expr>>>,
}

/// The body of a function, bound at first use.
pub(super) fn body(binder: &Binder, entry: &FunctionEntry) -> Bound<Expr> {
    let declaration = entry.declaration;
    match &*entry.body.borrow() {
        Lazy::Done(body) => return body.clone(),
        Lazy::Busy => {
            let message = format!("Function '{}' calls itself", declaration.name.name);
            return Err(binder
                .faults
                .report(Diagnostic::invalid(declaration.name.span, message)));
        }
        Lazy::Waiting => {}
    }
    let nesting = binder.nesting.get();
    if nesting >= NESTING_MAX {
        let message = "Functions are nested too deeply";
        let d = Diagnostic::invalid(declaration.name.span, message);
        return Err(binder.faults.report(d));
    }
    *entry.body.borrow_mut() = Lazy::Busy;
    binder.nesting.set(nesting + 1);
    let bound = (binder.uses).by(ObjectKind::Function, &declaration.name.name, || {
        bind_body(binder, declaration)
    });
    binder.nesting.set(nesting);
    *entry.body.borrow_mut() = Lazy::Done(bound.clone());
    bound
}

fn bind_body(binder: &Binder, declaration: &CreateFunction) -> Bound<Expr> {
    let parameters = declaration.parameters.iter().map(|(n, t)| (n.name.clone(), *t));
    let scope = Scope {
        parameters: parameters.collect(),
        ..Scope::default()
    };
    let x = Expressions {
        binder,
        scope: &scope,
        clause: Clause::Function,
        grouped: false,
        aggregates: &RefCell::default(),
        sliding: Rc::default(),
        windows: &[],
        depth: Cell::new(0),
    };
    for (i, (name, _)) in declaration.parameters.iter().enumerate() {
        if declaration
            .parameters
            .iter()
            .take(i)
            .any(|(n, _)| n.name == name.name)
        {
            return x.invalid(name.span, format!("Duplicate parameter name '{}'", name.name));
        }
    }
    let bound = x.bind(&declaration.body)?;
    if !is_of_kind(bound.ty, declaration.returns) {
        return x.refuse(
            declaration.body.span,
            format!(
                "Function '{}' returns {}, but its body is of type {}",
                declaration.name.name, declaration.returns, bound.ty
            ),
            Some(format!("write CAST(… AS {})", declaration.returns)),
        );
    }
    Ok(convert(bound, declaration.returns))
}

/// The same type but for lengths, digits and the fields of an interval.
fn is_of_kind(value: SqlType, wanted: SqlType) -> bool {
    match (value, wanted) {
        (SqlType::Null, _) => true,
        (SqlType::Decimal { .. }, SqlType::Decimal { .. }) => true,
        _ if wanted.is_numeric() || value.is_numeric() => value == wanted,
        _ => value.family() == wanted.family(),
    }
}

/// A call of a declared function.
pub(super) fn call(x: &Expressions, call: &FunctionCall) -> Bound<Expr> {
    let args: Vec<Bound<Expr>> = call.args.iter().map(|a| x.bind(a)).collect();
    let name = &call.name.name;
    let overloads = x.binder.overloads(&call.name);
    let as_long: Vec<&FunctionEntry> = overloads
        .iter()
        .copied()
        .filter(|f| f.declaration.parameters.len() == args.len())
        .collect();
    let Some(first) = overloads.first() else {
        return Err(Reported);
    };
    if as_long.is_empty() {
        let n = first.declaration.parameters.len();
        let message =
            format!("Invalid number of arguments to function '{name}'. Was expecting {n} arguments");
        return x.invalid(call.span, message);
    }
    (x.binder.uses).note(ObjectKind::Function, &first.declaration.name.name);
    let shown = signature(name, &args);
    let args = args.into_iter().collect::<Bound<Vec<Expr>>>()?;
    let fits = |f: &FunctionEntry| {
        let wanted = f.declaration.parameters.iter().map(|(_, t)| *t);
        args.iter().zip(wanted).all(|(a, t)| is_of_kind(a.ty, t))
    };
    let Some(entry) = as_long.into_iter().find(|f| fits(f)) else {
        let known: Vec<String> = overloads.iter().map(|f| declared(f.declaration)).collect();
        return x.refuse(
            call.span,
            format!("No match found for function signature {shown}"),
            Some(format!(
                "arguments are not converted: there is {}; CAST them",
                known.join(" and ")
            )),
        );
    };
    let body = body(x.binder, entry)?;
    let wanted = entry.declaration.parameters.iter().map(|(_, t)| *t);
    let args: Vec<Expr> = args.into_iter().zip(wanted).map(|(a, t)| convert(a, t)).collect();
    let height = extent::height(&body) + args.iter().map(extent::height).max().unwrap_or(0);
    if written_out_size(&body, &args) > extent::NODES_MAX || height > extent::HEIGHT_MAX {
        return x.invalid(
            call.span,
            format!("The call of '{name}' is too large when written out"),
        );
    }
    Ok(write_out(&body, &args, entry.declaration.null_on_null, call.span))
}

fn declared(f: &CreateFunction) -> String {
    let types: Vec<String> = f.parameters.iter().map(|(_, t)| t.to_string()).collect();
    format!("{}({})", f.name.name, types.join(", "))
}

fn written_out_size(body: &Expr, args: &[Expr]) -> usize {
    let sizes: Vec<usize> = args.iter().map(extent::nodes).collect();
    let mut total: usize = sizes.iter().sum();
    body.walk(&mut |e| {
        let own = match e.kind {
            ExprKind::Column(i) => sizes.get(i).copied().unwrap_or(1),
            _ => 1,
        };
        total = total.saturating_add(own);
    });
    total
}

fn write_out(body: &Expr, args: &[Expr], null_on_null: bool, span: Span) -> Expr {
    let mut result = body.clone();
    result.rewrite(&mut |e| {
        if let ExprKind::Column(i) = e.kind
            && let Some(arg) = args.get(i)
        {
            *e = arg.clone();
        }
    });
    let guarded = null_on_null && !(is_strict(body) && (0..args.len()).all(|i| is_surely_read(body, i)));
    if guarded {
        result = null_if_any_null(result, args, span);
    }
    let skipped: Vec<&Expr> = args
        .iter()
        .enumerate()
        .filter(|(i, a)| may_fail(a) && (guarded || !is_surely_read(body, *i)))
        .map(|(_, a)| a)
        .collect();
    if !skipped.is_empty() {
        result = after_reading(result, &skipped, span);
    }
    result.span = span;
    result
}

fn null_if_any_null(result: Expr, args: &[Expr], span: Span) -> Expr {
    let ty = result.ty;
    let tests = args
        .iter()
        .map(|a| Expr::call(Function::IsNull, vec![a.clone()], SqlType::Boolean, span))
        .collect();
    let any = Expr::new(ExprKind::Or(tests), SqlType::Boolean, span);
    let kind = ExprKind::Case {
        operand: None,
        whens: vec![(any, Expr::literal(Value::Null, ty, span))],
        otherwise: Some(Box::new(result)),
    };
    Expr::new(kind, ty, span)
}

/// `result`, but only after every one of `args` has been evaluated: a condition that is always true.
fn after_reading(result: Expr, args: &[&Expr], span: Span) -> Expr {
    let ty = result.ty;
    let boolean = |f, e| Expr::call(f, vec![e], SqlType::Boolean, span);
    let tests = args
        .iter()
        .map(|a| boolean(Function::IsNotNull, boolean(Function::IsNull, (*a).clone())))
        .collect();
    let kind = ExprKind::Case {
        operand: None,
        whens: vec![(Expr::new(ExprKind::And(tests), SqlType::Boolean, span), result)],
        otherwise: None,
    };
    Expr::new(kind, ty, span)
}

fn may_fail(e: &Expr) -> bool {
    !matches!(
        e.kind,
        ExprKind::Column(_) | ExprKind::Rowtime | ExprKind::Literal(_) | ExprKind::Clock(_)
    )
}

/// Whether evaluating `body` evaluates parameter `i` whatever the values are.
fn is_surely_read(body: &Expr, i: usize) -> bool {
    match &body.kind {
        ExprKind::Column(c) => *c == i,
        ExprKind::Call { args, .. } => args.iter().any(|a| is_surely_read(a, i)),
        // Of the others only the first operand is certain.
        _ => body.children().first().is_some_and(|e| is_surely_read(e, i)),
    }
}

/// Whether a NULL anywhere in it makes the whole NULL.
fn is_strict(body: &Expr) -> bool {
    match &body.kind {
        ExprKind::Column(_) | ExprKind::Literal(_) | ExprKind::Clock(_) => true,
        ExprKind::Cast { expr, .. } => is_strict(expr),
        ExprKind::Call { function, args } => {
            let lets_null_pass = matches!(
                function,
                Function::IsNull
                    | Function::IsNotNull
                    | Function::IsTrue { .. }
                    | Function::IsFalse { .. }
                    | Function::IsNotDistinct(_)
            );
            !lets_null_pass && args.iter().all(is_strict)
        }
        _ => false,
    }
}
