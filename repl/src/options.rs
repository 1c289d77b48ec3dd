//! The command line as `cli.md` fixes it: names, defaults and help, as data for clap.
//!
//! Options of the contract that do not work yet are here too, so that they are answered with "not
//! implemented yet" and not with "unknown option".

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use rowtime_engine::datetime;

/// Runs the SQL of Kinesis Data Analytics for SQL applications, unchanged.
#[derive(Debug, Parser)]
#[command(
    name = "rowtime",
    version,
    propagate_version = true,
    after_help = EXIT_STATUS
)]
pub struct Cli {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
}

const EXIT_STATUS: &str = "\
Exit status:
  0  done; error rows do not change it
  1  failed while running
  2  the invocation, the SQL or the application is wrong, or asks for something not
     implemented yet; nothing was started

Colour is used on a terminal unless NO_COLOR is set. The shell remembers what is typed in the
file ROWTIME_HISTORY, else in rowtime/history below XDG_STATE_HOME or ~/.local/state.";

/// The commands.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Interactive shell; also reads a script from a pipe (what `rowtime` alone starts)
    #[command(after_help = REPL_EXAMPLES)]
    Repl(ReplCommand),
    /// Run an application until its sources end or it is stopped
    #[command(after_help = RUN_EXAMPLES)]
    Run(RunCommand),
    /// Run an application over history: every source is read from one URI, bounded, at full speed
    #[command(after_help = REPLAY_EXAMPLES)]
    Replay(ReplayCommand),
    /// Parse, bind and plan only: print every fault with its place, and the parity report
    #[command(after_help = CHECK_EXAMPLES)]
    Check(CheckCommand),
    /// Print the plan of every pump
    #[command(after_help = EXPLAIN_EXAMPLES)]
    Explain(CheckCommand),
    /// Run streaming SQL tests
    #[command(after_long_help = crate::testing::HELP, after_help = crate::testing::SHORT_HELP)]
    Test(TestCommand),
    /// Infer the schema of a source from its records
    #[command(after_help = DISCOVER_EXAMPLES)]
    Discover(DiscoverCommand),
    /// Write the records on standard input, a line each, to a local stream
    #[command(after_help = APPEND_EXAMPLES)]
    Append(AppendCommand),
    /// Run two versions over the same history and print the rows that differ (not implemented yet)
    Diff {
        /// The old version
        old: PathBuf,
        /// The new version
        new: PathBuf,
        /// The history
        #[arg(long, value_name = "URI")]
        from: String,
    },
    /// Translate an application (not implemented yet)
    Translate {
        /// The application
        app: PathBuf,
        /// The target language: flink
        #[arg(long)]
        to: String,
    },
}

const REPL_EXAMPLES: &str = "\
Examples:
  rowtime
      a prompt: statements end with a semicolon, commands begin with a backslash; \\help lists them
  rowtime repl alarms.sql --source SENSORS=sensors.jsonl
      starts with an application and its data
  cat alarms.sql | rowtime repl --source SENSORS=sensors.jsonl
      runs a script from a pipe, as rowtime run does
  echo 'SELECT * FROM \"sensors.jsonl\";' | rowtime repl --output csv
      one query over a file

Ctrl-C ends what runs and not the shell; Ctrl-D or \\q leaves: destinations are written to their end, open
windows are dropped. In a script from a pipe every statement is carried out, and the exit status is 2 if
one was wrong, else 1 if one failed while running.";

const RUN_EXAMPLES: &str = "\
Examples:
  rowtime run alarms.sql --source SENSORS=sensors.jsonl
      reads a file, prints the rows of every stream that no pump reads, as JSON lines
  rowtime run alarms.sql --source SENSORS=- --sink ALARMS=alarms.csv --sink error_stream=err.jsonl
      reads standard input, writes files, keeps the error rows
  rowtime run alarms.sql --source 'SENSORS=logs/*.json.gz?rowtime=TIME'
      merges many files by the column TIME, which is also ROWTIME
  rowtime run located.sql --source SENSORS=- --reference 'PLACES=places.csv?reload=true'
      joins with a table from a file, which is read again when it changes

Progress and the closing summary appear when standard error is a terminal and no rows are printed on
it; --progress always and -v ask for them. Warnings, dropped windows and error rows (their number, and
the first few explained) are always told on standard error.

Ctrl-C or SIGTERM once stops cleanly, without closing windows; twice stops at once.";

const REPLAY_EXAMPLES: &str = "\
Examples:
  rowtime replay alarms.sql --from history/
      feeds every stream that some pump reads and none writes from the files below history/
  rowtime replay alarms.sql --from history/ --source THRESHOLDS=thresholds.csv
      one stream from elsewhere
  rowtime replay alarms.sql --from history/ --start 2026-01-01 --end 2026-01-02
      one day of it, by arrival time";

const CHECK_EXAMPLES: &str = "\
Examples:
  rowtime check alarms.sql
  rowtime check alarms.sql --strict
      also refuses what rowtime accepts and the old service did not
  rowtime check alarms.sql --source 'SENSORS=sensors.jsonl?schema=input-schema.json'
      a stream that the script does not create";

const EXPLAIN_EXAMPLES: &str = "\
Examples:
  rowtime explain alarms.sql";

const DISCOVER_EXAMPLES: &str = "\
Examples:
  rowtime discover sensors.jsonl > schema.json
      an AWS InputSchema of every record, for --source 'SENSORS=sensors.jsonl?schema=schema.json'
  rowtime discover 'logs/*.json.gz' --sample 1000 --ddl
      a CREATE STREAM from the first 1,000 records, with how to run it
  rowtime discover - --aws
      standard input, named and typed as the old service did

What was guessed, and what could be an arrival clock, is told on standard error.";

const APPEND_EXAMPLES: &str = "\
Examples:
  tail -F sensors.jsonl | rowtime append local:sensors
      every line is a record; it can be read as soon as it is there
  rowtime append 'local:sensors?retention=7d&max_bytes=10GiB' < sensors.jsonl
      drops what arrived longer than seven days ago, and the oldest beyond 10 GiB
  rowtime replay alarms.sql --from local:sensors
      reads what the stream has; rowtime run alarms.sql --source SENSORS=local:sensors follows it

The stream is a folder in ./.rowtime/streams, or in DIR with ?dir=DIR, and is made if it is not there.
Several programs may append and read at once. A record's arrival time, which is its ROWTIME, is when it
was appended. An empty line is no record. Ctrl-C or SIGTERM stops behind the last whole line.";

/// `append`.
#[derive(Debug, Args)]
pub struct AppendCommand {
    /// The stream: local:NAME, with ?dir=, retention= and max_bytes=
    #[arg(value_name = "local:NAME")]
    pub target: String,
    /// Go on only when the disk has what was appended, so that it holds against power loss
    #[arg(long)]
    pub fsync: bool,
}

/// `NAME=URI`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binding {
    /// NAME as written.
    pub name: String,
    /// What stands behind the first `=`.
    pub uri: String,
}

fn binding(text: &str) -> Result<Binding, String> {
    match text.split_once('=') {
        Some((name, uri)) if !name.is_empty() && !uri.is_empty() => Ok(Binding {
            name: name.to_owned(),
            uri: uri.to_owned(),
        }),
        _ => Err("write NAME=URI, as in SENSORS=sensors.jsonl".to_owned()),
    }
}

/// A timestamp of an option, in ms.
fn timestamp(text: &str) -> Result<i64, String> {
    datetime::parse_iso_timestamp(text)
        .ok_or_else(|| "write a timestamp such as '2026-01-27 10:15:00' (UTC)".to_owned())
}

/// `--start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Start {
    /// From now on.
    Now,
    /// From the oldest record.
    TrimHorizon,
    /// Where the last run stopped.
    LastStopped,
    /// From this arrival time, in ms.
    At(i64),
}

fn start(text: &str) -> Result<Start, String> {
    match text {
        "now" => Ok(Start::Now),
        "trim-horizon" => Ok(Start::TrimHorizon),
        "last-stopped" => Ok(Start::LastStopped),
        _ => timestamp(text).map(Start::At).map_err(|_| {
            "write now, trim-horizon, last-stopped or a timestamp such as '2026-01-27 10:15:00' (UTC)"
                .to_owned()
        }),
    }
}

fn at_least_one(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(n) if n > 0 => Ok(n),
        _ => Err("write a whole number from 1".to_owned()),
    }
}

/// Bindings, shared by `run`, `replay`, `check` and `explain`.
#[derive(Debug, Args)]
pub struct BindingOptions {
    /// Bind a stream to a source
    ///
    /// NAME is taken exactly, else in upper case, else as the only one that is equal ignoring case.
    #[arg(long, value_name = "NAME=URI", value_parser = binding)]
    pub source: Vec<Binding>,
    /// Bind a stream (or error_stream) to a destination
    ///
    /// Without any --sink, every stream that no pump reads is printed to standard output as JSON lines.
    #[arg(long, value_name = "NAME=URI", value_parser = binding)]
    pub sink: Vec<Binding>,
    /// Bind a reference table to a file (CSV or JSON)
    ///
    /// The file is read whole at the start; NAME=URI?reload=true reads it again when it changes.
    #[arg(long, value_name = "NAME=URI", value_parser = binding)]
    pub reference: Vec<Binding>,
    /// Refuse what rowtime accepts and the old service did not
    #[arg(long)]
    pub strict: bool,
    /// A template or script parameter (not implemented yet)
    #[arg(long, value_name = "NAME=VALUE", value_parser = binding)]
    pub set: Vec<Binding>,
}

/// `--at-end`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum AtEnd {
    /// Close all open windows
    Flush,
    /// Leave them open, because the data will continue
    Hold,
}

/// `--on-error`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OnError {
    /// Go on, with an error row
    Continue,
    /// Stop with exit status 1
    Stop,
}

/// `--progress`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum ProgressWhen {
    /// When standard error is a terminal
    Auto,
    /// Always; without a terminal as plain lines, at most one every two seconds
    Always,
    /// Never
    Never,
}

/// Options of `run` and `replay`.
#[derive(Debug, Args)]
pub struct RunOptions {
    /// The bindings.
    #[command(flatten)]
    pub bindings: BindingOptions,
    /// Where sources start: now, trim-horizon, last-stopped or a timestamp (by arrival time)
    #[arg(long, value_name = "WHERE", value_parser = start)]
    pub start: Option<Start>,
    /// Where sources stop, by arrival time; that instant is left out
    #[arg(long, value_name = "TIMESTAMP", value_parser = timestamp)]
    pub end: Option<i64>,
    /// Keep checkpoints and the step log here (not implemented yet)
    #[arg(long, value_name = "DIR")]
    pub state: Option<PathBuf>,
    /// Make --state hold against power loss (not implemented yet)
    #[arg(long)]
    pub fsync: bool,
    /// A changed pump may start with empty state (not implemented yet)
    #[arg(long, value_name = "PUMP")]
    pub reset: Vec<String>,
    /// When every source has ended: close all open windows, or leave them open and drop them
    #[arg(long, value_name = "WHAT", value_enum, default_value = "flush")]
    pub at_end: AtEnd,
    /// Most rows in one micro-batch; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "16384")]
    pub batch_rows: usize,
    /// Worker threads [default: all cores]; the output does not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub threads: Option<usize>,
    /// Fix the clock that clock functions and sources without arrival time see
    #[arg(long, value_name = "TIMESTAMP", value_parser = timestamp)]
    pub now: Option<i64>,
    /// Repeat the steps that a live run logged (not implemented yet)
    #[arg(long, value_name = "DIR")]
    pub steps: Option<PathBuf>,
    /// Files, shards and objects open at once
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "512")]
    pub max_open: usize,
    /// Show progress and a closing summary on standard error
    #[arg(long, value_name = "WHEN", value_enum, default_value = "auto")]
    pub progress: ProgressWhen,
    /// What an unreadable object or a broken archive does
    #[arg(long, value_name = "WHAT", value_enum, default_value = "continue")]
    pub on_error: OnError,
    /// Serve Prometheus metrics and health on this address (not implemented yet)
    #[arg(long, value_name = "ADDR")]
    pub metrics: Option<String>,
    /// Print the closing summary, with the books of every pump, whatever --progress says
    #[arg(short, long)]
    pub verbose: bool,
}

impl RunOptions {
    /// How the shell runs a script at its end.
    pub fn of_shell(now: Option<i64>) -> Self {
        Self {
            bindings: BindingOptions {
                source: Vec::new(),
                sink: Vec::new(),
                reference: Vec::new(),
                strict: false,
                set: Vec::new(),
            },
            start: None,
            end: None,
            state: None,
            fsync: false,
            reset: Vec::new(),
            at_end: AtEnd::Flush,
            batch_rows: 16_384,
            threads: None,
            now,
            steps: None,
            max_open: 512,
            progress: ProgressWhen::Auto,
            on_error: OnError::Continue,
            metrics: None,
            verbose: false,
        }
    }
}

/// `--output`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum OutputName {
    /// Aligned columns
    Table,
    /// A JSON object a line
    Json,
    /// CSV with a header line
    Csv,
    /// A line a column
    Vertical,
}

/// `repl`.
#[derive(Debug, Args)]
pub struct ReplCommand {
    /// The application to start with: a SQL script (.sql)
    pub app: Option<PathBuf>,
    /// The bindings.
    #[command(flatten)]
    pub bindings: BindingOptions,
    /// Fix the clock that clock functions and sources without arrival time see
    #[arg(long, value_name = "TIMESTAMP", value_parser = timestamp)]
    pub now: Option<i64>,
    /// How rows are printed [default: table on a terminal, else json]
    #[arg(long, value_name = "FORMAT", value_enum)]
    pub output: Option<OutputName>,
}

impl ReplCommand {
    /// What `rowtime` alone starts.
    pub fn bare() -> Self {
        Self {
            app: None,
            bindings: RunOptions::of_shell(None).bindings,
            now: None,
            output: None,
        }
    }
}

/// `run`.
#[derive(Debug, Args)]
pub struct RunCommand {
    /// The application: a SQL script (.sql)
    pub app: PathBuf,
    /// The options.
    #[command(flatten)]
    pub run: RunOptions,
}

/// `replay`.
#[derive(Debug, Args)]
pub struct ReplayCommand {
    /// The application: a SQL script (.sql)
    pub app: PathBuf,
    /// Where every source is read from, unless --source says otherwise
    #[arg(long, value_name = "URI")]
    pub from: String,
    /// The options.
    #[command(flatten)]
    pub run: RunOptions,
}

/// `check` and `explain`.
#[derive(Debug, Args)]
pub struct CheckCommand {
    /// The application: a SQL script (.sql)
    pub app: PathBuf,
    /// The bindings.
    #[command(flatten)]
    pub bindings: BindingOptions,
}

/// `discover`.
#[derive(Debug, Args)]
pub struct DiscoverCommand {
    /// What to look at: a file, folder, glob, local:NAME or - for standard input; JSON, CSV or Parquet
    #[arg(allow_hyphen_values = true)]
    pub uri: String,
    /// Print CREATE STREAM instead of AWS InputSchema JSON
    #[arg(long)]
    pub ddl: bool,
    /// Follow the service's own inference: COL_ names, times as VARCHAR
    #[arg(long)]
    pub aws: bool,
    /// Look at the first N records only [default: all]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub sample: Option<u64>,
}

/// `--restore`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Restore {
    /// After every step
    EachStep,
}

/// `test`.
#[derive(Debug, Args)]
pub struct TestCommand {
    /// Test files (.test), or folders that are searched for them
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Rewrite the expected rows, errors, counters and refusals in place with what came out
    #[arg(long)]
    pub bless: bool,
    /// Only tests whose file path or name contains S
    #[arg(long, value_name = "S")]
    pub filter: Option<String>,
    /// Cut input into steps of at most N rows; the output must not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one)]
    pub batch_rows: Option<usize>,
    /// Worker threads; the output must not depend on it
    #[arg(long, value_name = "N", value_parser = at_least_one, default_value = "1")]
    pub threads: usize,
    /// Save the whole state to bytes and load it into a fresh engine
    #[arg(long, value_name = "WHEN", value_enum)]
    pub restore: Option<Restore>,
    /// Write the results as JUnit XML
    #[arg(long, value_name = "FILE")]
    pub junit: Option<PathBuf>,
    /// Print a line for every test, not only for failures
    #[arg(short, long)]
    pub verbose: bool,
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn values_are_read_as_the_contract_spells_them() {
        assert_eq!(binding("A=file:x?y=z").unwrap().uri, "file:x?y=z");
        assert!(binding("A").is_err());
        assert!(binding("=x").is_err());
        assert_eq!(start("now"), Ok(Start::Now));
        assert_eq!(start("trim-horizon"), Ok(Start::TrimHorizon));
        assert_eq!(start("1970-01-01 00:00:01"), Ok(Start::At(1000)));
        assert_eq!(start("1970-01-01T00:00:01Z"), Ok(Start::At(1000)));
        assert!(start("yesterday").is_err());
        assert!(at_least_one("0").is_err());
    }
}
