//! `rowtime discover URI`: the schema on standard output, what was found and guessed on standard error.

use std::io::IsTerminal;

use indicatif::{HumanBytes, ProgressBar};
use rowtime_connectors::discover::{self, Discovered, Inference, Looked, Request, ddl};
use rowtime_connectors::uri::{self, ObjectFormat, Place};

use crate::failure::Failure;
use crate::options::DiscoverCommand;
use crate::progress::grouped;
use crate::{report, stdout};

/// Runs the command.
pub fn execute(args: &DiscoverCommand) -> Result<(), Failure> {
    let (place, parameters) = uri::source(&args.uri)?;
    if parameters.schema.is_some() {
        return Err(Failure::Wrong(
            "schema= names a schema, which discover is to find; leave it out".to_owned(),
        ));
    }
    let request = Request {
        inference: if args.aws {
            Inference::Service
        } else {
            Inference::Wide
        },
        records_max: args.sample.unwrap_or(u64::MAX),
        ..discover::OF_ALL
    };
    let bar = (std::io::stderr().is_terminal()).then(ProgressBar::new_spinner);
    let found = discover::look(&place, &parameters, request, &mut |looked| {
        show(bar.as_ref(), looked)
    });
    if let Some(bar) = bar {
        bar.finish_and_clear();
    }
    let found = found?;
    if found.schema.columns.is_empty() {
        return Err(nothing(args, &found));
    }
    for note in &found.notes {
        report::note(note);
    }
    if args.ddl {
        stdout::answer(&ddl::create_stream(&place, &args.uri, &options(args), &found))
    } else {
        explain(args, &place, &found);
        stdout::answer(&text(args, &found))
    }
}

fn show(bar: Option<&ProgressBar>, looked: Looked) {
    if let Some(bar) = bar {
        let (records, bytes) = (grouped(looked.records), HumanBytes(looked.bytes));
        bar.set_message(format!("{records} records, {bytes}"));
        bar.tick();
    }
}

/// Without a record there is no schema.
fn nothing(args: &DiscoverCommand, found: &Discovered) -> Failure {
    let uri = &args.uri;
    Failure::Wrong(match &found.first_fault {
        Some(fault) => format!("{uri}: no record could be read; the first: {fault}"),
        None if found.records > 0 => format!(
            "{uri}: {} were found, and none has a field",
            discover::counted(found.records, "record")
        ),
        None => format!("{uri}: no record was found"),
    })
}

/// The options that make the same schema again.
fn options(args: &DiscoverCommand) -> String {
    let aws = if args.aws { " --aws" } else { "" };
    let sample = args.sample.map(|n| format!(" --sample {n}"));
    format!("{aws}{}", sample.unwrap_or_default())
}

fn text(args: &DiscoverCommand, found: &Discovered) -> String {
    // The service told `\r\n` from `\n`; to our reader both are line ends.
    if args.aws && found.carriage_returns {
        found.schema.json_with_line_end("\r\n")
    } else {
        found.schema.to_json()
    }
}

/// How to run with the schema that was printed.
fn explain(args: &DiscoverCommand, place: &Place, found: &Discovered) {
    if found.format == ObjectFormat::Parquet {
        report::note(
            "AWS had no Parquet; the schema has the RecordFormatType JSON, and its paths find the columns of the file",
        );
    }
    let stream = ddl::stream_name(place);
    let binding = format!("{stream}={}", ddl::uri(&args.uri, found, Some("schema.json")));
    report::note(&format!(
        "as a file schema.json it is for: rowtime run app.sql --source {}",
        ddl::in_shell(&binding)
    ));
}
