//! What the binder makes of an application: streams, and one plan per pump.
//!
//! A [`Plan`] is a tree of relational nodes whose rows carry ROWTIME beside their columns. It is what
//! `explain` prints (through DataFusion's logical plans, see `df`) and what the dataflow is built from.

use crate::diagnostic::Span;
use crate::expr::Expr;
use crate::types::SqlType;

pub mod identity;
pub mod join;
pub mod shown;
pub mod sliding;
pub mod table_function;
pub mod upstream;

use join::{Join, Lookup};
use sliding::{SlidingCall, SlidingWindow};
use table_function::TableFunction;
use upstream::Use;

/// A column of a relation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Field {
    /// Its stored name.
    pub name: String,
    /// Its type.
    pub ty: SqlType,
    /// A NULL here is a row error.
    pub not_null: bool,
}

/// System columns that a stream fed from outside has behind its declared ones (`application.md` §3.4).
pub const SYSTEM_COLUMNS: [(&str, SqlType); 4] = [
    ("APPROXIMATE_ARRIVAL_TIME", SqlType::Timestamp),
    ("PARTITION_KEY", SqlType::Varchar(512)),
    ("SEQUENCE_NUMBER", SqlType::Varchar(128)),
    ("SHARD_ID", SqlType::Varchar(64)),
];

/// Position of a stream in [`Application::streams`].
pub type StreamId = usize;

/// An in-application stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stream {
    /// Its stored name.
    pub name: String,
    /// Declared columns, then (for a stream that no pump writes) the [`SYSTEM_COLUMNS`] that no declared
    /// column hides.
    pub fields: Vec<Field>,
    /// How many of `fields` are declared.
    pub declared: usize,
    /// A source feeds it: no pump writes it, or `--source` names it.
    pub is_external: bool,
    /// Where it was declared; default for a stream that only `--source` names.
    pub span: Span,
}

impl Stream {
    /// The columns that the script declares.
    pub fn declared_fields(&self) -> &[Field] {
        self.fields.get(..self.declared).unwrap_or(&self.fields)
    }
}

/// Position of a reference table in [`Application::tables`].
pub type TableId = usize;

/// A reference table: rows loaded at the start, without a time (`application.md` §5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceTable {
    /// Its stored name.
    pub name: String,
    /// Its columns.
    pub fields: Vec<Field>,
}

/// The new number of a stream or table whose numbers have changed; one that is not told of keeps its own.
pub fn renumbered(old: usize, numbers: &[Option<usize>]) -> usize {
    numbers.get(old).copied().flatten().unwrap_or(old)
}

/// A bound, checked application.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Application {
    /// From CREATE APPLICATION, else the script's file name.
    pub name: Option<String>,
    /// Streams in order of declaration.
    pub streams: Vec<Stream>,
    /// Reference tables, in the order in which they were bound.
    pub tables: Vec<ReferenceTable>,
    /// Pumps in order of declaration.
    pub pumps: Vec<Pump>,
    /// Views in order of declaration, for who describes the application: pumps hold their plans.
    pub views: Vec<View>,
    /// Who names whom, for who takes something away.
    pub uses: Vec<Use>,
}

/// A view: a query under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct View {
    /// Its stored name.
    pub name: String,
    /// Its columns.
    pub fields: Vec<Field>,
}

/// A pump: a plan that writes a stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Pump {
    /// Its stored name.
    pub name: String,
    /// The stream it writes.
    pub target: StreamId,
    /// Its query, ending in the target's columns, in their order and types.
    pub plan: Plan,
    /// Where.
    pub span: Span,
}

/// Most rows or groups that a node holds which waits for the end of the data. One more is a row error.
pub const WHOLE_MAX: usize = 10_000_000;

/// A relational node.
#[derive(Debug, Clone, PartialEq)]
pub enum Plan {
    /// Rows of a stream.
    Scan {
        /// Which stream.
        stream: StreamId,
        /// The stream's columns that are read, by position in [`Stream::fields`], ascending.
        columns: Vec<usize>,
        /// Their fields.
        fields: Vec<Field>,
    },
    /// Rows for which the predicate is TRUE.
    Filter {
        /// Input.
        input: Box<Plan>,
        /// BOOLEAN.
        predicate: Expr,
    },
    /// New columns from old.
    Project {
        /// Input.
        input: Box<Plan>,
        /// The columns.
        exprs: Vec<Expr>,
        /// Their names and types.
        fields: Vec<Field>,
        /// `expr AS ROWTIME`.
        rowtime: Option<RowtimeExpr>,
    },
    /// A tumbling window. Its columns are the keys, then the aggregates; its ROWTIME is the window's end.
    Tumble {
        /// Input.
        input: Box<Plan>,
        /// GROUP BY.
        keys: Vec<Expr>,
        /// Position in `keys` of the monotonic key whose change closes the window.
        window: usize,
        /// The monotonic key as a function of time, if it is one: then a bound closes the window.
        clock: Option<WindowClock>,
        /// The aggregates.
        aggregates: Vec<Aggregate>,
        /// Keys, then aggregates.
        fields: Vec<Field>,
    },
    /// Sliding windows: the input's columns, then one of each call. A row for a row, at its ROWTIME.
    Slide {
        /// Input.
        input: Box<Plan>,
        /// The windows.
        windows: Vec<SlidingWindow>,
        /// The calls.
        calls: Vec<SlidingCall>,
        /// The input's, then one of each call.
        fields: Vec<Field>,
    },
    /// Stagger windows (`windows-and-time.md` §5). Columns are the keys, then the aggregates; ROWTIME is the
    /// window's end.
    Stagger {
        /// Input.
        input: Box<Plan>,
        /// PARTITION BY.
        keys: Vec<Expr>,
        /// How long a window stays open, ms.
        length_ms: i64,
        /// The aggregates.
        aggregates: Vec<Aggregate>,
        /// Keys, then aggregates.
        fields: Vec<Field>,
    },
    /// Groups over data that ends: one window, which the end of the input closes. Columns are the keys, then the
    /// aggregates; ROWTIME is that of the last row. Without keys there is one row, whatever comes.
    Whole {
        /// Input.
        input: Box<Plan>,
        /// GROUP BY.
        keys: Vec<Expr>,
        /// The aggregates.
        aggregates: Vec<Aggregate>,
        /// Keys, then aggregates.
        fields: Vec<Field>,
    },
    /// The first rows of data that ends.
    Limit {
        /// Input.
        input: Box<Plan>,
        /// How many.
        rows: u64,
    },
    /// ORDER BY (`windows-and-time.md` §7): the rows of one value of the leading expression, sorted.
    Sort {
        /// Input.
        input: Box<Plan>,
        /// The monotonic expression whose change lets the rows go; `None` over data that ends, where its end does.
        leading: Option<Expr>,
        /// It as a function of time, if it is one: then a bound lets them go.
        clock: Option<WindowClock>,
        /// What they are sorted by.
        keys: Vec<SortKey>,
    },
    /// UNION ALL: merged by ROWTIME, branches in their order.
    Union {
        /// The branches.
        inputs: Vec<Plan>,
        /// Columns of each.
        fields: Vec<Field>,
    },
    /// A join of two streams.
    Join(Box<Join>),
    /// A join with a reference table.
    Lookup(Box<Lookup>),
    /// TABLE(f(CURSOR(…), …)).
    TableFunction {
        /// The cursor.
        input: Box<Plan>,
        /// The function.
        function: TableFunction,
        /// Its columns.
        fields: Vec<Field>,
    },
}

/// One key of ORDER BY. NULL sorts below every value (`sql.md` §8.5).
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// Over the input's columns.
    pub expr: Expr,
    /// DESC.
    pub descending: bool,
}

/// A monotonic key as a function of ROWTIME: the window ends at the least ROWTIME at which it differs.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowClock {
    /// The key over ROWTIME alone, over no columns.
    pub key: Expr,
    /// The key is made of the key of a window below (`STEP(ds.w …)` with `w = STEP(s.ROWTIME …)`): the rows carry
    /// the end of that window as ROWTIME, and the function gives their key one millisecond before it.
    pub behind: bool,
}

/// `expr AS ROWTIME` (`decisions.md` 6 and 25).
#[derive(Debug, Clone, PartialEq)]
pub struct RowtimeExpr {
    /// TIMESTAMP.
    pub expr: Expr,
    /// What the expression promises, and so what a row is late against.
    pub promise: RowtimePromise,
}

/// What an explicit ROWTIME promises.
#[derive(Debug, Clone, PartialEq)]
pub enum RowtimePromise {
    /// Non-decreasing as a function of the input's ROWTIME (given over no columns): late below the writer's
    /// own last value; the writer's bound is this function of the input's bound.
    Clock(Expr),
    /// Non-decreasing by declaration (MONOTONIC): late below the writer's own last value, which is also its bound.
    Declared,
    /// MIN, MAX, FIRST_VALUE or LAST_VALUE of ROWTIME in a tumbling or stagger window: the writer's bound is the first
    /// ROWTIME of the window that is open longest, else the input's bound.
    OpenWindow,
    /// Nothing: late below its input's ROWTIME just before that row, and below the writer's own last value.
    None,
}

/// Aggregate functions of a window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum AggregateFunction {
    /// COUNT(*): no argument.
    CountStar,
    /// COUNT(x). BIGINT.
    Count,
    /// SUM: type of the argument; overflow is an error.
    Sum,
    /// AVG: type of the argument; integers and decimals truncate toward zero.
    Avg,
    /// MIN: type of the argument.
    Min,
    /// MAX.
    Max,
    /// FIRST_VALUE; `ignore_nulls` skips NULLs.
    FirstValue {
        /// IGNORE NULLS.
        ignore_nulls: bool,
    },
    /// LAST_VALUE.
    LastValue {
        /// IGNORE NULLS.
        ignore_nulls: bool,
    },
    /// VAR_POP.
    VarPop,
    /// VAR_SAMP.
    VarSamp,
    /// STDDEV_POP.
    StddevPop,
    /// STDDEV_SAMP.
    StddevSamp,
    /// ANY(boolean).
    Any,
    /// EVERY(boolean).
    Every,
}

/// One aggregate call.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Its argument; `None` for COUNT(*).
    pub argument: Option<Expr>,
    /// SUM/AVG/MIN/MAX(DISTINCT x).
    pub distinct: bool,
    /// Result type.
    pub ty: SqlType,
    /// Where.
    pub span: Span,
}

impl Plan {
    /// The columns of its rows.
    pub fn fields(&self) -> &[Field] {
        match self {
            Plan::Scan { fields, .. }
            | Plan::Project { fields, .. }
            | Plan::Tumble { fields, .. }
            | Plan::Slide { fields, .. }
            | Plan::Stagger { fields, .. }
            | Plan::Whole { fields, .. }
            | Plan::Union { fields, .. }
            | Plan::TableFunction { fields, .. } => fields,
            Plan::Filter { input, .. } | Plan::Sort { input, .. } | Plan::Limit { input, .. } => {
                input.fields()
            }
            Plan::Join(join) => &join.fields,
            Plan::Lookup(lookup) => &lookup.fields,
        }
    }

    /// Its inputs, left to right.
    pub fn inputs(&self) -> Vec<&Plan> {
        match self {
            Plan::Scan { .. } => Vec::new(),
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Tumble { input, .. }
            | Plan::Slide { input, .. }
            | Plan::Stagger { input, .. }
            | Plan::Whole { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Sort { input, .. }
            | Plan::TableFunction { input, .. } => vec![input],
            Plan::Union { inputs, .. } => inputs.iter().collect(),
            Plan::Join(join) => vec![&join.left, &join.right],
            Plan::Lookup(lookup) => vec![&lookup.input],
        }
    }

    /// The same, to change them.
    pub fn inputs_mut(&mut self) -> Vec<&mut Plan> {
        match self {
            Plan::Scan { .. } => Vec::new(),
            Plan::Filter { input, .. }
            | Plan::Project { input, .. }
            | Plan::Tumble { input, .. }
            | Plan::Slide { input, .. }
            | Plan::Stagger { input, .. }
            | Plan::Whole { input, .. }
            | Plan::Limit { input, .. }
            | Plan::Sort { input, .. }
            | Plan::TableFunction { input, .. } => vec![input],
            Plan::Union { inputs, .. } => inputs.iter_mut().collect(),
            Plan::Join(join) => {
                let Join { left, right, .. } = join.as_mut();
                vec![left, right]
            }
            Plan::Lookup(lookup) => vec![&mut lookup.input],
        }
    }

    /// Every expression of this node itself, in the order in which a reader meets them.
    pub fn exprs(&self) -> Vec<&Expr> {
        match self {
            Plan::Scan { .. } | Plan::Union { .. } | Plan::TableFunction { .. } | Plan::Limit { .. } => {
                Vec::new()
            }
            Plan::Filter { predicate, .. } => vec![predicate],
            Plan::Project { exprs, rowtime, .. } => {
                exprs.iter().chain(rowtime.iter().map(|r| &r.expr)).collect()
            }
            Plan::Tumble { keys, aggregates, .. }
            | Plan::Stagger { keys, aggregates, .. }
            | Plan::Whole { keys, aggregates, .. } => {
                let arguments = aggregates.iter().filter_map(|a| a.argument.as_ref());
                keys.iter().chain(arguments).collect()
            }
            Plan::Slide { windows, calls, .. } => {
                let partitions = windows.iter().flat_map(|w| &w.partition_by);
                partitions
                    .chain(calls.iter().flat_map(|c| c.function.exprs()))
                    .collect()
            }
            Plan::Sort { leading, keys, .. } => {
                (leading.iter()).chain(keys.iter().map(|k| &k.expr)).collect()
            }
            Plan::Join(join) => {
                let equalities = join.equalities.iter().flat_map(|(l, r)| [l, r]);
                equalities.chain(&join.condition).collect()
            }
            Plan::Lookup(lookup) => {
                let equalities = lookup.equalities.iter().flat_map(|(l, r)| [l, r]);
                equalities.chain(&lookup.condition).collect()
            }
        }
    }

    /// How many rows it gives at most, where LIMIT says so: behind them, nobody has to read on.
    pub fn rows_max(&self) -> Option<u64> {
        match self {
            Plan::Limit { rows, .. } => Some(*rows),
            Plan::Project { input, .. } => input.rows_max(),
            _ => None,
        }
    }

    /// The streams it reads, in order of appearance.
    pub fn sources(&self) -> Vec<StreamId> {
        if let Plan::Scan { stream, .. } = self {
            return vec![*stream];
        }
        self.inputs().into_iter().flat_map(Plan::sources).collect()
    }
}
