//! `rowtime explain`: the plan of every pump as text, after optimisation, as it will run.

use std::fmt::Write;

use crate::plan::Application;

/// Every pump with its plan, in order of declaration.
pub fn explain(app: &Application) -> String {
    let mut out = String::new();
    for pump in &app.pumps {
        let target = app.streams.get(pump.target).map_or("?", |s| s.name.as_str());
        let _ = writeln!(out, "pump {} into {target}", pump.name);
        for line in crate::df::explain(&pump.plan, app).lines() {
            let _ = writeln!(out, "  {line}");
        }
    }
    if app.pumps.is_empty() {
        out.push_str("no pumps\n");
    }
    out
}
