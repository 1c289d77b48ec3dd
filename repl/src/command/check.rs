//! `rowtime check APP`: every fault with its place; without one, the parity report on standard output.
//!
//! The report says what the application is made of, and where it will not behave as it did on the old
//! service.

use std::collections::BTreeSet;
use std::fmt::Write;

use rowtime_engine::diagnostic::{Place, Severity};
use rowtime_engine::expr::{ClockFunction, Expr, ExprKind};
use rowtime_engine::plan::{Application, Field, Plan, StreamId};

use crate::failure::Failure;
use crate::options::CheckCommand;
use crate::script::{self, Deviations, Script};
use crate::stdout;

/// Runs the command.
pub fn execute(args: &CheckCommand) -> Result<(), Failure> {
    let script = script::load(&args.app, &args.bindings, None, Deviations::Silent)?;
    stdout::answer(&parity_report(&script))
}

fn parity_report(script: &Script) -> String {
    let app = &script.compiled.application;
    let mut out = format!("Application {}\n", app.name.as_deref().unwrap_or(&script.file));
    write_streams(&mut out, app);
    write_tables(&mut out, script);
    write_pumps(&mut out, app);
    write_ends(&mut out, script);
    out.push_str("\nDifferent (accepted; --strict refuses it)\n");
    let deviations = write_findings(&mut out, script, Severity::Lenient);
    none_if(&mut out, deviations == 0);
    let mut warnings = String::new();
    if write_findings(&mut warnings, script, Severity::Warning) > 0 {
        out.push_str("\nWarnings\n");
        out.push_str(&warnings);
    }
    write_clocks(&mut out, app);
    out
}

fn write_streams(out: &mut String, app: &Application) {
    out.push_str("\nStreams\n");
    for stream in &app.streams {
        let columns = columns(stream.fields.iter().take(stream.declared));
        let _ = writeln!(out, "  {} ({columns})", stream.name);
    }
    none_if(out, app.streams.is_empty());
}

/// Most applications have none, and then the report is silent about them.
fn write_tables(out: &mut String, script: &Script) {
    let tables = &script.compiled.application.tables;
    if tables.is_empty() {
        return;
    }
    out.push_str("\nReference tables\n");
    for (id, table) in tables.iter().enumerate() {
        let uri = script.tables.get(&id).map_or("", String::as_str);
        let _ = writeln!(out, "  {} ({}): {uri}", table.name, columns(table.fields.iter()));
    }
}

fn columns<'f>(fields: impl Iterator<Item = &'f Field>) -> String {
    let column = |f: &Field| format!("{} {}{}", f.name, f.ty, if f.not_null { " NOT NULL" } else { "" });
    fields.map(column).collect::<Vec<_>>().join(", ")
}

fn write_pumps(out: &mut String, app: &Application) {
    out.push_str("\nPumps\n");
    for pump in &app.pumps {
        let reads: Vec<&str> = pump.plan.sources().into_iter().map(|id| name(app, id)).collect();
        let _ = writeln!(
            out,
            "  {}: {} -> {}",
            pump.name,
            reads.join(", "),
            name(app, pump.target)
        );
    }
    none_if(out, app.pumps.is_empty());
}

fn write_ends(out: &mut String, script: &Script) {
    let app = &script.compiled.application;
    out.push_str("\nSources (read by a pump, written by none)\n");
    let inputs = script::inputs(app);
    for id in &inputs {
        let uri = script
            .sources
            .get(id)
            .map_or("not bound; give --source", String::as_str);
        let _ = writeln!(out, "  {}: {uri}", name(app, *id));
    }
    none_if(out, inputs.is_empty());
    out.push_str("\nDestinations\n");
    for (stream, uri) in &script.sinks {
        let stream = stream.map_or(script::ERROR_STREAM, |id| name(app, id));
        let _ = writeln!(out, "  {stream}: {uri}");
    }
    if script.sinks.is_empty() {
        let outputs = script::outputs(app);
        for id in &outputs {
            let _ = writeln!(out, "  {}: standard output", name(app, *id));
        }
        none_if(out, outputs.is_empty());
    }
}

/// Writes the findings of one severity, each with what to try, and says how many there are.
fn write_findings(out: &mut String, script: &Script, severity: Severity) -> usize {
    let all = &script.compiled.diagnostics;
    let mut count = 0;
    for d in all.iter().filter(|d| d.severity == severity) {
        count += 1;
        let place = Place::of(&script.text, d.span.start);
        let _ = writeln!(out, "  {}:{place}: {}", script.file, d.message);
        if let Some(hint) = &d.hint {
            let _ = writeln!(out, "      {hint}");
        }
    }
    count
}

fn write_clocks(out: &mut String, app: &Application) {
    let mut told = false;
    for pump in &app.pumps {
        let clocks: Vec<&str> = clocks_of(&pump.plan).into_iter().collect();
        if clocks.is_empty() {
            continue;
        }
        if !told {
            out.push_str("\nClock functions (the result depends on when it runs; --now fixes them)\n");
            told = true;
        }
        let _ = writeln!(out, "  {}: {}", pump.name, clocks.join(", "));
    }
}

fn none_if(out: &mut String, empty: bool) {
    if empty {
        out.push_str("  none\n");
    }
}

fn name(app: &Application, id: StreamId) -> &str {
    app.streams.get(id).map_or("?", |s| s.name.as_str())
}

fn clocks_of(plan: &Plan) -> BTreeSet<&'static str> {
    let mut found = BTreeSet::new();
    let mut look = |e: &Expr| {
        e.walk(&mut |e| {
            if let ExprKind::Clock(function) = &e.kind {
                found.insert(match function {
                    ClockFunction::CurrentTimestamp => "CURRENT_TIMESTAMP",
                    ClockFunction::CurrentDate => "CURRENT_DATE",
                    ClockFunction::CurrentTime => "CURRENT_TIME",
                    ClockFunction::CurrentRowTimestamp => "CURRENT_ROW_TIMESTAMP",
                });
            }
        });
    };
    plan.exprs().into_iter().for_each(&mut look);
    for input in plan.inputs() {
        found.extend(clocks_of(input));
    }
    found
}
