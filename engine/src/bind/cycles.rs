//! Pumps that feed each other in a circle are refused (`sql.md` §7.2): no bound could ever pass them.
//!
//! Found on the bound plans, so that views and sub-selects are seen through.

use super::faults::Faults;
use super::suggestion::written;
use crate::diagnostic::Diagnostic;
use crate::plan::{Application, StreamId};

/// Reports every pump that closes a circle with those declared before it.
pub(super) fn check(application: &Application, faults: &Faults) {
    let mut edges: Vec<(StreamId, StreamId)> = Vec::new();
    for pump in &application.pumps {
        let mut sources = pump.plan.sources();
        sources.sort_unstable();
        sources.dedup();
        for source in sources {
            let Some(path) = path(&edges, pump.target, source) else {
                edges.push((source, pump.target));
                continue;
            };
            let names: Vec<String> = std::iter::once(source)
                .chain(path)
                .filter_map(|id| application.streams.get(id))
                .map(|s| written(&s.name))
                .collect();
            let message = format!(
                "Pump '{}' closes a cycle of streams: {}",
                pump.name,
                names.join(" → ")
            );
            faults.report(Diagnostic::invalid(pump.span, message));
        }
    }
}

/// The streams from one to another along the edges, both included.
fn path(edges: &[(StreamId, StreamId)], from: StreamId, to: StreamId) -> Option<Vec<StreamId>> {
    let mut reached: Vec<(StreamId, Option<usize>)> = vec![(from, None)];
    let mut next = 0;
    while let Some((at, _)) = reached.get(next).copied() {
        if at == to {
            let mut path = Vec::new();
            let mut step = Some(next);
            while let Some((stream, before)) = step.and_then(|s| reached.get(s)) {
                path.push(*stream);
                step = *before;
            }
            path.reverse();
            return Some(path);
        }
        for (_, target) in edges.iter().filter(|(source, _)| *source == at) {
            if !reached.iter().any(|(s, _)| s == target) {
                reached.push((*target, Some(next)));
            }
        }
        next += 1;
    }
    None
}
