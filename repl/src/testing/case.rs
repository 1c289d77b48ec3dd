//! A test file as read: its tests, and what each of them does, line by line.

use std::path::PathBuf;

use rowtime_connectors::schema::InputSchema;
use rowtime_engine::types::SqlType;

use super::table::Table;

/// Something wrong with a test file itself.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Fault {
    /// Line, from 1.
    pub line: usize,
    /// What is wrong, and what to write.
    pub message: String,
}

impl Fault {
    /// A fault.
    pub fn new(line: usize, message: impl Into<String>) -> Self {
        Self {
            line,
            message: message.into(),
        }
    }
}

/// A test file.
#[derive(Debug, Clone)]
pub struct TestFile {
    /// Where it is.
    pub path: PathBuf,
    /// Its text.
    pub text: String,
    /// Its tests in order.
    pub tests: Vec<TestCase>,
}

/// SQL of a test.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sql {
    /// The text.
    pub text: String,
    /// The file it stands in, if it is not the test file.
    pub file: Option<PathBuf>,
    /// Line of the file in which its first line stands.
    pub first_line: usize,
}

/// One test.
#[derive(Debug, Clone, Default)]
pub struct TestCase {
    /// Its name.
    pub name: String,
    /// Line of its `test`.
    pub line: usize,
    /// SQL before the first `test` of the file.
    pub shared: Option<Sql>,
    /// Its own SQL.
    pub own: Option<Sql>,
    /// `strict`.
    pub strict: bool,
    /// `schema`: how the records of a stream are read.
    pub schemas: Vec<SchemaBlock>,
    /// `now`, in ms.
    pub now_ms: Option<i64>,
    /// The day of short times at the end of the test, in days since 1970.
    pub date: i64,
    /// Findings that compiling must make.
    pub findings: Vec<Finding>,
    /// What happens, in order.
    pub actions: Vec<Action>,
    /// `hold`: the input does not end with the test.
    pub hold: bool,
    /// Streams whose rows need not be expected; `None` is the error rows.
    pub ignored: Vec<(usize, Target)>,
    /// Line after its last word, where `--bless` adds.
    pub end_line: usize,
}

/// How a finding is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FindingKind {
    /// `refuse`.
    Refuse,
    /// `warn`.
    Warn,
    /// `lenient`.
    Lenient,
}

impl FindingKind {
    /// Its word in the file.
    pub fn word(self) -> &'static str {
        match self {
            Self::Refuse => "refuse",
            Self::Warn => "warn",
            Self::Lenient => "lenient",
        }
    }
}

/// `refuse 3:14 "message part"`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// Line of the file.
    pub line: usize,
    /// What.
    pub kind: FindingKind,
    /// Place and text; `None` for a bare word that `--bless` is to fill.
    pub what: Option<(FindingPlace, String)>,
}

/// Where a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FindingPlace {
    /// In the shared SQL.
    pub shared: bool,
    /// Line of that SQL, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

/// A stream's name as written, or the error rows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Target {
    /// `errors`.
    Errors,
    /// A stream.
    Stream(Name),
}

/// A name as written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name {
    /// Without quotes.
    pub text: String,
    /// In double quotes: exactly this.
    pub exact: bool,
}

/// One thing that happens.
#[derive(Debug, Clone)]
pub enum Action {
    /// Rows come.
    Rows(RowsBlock),
    /// Raw records come.
    Records(RecordsBlock),
    /// A reference table holds this from now on.
    Table(TableBlock),
    /// The clock moves to this time without a row: (line, ms).
    Advance(usize, i64),
    /// The input ends.
    End(usize),
    /// Rows are expected.
    Expect(Expectation),
    /// A counter is expected.
    Count(CountExpectation),
}

impl Action {
    /// Whether it brings rows.
    pub fn is_input(&self) -> bool {
        matches!(self, Self::Rows(_) | Self::Records(_))
    }
}

/// `rows STREAM` and its table.
#[derive(Debug, Clone)]
pub struct RowsBlock {
    /// Line of the file.
    pub line: usize,
    /// The stream.
    pub stream: Name,
    /// The day of short times.
    pub date: i64,
    /// The rows.
    pub table: Table,
}

/// `schema STREAM` and an AWS InputSchema.
#[derive(Debug, Clone)]
pub struct SchemaBlock {
    /// Line of the file.
    pub line: usize,
    /// The stream.
    pub stream: Name,
    /// What it says.
    pub schema: InputSchema,
}

/// `table NAME` and what it holds.
#[derive(Debug, Clone)]
pub struct TableBlock {
    /// Line of the file.
    pub line: usize,
    /// The table.
    pub name: Name,
    /// The day of short times.
    pub date: i64,
    /// Its rows.
    pub body: TableBody,
}

/// Where the rows of a reference table are.
#[derive(Debug, Clone)]
pub enum TableBody {
    /// In the test file: the rows, and the type of each column where it is given.
    Rows(Table, Vec<Option<SqlType>>),
    /// In a file, by its URI.
    File(String),
}

/// `records STREAM …` and its lines.
#[derive(Debug, Clone)]
pub struct RecordsBlock {
    /// Line of the file.
    pub line: usize,
    /// The stream.
    pub stream: Name,
    /// Parameters of the URI that a file with these records would have: `format=json`, ….
    pub parameters: Vec<String>,
    /// The records.
    pub body: RecordsBody,
}

/// How records are given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RecordsBody {
    /// As one file, all at one time where one is given.
    File {
        /// Its text.
        text: String,
        /// `at`, in ms.
        at_ms: Option<i64>,
    },
    /// A record a line, each with its time: (ms, record).
    Timed(Vec<(i64, String)>),
}

/// `expect STREAM` and its table.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// Line of the file.
    pub line: usize,
    /// Line after its body.
    pub end_line: usize,
    /// What.
    pub target: Target,
    /// The day of short times.
    pub date: i64,
    /// `partly`: columns may be left out.
    pub partly: bool,
    /// `nothing`.
    pub nothing: bool,
    /// The rows; `None` for `nothing`, and where they are still to be written.
    pub table: Option<Table>,
}

/// `count [PUMP] NAME = N`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CountExpectation {
    /// Line of the file.
    pub line: usize,
    /// One pump; `None` sums them.
    pub pump: Option<Name>,
    /// The counter.
    pub counter: String,
    /// Its value.
    pub value: u64,
}
