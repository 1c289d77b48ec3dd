//! The syntax tree of a script: our own, small, with the place of every node.
//!
//! sqlparser's tree stays inside `sql::parse`; whatever the dialect does not have is refused there, so that
//! everything behind this door only knows the grammar of `dialect/sql.md` §6–§9 (and `decisions.md` 3).

use crate::diagnostic::Span;
use crate::types::{IntervalQualifier, SqlType, TimeUnit};

/// A name as written. `name` is folded to upper case unless it was quoted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ident {
    /// The folded or quoted name.
    pub name: String,
    /// Whether it stood in double quotes; quoted names match exactly, always.
    pub quoted: bool,
    /// Where.
    pub span: Span,
}

/// One statement of a script.
#[derive(Debug, Clone, PartialEq)]
pub struct Statement {
    /// What it says.
    pub kind: StatementKind,
    /// From its first to its last word.
    pub span: Span,
}

/// The statements of `sql.md` §7 and `decisions.md` 3.
#[derive(Debug, Clone, PartialEq)]
pub enum StatementKind {
    /// `CREATE [OR REPLACE] APPLICATION name` (lenient).
    CreateApplication {
        /// The application's name.
        name: Ident,
    },
    /// `CREATE [OR REPLACE] STREAM name [(cols)] [DESCRIPTION 'text'] [AS query]`.
    CreateStream(CreateStream),
    /// `CREATE [OR REPLACE] PUMP …`.
    CreatePump(CreatePump),
    /// `CREATE [OR REPLACE] FUNCTION …` with a SQL body.
    CreateFunction(CreateFunction),
    /// `CREATE [OR REPLACE] VIEW name [(cols)] AS query`.
    CreateView {
        /// The view's name.
        name: Ident,
        /// Column names, where given.
        columns: Vec<Ident>,
        /// What it shows.
        query: Query,
    },
    /// CREATE SCHEMA, SET SCHEMA and the like: accepted without effect.
    NoEffect {
        /// What was written, for the warning.
        what: String,
    },
    /// `ALTER PUMP name START|STOP`.
    AlterPump {
        /// Which pump.
        name: Ident,
        /// START or STOP.
        start: bool,
    },
    /// `DROP STREAM|PUMP|FUNCTION|VIEW [IF EXISTS] name`.
    Drop {
        /// What kind of thing.
        object: ObjectKind,
        /// Its name.
        name: Ident,
        /// `IF EXISTS` was written.
        if_exists: bool,
    },
    /// A stand-alone INSERT.
    Insert(Insert),
    /// A stand-alone query.
    Query(Query),
    /// A CREATE that could not be read beyond its name; the fault is reported.
    Unreadable(Unreadable),
    /// A CREATE inside a comment: nothing is declared, but an unknown name may be explained by it.
    CommentedOut {
        /// What it would declare.
        name: Ident,
        /// The line in which its comment begins.
        line: usize,
    },
}

/// What a CREATE with a fault would have declared. It is kept so that whatever uses the name is not refused for
/// the same slip again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unreadable {
    /// What kind of thing.
    pub object: ObjectKind,
    /// `OR REPLACE` was written.
    pub or_replace: bool,
    /// Its name.
    pub name: Ident,
    /// The stream that a pump would have written.
    pub target: Option<Ident>,
}

/// What DROP may name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ObjectKind {
    /// An in-application stream.
    Stream,
    /// A pump.
    Pump,
    /// A user function.
    Function,
    /// A view.
    View,
    /// A schema.
    Schema,
}

/// CREATE STREAM.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateStream {
    /// `OR REPLACE` was written.
    pub or_replace: bool,
    /// The stream's name.
    pub name: Ident,
    /// Declared columns; `None` when the query alone gives them.
    pub columns: Option<Vec<ColumnDef>>,
    /// `DESCRIPTION 'text'`.
    pub description: Option<String>,
    /// `AS query`: a stream and a pump of the same name (`decisions.md` 3).
    pub query: Option<Query>,
}

/// `name type [NOT NULL]`.
#[derive(Debug, Clone, PartialEq)]
pub struct ColumnDef {
    /// Column name.
    pub name: Ident,
    /// Its type; NULL when it was refused.
    pub ty: SqlType,
    /// Where the type stands.
    pub ty_span: Span,
    /// `NOT NULL` was written.
    pub not_null: bool,
}

/// CREATE PUMP.
#[derive(Debug, Clone, PartialEq)]
pub struct CreatePump {
    /// `OR REPLACE` was written.
    pub or_replace: bool,
    /// The pump's name.
    pub name: Ident,
    /// `Some(false)` for STOPPED, `Some(true)` for STARTED.
    pub started: Option<bool>,
    /// `DESCRIPTION 'text'`.
    pub description: Option<String>,
    /// Its body.
    pub insert: Insert,
}

/// `INSERT [EXPEDITED] INTO target [(columns)] query`.
#[derive(Debug, Clone, PartialEq)]
pub struct Insert {
    /// The stream written; a schema prefix is dropped by the parser.
    pub target: Ident,
    /// Column list; `None` when not written.
    pub columns: Option<Vec<Ident>>,
    /// What is inserted.
    pub query: Query,
    /// From INSERT to the end.
    pub span: Span,
}

/// CREATE FUNCTION with `RETURN expr`.
#[derive(Debug, Clone, PartialEq)]
pub struct CreateFunction {
    /// `OR REPLACE` was written.
    pub or_replace: bool,
    /// The function's name.
    pub name: Ident,
    /// Parameters in order.
    pub parameters: Vec<(Ident, SqlType)>,
    /// The declared result.
    pub returns: SqlType,
    /// `RETURNS NULL ON NULL INPUT`.
    pub null_on_null: bool,
    /// The body.
    pub body: Expr,
}

/// A query: one SELECT, VALUES, or set operations over them.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// What it reads.
    pub body: QueryBody,
    /// ORDER BY of the whole.
    pub order_by: Vec<OrderItem>,
    /// LIMIT or FETCH FIRST, of a query that stands alone.
    pub limit: Option<Limit>,
    /// Where.
    pub span: Span,
}

/// `LIMIT n`, `FETCH FIRST n ROWS ONLY`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limit {
    /// How many rows.
    pub rows: u64,
    /// LIMIT or FETCH.
    pub word: &'static str,
    /// Where the word stands.
    pub span: Span,
}

/// The body of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum QueryBody {
    /// A SELECT.
    Select(Box<Select>),
    /// `VALUES (…), (…)`.
    Values(Vec<Vec<Expr>>),
    /// UNION, EXCEPT, INTERSECT.
    Set {
        /// Which.
        op: SetOp,
        /// ALL was written.
        all: bool,
        /// Left branch.
        left: Box<Query>,
        /// Right branch.
        right: Box<Query>,
    },
}

/// Set operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SetOp {
    /// UNION.
    Union,
    /// EXCEPT.
    Except,
    /// INTERSECT.
    Intersect,
}

/// One ORDER BY item.
#[derive(Debug, Clone, PartialEq)]
pub struct OrderItem {
    /// Expression, alias or ordinal.
    pub expr: Expr,
    /// DESC was written.
    pub descending: bool,
}

/// A SELECT.
#[derive(Debug, Clone, PartialEq)]
pub struct Select {
    /// STREAM was written.
    pub stream: bool,
    /// DISTINCT was written, and where.
    pub distinct: Option<Span>,
    /// The select list.
    pub items: Vec<SelectItem>,
    /// FROM, comma separated; empty when there is no FROM.
    pub from: Vec<TableRef>,
    /// WHERE.
    pub filter: Option<Expr>,
    /// GROUP BY or WINDOWED BY STAGGER.
    pub grouping: Grouping,
    /// HAVING.
    pub having: Option<Expr>,
    /// WINDOW name AS (…), ….
    pub windows: Vec<(Ident, WindowSpec)>,
    /// Where.
    pub span: Span,
}

/// How rows are grouped.
#[derive(Debug, Clone, PartialEq)]
pub enum Grouping {
    /// Not at all.
    None,
    /// GROUP BY.
    By(Vec<Expr>),
    /// WINDOWED BY STAGGER (PARTITION BY … RANGE INTERVAL …).
    Stagger {
        /// PARTITION BY.
        partition_by: Vec<Expr>,
        /// RANGE INTERVAL.
        range: Expr,
        /// Where the clause stands.
        span: Span,
    },
}

/// One item of a select list.
#[derive(Debug, Clone, PartialEq)]
pub enum SelectItem {
    /// `*`.
    Wildcard(Span),
    /// `s.*`.
    QualifiedWildcard(Ident),
    /// `expr [[AS] alias]`.
    Expr {
        /// The expression.
        expr: Expr,
        /// Its alias.
        alias: Option<Ident>,
    },
}

/// One relation of FROM.
#[derive(Debug, Clone, PartialEq)]
pub struct TableRef {
    /// What it is.
    pub kind: TableKind,
    /// `[AS] alias [(cols)]`.
    pub alias: Option<TableAlias>,
    /// Where.
    pub span: Span,
}

/// `alias (c1, …)`.
#[derive(Debug, Clone, PartialEq)]
pub struct TableAlias {
    /// The alias.
    pub name: Ident,
    /// Column names; empty when not written.
    pub columns: Vec<Ident>,
}

/// The forms of a relation.
#[derive(Debug, Clone, PartialEq)]
pub enum TableKind {
    /// A stream, view or reference table; a schema prefix is dropped by the parser.
    Named {
        /// Its name.
        name: Ident,
        /// `OVER w` or `OVER (…)` of a join.
        over: Option<WindowRef>,
    },
    /// A sub-select.
    Subquery {
        /// The query.
        query: Box<Query>,
        /// `OVER …` of a join.
        over: Option<WindowRef>,
    },
    /// `TABLE(f(CURSOR(…), …))`.
    Function(FunctionCall),
    /// A join.
    Join {
        /// Left side.
        left: Box<TableRef>,
        /// Right side.
        right: Box<TableRef>,
        /// INNER, LEFT, ….
        kind: JoinKind,
        /// ON, USING, NATURAL or nothing.
        condition: JoinCondition,
    },
}

/// Join kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinKind {
    /// [INNER] JOIN.
    Inner,
    /// LEFT [OUTER] JOIN.
    Left,
    /// RIGHT [OUTER] JOIN.
    Right,
    /// FULL [OUTER] JOIN.
    Full,
    /// CROSS JOIN, and the comma inside parentheses.
    Cross,
}

/// Join conditions.
#[derive(Debug, Clone, PartialEq)]
pub enum JoinCondition {
    /// None written.
    None,
    /// ON.
    On(Expr),
    /// USING.
    Using(Vec<Ident>),
    /// NATURAL.
    Natural,
}

/// `OVER name` or `OVER (spec)`.
#[derive(Debug, Clone, PartialEq)]
pub enum WindowRef {
    /// By name.
    Named(Ident),
    /// Inline.
    Inline(Box<WindowSpec>),
}

/// What stands in the parentheses of a window.
#[derive(Debug, Clone, PartialEq)]
pub struct WindowSpec {
    /// A window this one refines.
    pub base: Option<Ident>,
    /// PARTITION BY.
    pub partition_by: Vec<Expr>,
    /// ORDER BY.
    pub order_by: Vec<OrderItem>,
    /// ROWS or RANGE.
    pub frame: Option<Frame>,
    /// Where.
    pub span: Span,
}

/// ROWS or RANGE with its bounds.
#[derive(Debug, Clone, PartialEq)]
pub struct Frame {
    /// ROWS (else RANGE).
    pub rows: bool,
    /// First bound.
    pub start: FrameBound,
    /// Second bound of BETWEEN.
    pub end: Option<FrameBound>,
    /// Where.
    pub span: Span,
}

/// One end of a frame.
#[derive(Debug, Clone, PartialEq)]
pub enum FrameBound {
    /// UNBOUNDED PRECEDING.
    UnboundedPreceding,
    /// n PRECEDING.
    Preceding(Expr),
    /// CURRENT ROW.
    CurrentRow,
    /// n FOLLOWING.
    Following(Expr),
    /// UNBOUNDED FOLLOWING.
    UnboundedFollowing,
}

/// An expression and its place.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where.
    pub span: Span,
}

/// Literals as written; values are checked by the binder.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// NULL.
    Null,
    /// TRUE, FALSE; UNKNOWN is `None`.
    Boolean(Option<bool>),
    /// Digits, point and exponent as written, without sign.
    Number(String),
    /// Character literal, chained parts joined, escapes of `u&'…'` resolved.
    String(String),
    /// `X'…'`: the hex digits.
    Binary(String),
    /// DATE '…'.
    Date(String),
    /// TIME '…'.
    Time(String),
    /// TIMESTAMP '…'.
    Timestamp(String),
    /// INTERVAL [sign] '…' qualifier.
    Interval {
        /// Sign outside the quotes.
        negative: bool,
        /// Text inside the quotes.
        text: String,
        /// The qualifier.
        qualifier: IntervalQualifier,
    },
}

/// Binary operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `+`
    Plus,
    /// `-`
    Minus,
    /// `*`
    Times,
    /// `/`
    Divide,
    /// `||`
    Concat,
    /// `=`
    Eq,
    /// `<>`, `!=`
    NotEq,
    /// `<`
    Lt,
    /// `<=`
    LtEq,
    /// `>`
    Gt,
    /// `>=`
    GtEq,
    /// AND
    And,
    /// OR
    Or,
    /// An operator of other dialects, already refused; it stands so that its operands are still checked.
    Foreign,
}

/// What IS asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IsTest {
    /// IS NULL
    Null,
    /// IS TRUE
    True,
    /// IS FALSE
    False,
    /// IS UNKNOWN
    Unknown,
}

/// IGNORE NULLS, RESPECT NULLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NullTreatment {
    /// IGNORE NULLS
    Ignore,
    /// RESPECT NULLS
    Respect,
}

/// TRIM's side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TrimSide {
    /// BOTH, the default.
    Both,
    /// LEADING
    Leading,
    /// TRAILING
    Trailing,
}

/// `f([DISTINCT|ALL] args) [IGNORE NULLS] [FROM LAST] [OVER w]`.
#[derive(Debug, Clone, PartialEq)]
pub struct FunctionCall {
    /// Its name.
    pub name: Ident,
    /// Arguments; `COUNT(*)` has `star` and none.
    pub args: Vec<Expr>,
    /// `(*)`.
    pub star: bool,
    /// DISTINCT was written.
    pub distinct: bool,
    /// IGNORE or RESPECT NULLS.
    pub nulls: Option<NullTreatment>,
    /// FROM LAST.
    pub from_last: bool,
    /// OVER.
    pub over: Option<WindowRef>,
    /// Where.
    pub span: Span,
}

/// Period predicates of `sql.md` §10.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodOp {
    /// EQUALS
    Equals,
    /// CONTAINS
    Contains,
    /// OVERLAPS
    Overlaps,
    /// PRECEDES
    Precedes,
    /// SUCCEEDS
    Succeeds,
    /// LEADS
    Leads,
    /// LAGS
    Lags,
}

/// STRICTLY, IMMEDIATELY.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PeriodModifier {
    /// Nothing written.
    None,
    /// STRICTLY
    Strictly,
    /// IMMEDIATELY
    Immediately,
}

/// Expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A column, a dotted path, ROWTIME, CURRENT_TIMESTAMP and other names without parentheses.
    Name(Vec<Ident>),
    /// A literal.
    Literal(Literal),
    /// Unary minus (`true`) or plus.
    Sign {
        /// Minus was written.
        minus: bool,
        /// The operand.
        expr: Box<Expr>,
    },
    /// NOT
    Not(Box<Expr>),
    /// `left op right`.
    Binary {
        /// Operator.
        op: BinaryOp,
        /// Left operand.
        left: Box<Expr>,
        /// Right operand.
        right: Box<Expr>,
    },
    /// `x [NOT] BETWEEN [SYMMETRIC] a AND b`.
    Between {
        /// x
        expr: Box<Expr>,
        /// a
        low: Box<Expr>,
        /// b
        high: Box<Expr>,
        /// NOT
        negated: bool,
        /// SYMMETRIC
        symmetric: bool,
    },
    /// `x [NOT] IN (…)`.
    InList {
        /// x
        expr: Box<Expr>,
        /// The list.
        list: Vec<Expr>,
        /// NOT
        negated: bool,
    },
    /// `x [NOT] IN (SELECT …)`.
    InSubquery {
        /// x
        expr: Box<Expr>,
        /// The query.
        query: Box<Query>,
        /// NOT
        negated: bool,
    },
    /// `[NOT] EXISTS (…)` (NOT is a node of its own).
    Exists(Box<Query>),
    /// A scalar sub-query.
    Subquery(Box<Query>),
    /// `[NOT] LIKE`.
    Like {
        /// Text.
        expr: Box<Expr>,
        /// Pattern.
        pattern: Box<Expr>,
        /// ESCAPE.
        escape: Option<Box<Expr>>,
        /// NOT
        negated: bool,
        /// SIMILAR TO instead of LIKE.
        similar: bool,
    },
    /// `IS [NOT] NULL|TRUE|FALSE|UNKNOWN`.
    Is {
        /// Operand.
        expr: Box<Expr>,
        /// Which test.
        test: IsTest,
        /// NOT
        negated: bool,
    },
    /// `a IS [NOT] DISTINCT FROM b`.
    IsDistinct {
        /// a
        left: Box<Expr>,
        /// b
        right: Box<Expr>,
        /// NOT
        negated: bool,
    },
    /// CASE, searched (no operand) or simple.
    Case {
        /// `CASE operand WHEN …`.
        operand: Option<Box<Expr>>,
        /// WHEN … THEN ….
        whens: Vec<(Expr, Expr)>,
        /// ELSE.
        otherwise: Option<Box<Expr>>,
    },
    /// CAST(x AS t).
    Cast {
        /// x
        expr: Box<Expr>,
        /// t; NULL when it was refused.
        ty: SqlType,
        /// Where t stands.
        ty_span: Span,
    },
    /// A call by name, aggregates and table functions included.
    Function(FunctionCall),
    /// `FLOOR(x [TO unit])`, `CEIL(x [TO unit])`.
    Floor {
        /// Operand.
        expr: Box<Expr>,
        /// TO unit.
        unit: Option<TimeUnit>,
        /// CEIL or CEILING instead of FLOOR.
        ceil: bool,
    },
    /// `STEP(x BY y)`.
    Step {
        /// x
        expr: Box<Expr>,
        /// y: an integer or an interval.
        by: Box<Expr>,
    },
    /// `WINDOW_TUMBLING(n unit)` (`decisions.md` 3).
    WindowTumbling {
        /// n
        size: u64,
        /// unit
        unit: TimeUnit,
    },
    /// EXTRACT(unit FROM x).
    Extract {
        /// unit
        unit: TimeUnit,
        /// x
        expr: Box<Expr>,
    },
    /// `SUBSTRING(s FROM i [FOR n])` and `SUBSTRING(s, i [, n])`.
    Substring {
        /// s
        expr: Box<Expr>,
        /// i, or the regular expression when it is a string.
        start: Box<Expr>,
        /// n
        length: Option<Box<Expr>>,
        /// The comma form.
        comma: bool,
    },
    /// `SUBSTRING(s SIMILAR p ESCAPE e)`.
    SubstringSimilar {
        /// s
        expr: Box<Expr>,
        /// p
        pattern: Box<Expr>,
        /// e
        escape: Box<Expr>,
    },
    /// POSITION(a IN b).
    Position {
        /// a
        needle: Box<Expr>,
        /// b
        haystack: Box<Expr>,
    },
    /// OVERLAY(s PLACING r FROM i [FOR n]).
    Overlay {
        /// s
        expr: Box<Expr>,
        /// r
        placing: Box<Expr>,
        /// i
        from: Box<Expr>,
        /// n
        length: Option<Box<Expr>>,
    },
    /// TRIM([[side] [c] FROM] s).
    Trim {
        /// Which ends.
        side: TrimSide,
        /// c
        character: Option<Box<Expr>>,
        /// s
        expr: Box<Expr>,
    },
    /// `(a - b) qualifier`.
    DatetimeDifference {
        /// a
        left: Box<Expr>,
        /// b
        right: Box<Expr>,
        /// The qualifier.
        qualifier: IntervalQualifier,
    },
    /// `left pred right` over periods; chains are ANDs of these.
    PeriodPredicate {
        /// Which.
        op: PeriodOp,
        /// STRICTLY or IMMEDIATELY.
        modifier: PeriodModifier,
        /// (start, end).
        left: (Box<Expr>, Box<Expr>),
        /// (start, end), or a point after CONTAINS.
        right: (Box<Expr>, Option<Box<Expr>>),
    },
    /// `CURSOR(query)`.
    Cursor(Box<Query>),
    /// `ROW(a, b)` and `(a, b)`.
    Row(Vec<Expr>),
}
