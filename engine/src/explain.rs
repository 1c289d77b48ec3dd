//! The plan of every pump as text.

use std::fmt::Write;

use crate::plan::{Application, Plan};

/// Every pump in order of declaration, its operators indented below it, the scan last.
pub fn explain(app: &Application) -> String {
    let mut out = String::new();
    for pump in &app.pumps {
        let target = app.streams.get(pump.target).map_or("?", |s| s.name.as_str());
        let _ = writeln!(out, "pump {} into {target}", pump.name);
        write_plan(&mut out, app, &pump.plan, 1);
    }
    out
}

fn write_plan(out: &mut String, app: &Application, plan: &Plan, depth: usize) {
    let what = match plan {
        Plan::Scan { stream, .. } => {
            let name = app.streams.get(*stream).map_or("?", |s| s.name.as_str());
            format!("Scan {name}")
        }
        Plan::Filter { .. } => "Filter".to_owned(),
        Plan::Project { .. } => "Project".to_owned(),
        Plan::Tumble { .. } => "Tumble".to_owned(),
    };
    let columns: Vec<&str> = plan.fields().iter().map(|f| f.name.as_str()).collect();
    let _ = writeln!(
        out,
        "{:width$}{what}: {}",
        "",
        columns.join(", "),
        width = depth * 2
    );
    for input in plan.inputs() {
        write_plan(out, app, input, depth + 1);
    }
}
