//! Queries over data that ends, run from rows typed by hand: every expected row is worked out by hand, and neither cuts
//! nor restores may show.

#![expect(clippy::panic, clippy::unwrap_used, reason = "a test fails by panicking")]

use arrow::array::ArrayRef;
use arrow::buffer::ScalarBuffer;
use rowtime_engine::application::{Compiled, compile};
use rowtime_engine::bind::{BindOptions, InsertedRows, Queries, insert, query_name};
use rowtime_engine::clock::Clock;
use rowtime_engine::dataflow::{Dataflow, Step, StreamRows, TableContents};
use rowtime_engine::datetime::timestamp_text;
use rowtime_engine::diagnostic::{Place, Severity};
use rowtime_engine::plan::{Application, Field, ReferenceTable};
use rowtime_engine::row_text::write_json_row;
use rowtime_engine::sql::ast::StatementKind;
use rowtime_engine::types::SqlType;

const CLOCK: Clock = Clock {
    run_start_ms: 1_600_000_000_000,
    row_ms: None,
};

/// Streams of readings and places, five readings and three places.
const SCRIPT: &str = "CREATE STREAM READINGS (PLACE VARCHAR(8), TEMP INTEGER);
    CREATE STREAM PLACES (PLACE VARCHAR(8), KIND VARCHAR(8));
    CREATE STREAM COUNTS (N BIGINT);
    CREATE PUMP P AS INSERT INTO COUNTS SELECT STREAM COUNT(*) FROM READINGS
      GROUP BY FLOOR(READINGS.ROWTIME TO MINUTE);
    CREATE VIEW WARM AS SELECT STREAM PLACE, TEMP FROM READINGS WHERE TEMP >= 20;\n";
const READINGS: &str = "INSERT INTO READINGS (ROWTIME, PLACE, TEMP) VALUES
    (TIMESTAMP '2020-01-01 10:00:00', 'Denver', 29),
    (TIMESTAMP '2020-01-01 10:00:01', 'Boston', 17),
    (TIMESTAMP '2020-01-01 10:00:02', 'Denver', NULL),
    (TIMESTAMP '2020-01-01 10:01:03', 'Austin', 35),
    (TIMESTAMP '2020-01-01 10:01:04', 'Boston', 20);";
const PLACES: &str = "INSERT INTO PLACES (ROWTIME, PLACE, KIND) VALUES
    (TIMESTAMP '2020-01-01 10:00:02', 'Boston', 'harbour'),
    (TIMESTAMP '2020-01-01 10:02:00', 'Denver', 'mountain'),
    (TIMESTAMP '2020-01-01 10:03:00', 'Oslo', 'fjord');";

fn typed(text: &str) -> InsertedRows {
    let (statements, found) = rowtime_engine::sql::parse(text);
    assert!(found.is_empty(), "{found:?}");
    let StatementKind::Insert(insertion) = &statements[0].kind else {
        panic!("{text}")
    };
    let (standing, _) = rowtime_engine::sql::parse(SCRIPT);
    insert(insertion, &standing, &BindOptions::default(), &CLOCK).unwrap()
}

/// The places, as a reference table.
fn table() -> ReferenceTable {
    let field = |name: &str| Field {
        name: name.to_owned(),
        ty: SqlType::Varchar(8),
        not_null: false,
    };
    ReferenceTable {
        name: "GUIDE".to_owned(),
        fields: vec![field("PLACE"), field("KIND")],
    }
}

fn compiled(query: &str) -> Compiled {
    let options = BindOptions {
        queries: Queries::Bounded,
        tables: vec![table()],
        ..BindOptions::default()
    };
    compile(&format!("{SCRIPT}{query};"), &options)
}

/// Rows in merged order: ROWTIME, then stream.
struct Rows {
    at: Vec<(i64, usize, usize)>,
    columns: Vec<Vec<ArrayRef>>,
}

fn rows_for(app: &Application, data: &[&str]) -> Rows {
    let mut rows = Rows {
        at: Vec::new(),
        columns: Vec::new(),
    };
    let typed: Vec<InsertedRows> = data.iter().map(|text| typed(text)).collect();
    for (id, stream) in app.streams.iter().enumerate() {
        let of_table = stream.name == "GUIDE";
        let name = if of_table { "PLACES" } else { &stream.name };
        let given = typed.iter().find(|t| t.stream == name);
        let Some(given) = given.filter(|_| stream.is_external) else {
            rows.columns.push(Vec::new());
            continue;
        };
        let mut columns = given.columns.clone();
        let len = columns[0].len();
        let system = stream.fields.iter().skip(stream.declared);
        columns.extend(system.map(|f| arrow::array::new_null_array(&f.ty.arrow(), len)));
        rows.columns.push(columns);
        // The rows of a table are all there at the start.
        let start = (0..len).map(|row| (CLOCK.run_start_ms, id, row));
        let timed = given
            .rowtimes
            .iter()
            .flatten()
            .enumerate()
            .map(|(row, t)| (*t, id, row));
        rows.at.extend(timed.filter(|_| !of_table));
        rows.at.extend(start.filter(|_| of_table));
    }
    rows.at.sort_unstable();
    rows
}

fn run(app: &Application, rows: &Rows, cut: usize, restore: bool) -> Vec<String> {
    let mut flow = Dataflow::new(app);
    let mut said = Vec::new();
    let guide = typed(PLACES).columns;
    let mut tables: Vec<_> = (0..app.tables.len())
        .map(|id| {
            let (columns, rows) = (guide.clone(), guide[0].len());
            (id, TableContents { columns, rows })
        })
        .collect();
    let steps = rows.at.chunks(cut).map(Some).chain([None]);
    for step in steps {
        let inputs = step
            .into_iter()
            .flatten()
            .map(|&(rowtime, stream, row)| StreamRows {
                stream,
                rowtimes: ScalarBuffer::from(vec![rowtime]),
                columns: rows.columns[stream].iter().map(|c| c.slice(row, 1)).collect(),
            });
        let output = flow.step(Step {
            tables: std::mem::take(&mut tables),
            inputs: inputs.collect(),
            errors: Vec::new(),
            advance_ms: step.is_none().then_some(i64::MAX),
            clock: CLOCK,
        });
        for rows in output
            .rows
            .iter()
            .filter(|r| app.streams[r.stream].name == query_name(1))
        {
            for (row, rowtime) in rows.rowtimes.iter().enumerate() {
                let mut line = format!("{} ", &timestamp_text(*rowtime)[11..19]);
                write_json_row(&mut line, &app.streams[rows.stream].fields, &rows.columns, row);
                said.push(line);
            }
        }
        said.extend(output.errors.iter().map(|e| format!("error: {}", e.message)));
        if restore {
            let bytes = flow.save().unwrap();
            flow = Dataflow::new(app);
            flow.load(&bytes).unwrap();
        }
    }
    said
}

/// What a query says over the data, however the run is cut.
fn answer(query: &str, data: &[&str]) -> Vec<String> {
    let compiled = compiled(query);
    assert!(!compiled.has_errors(), "{query}\n{:#?}", compiled.diagnostics);
    let whole = compiled.application;
    let app = whole.upstream_of(whole.stream_id(&query_name(1)).unwrap());
    let rows = rows_for(&app, data);
    let said = run(&app, &rows, 1_000, false);
    for (cut, restore) in [(1, false), (1, true), (2, true), (3, false)] {
        assert_eq!(run(&app, &rows, cut, restore), said, "{query}: {cut} {restore}");
    }
    said
}

/// The same, over the readings.
fn readings(query: &str) -> Vec<String> {
    answer(query, &[READINGS])
}

/// The errors of a query, with their places from the start of the query.
fn refused(query: &str) -> Vec<String> {
    let text = format!("{SCRIPT}{query};");
    let found = compiled(query).diagnostics;
    let errors = found.iter().filter(|d| d.severity == Severity::Error);
    errors
        .map(|d| {
            let at = Place::of(&text, d.span.start).column;
            format!("{at} {}", d.message)
        })
        .collect()
}

#[test]
fn aggregates_without_group_by_give_one_row_for_everything() {
    assert_eq!(
        readings("SELECT COUNT(*) AS N, COUNT(TEMP) AS T, SUM(TEMP) AS S, MIN(PLACE) AS P FROM READINGS"),
        [r#"10:01:04 {"N":5,"T":4,"S":101,"P":"Austin"}"#]
    );
    // ROWTIME of the row about to be output is that of the last row.
    assert_eq!(
        readings("SELECT ROWTIME AS \"at\", MAX(TEMP) FROM READINGS WHERE PLACE <> 'Boston'"),
        [r#"10:01:04 {"at":"2020-01-01 10:01:04.000","EXPR$1":35}"#]
    );
    assert_eq!(
        readings("SELECT STREAM 1 AS ONE FROM READINGS HAVING COUNT(*) = 5"),
        [r#"10:01:04 {"ONE":1}"#]
    );
    assert!(readings("SELECT STREAM 1 AS ONE FROM READINGS HAVING COUNT(*) = 4").is_empty());
}

#[test]
fn aggregates_over_no_rows_are_one_row_and_groups_are_none() {
    let nothing = r#"{"N":0,"S":null}"#;
    // No row at all: the start of the run.
    assert_eq!(
        answer("SELECT COUNT(*) AS N, SUM(TEMP) AS S FROM READINGS", &[]),
        [format!("12:26:40 {nothing}")]
    );
    // Rows that WHERE drops have brought the time.
    assert_eq!(
        readings("SELECT COUNT(*) AS N, SUM(TEMP) AS S FROM READINGS WHERE TEMP > 99"),
        [format!("10:01:04 {nothing}")]
    );
    assert!(readings("SELECT PLACE, COUNT(*) FROM READINGS WHERE TEMP > 99 GROUP BY PLACE").is_empty());
    assert!(answer("SELECT DISTINCT 1 FROM READINGS", &[]).is_empty());
}

#[test]
fn group_by_without_a_window_counts_everything_in_order_of_first_appearance() {
    assert_eq!(
        readings("SELECT PLACE, COUNT(*) AS N, AVG(TEMP) AS T FROM READINGS GROUP BY PLACE"),
        [
            r#"10:01:04 {"PLACE":"Denver","N":2,"T":29}"#,
            r#"10:01:04 {"PLACE":"Boston","N":2,"T":18}"#,
            r#"10:01:04 {"PLACE":"Austin","N":1,"T":35}"#,
        ]
    );
    assert_eq!(
        readings(
            "SELECT PLACE FROM READINGS GROUP BY PLACE HAVING COUNT(*) > 1 ORDER BY COUNT(TEMP) DESC, PLACE DESC"
        ),
        [r#"10:01:04 {"PLACE":"Boston"}"#, r#"10:01:04 {"PLACE":"Denver"}"#]
    );
}

#[test]
fn a_window_stays_a_window() {
    assert_eq!(
        readings("SELECT COUNT(*) AS N FROM READINGS GROUP BY FLOOR(READINGS.ROWTIME TO MINUTE)"),
        [r#"10:01:00 {"N":3}"#, r#"10:02:00 {"N":2}"#]
    );
    // Through a pump, which counts by the minute; the last count is behind its last row.
    assert_eq!(
        readings("SELECT SUM(N) AS S, COUNT(*) AS M FROM COUNTS"),
        [r#"10:02:00 {"S":5,"M":2}"#]
    );
    assert_eq!(
        readings(
            "SELECT M, COUNT(*) AS N FROM (SELECT MAX(TEMP) AS M FROM READINGS GROUP BY PLACE) GROUP BY M"
        ),
        [
            r#"10:01:04 {"M":29,"N":1}"#,
            r#"10:01:04 {"M":20,"N":1}"#,
            r#"10:01:04 {"M":35,"N":1}"#
        ]
    );
}

#[test]
fn a_failing_group_and_a_failing_row_are_error_rows() {
    // 29 and 35 times 100000000 do not fit into INTEGER, 17 and 20 times do, but not their sum. Austin has no other row.
    let mut said = readings("SELECT PLACE, SUM(TEMP * 100000000) AS S FROM READINGS GROUP BY PLACE");
    said.retain(|line| !line.starts_with("error: "));
    assert_eq!(said, [r#"10:01:04 {"PLACE":"Denver","S":null}"#]);
    let failed = readings("SELECT PLACE, SUM(TEMP * 100000000) AS S FROM READINGS GROUP BY PLACE").len() - 1;
    assert_eq!(failed, 3);
}

#[test]
fn distinct_needs_no_window() {
    assert_eq!(
        readings("SELECT DISTINCT PLACE FROM READINGS"),
        [
            r#"10:01:04 {"PLACE":"Denver"}"#,
            r#"10:01:04 {"PLACE":"Boston"}"#,
            r#"10:01:04 {"PLACE":"Austin"}"#,
        ]
    );
    assert_eq!(
        readings("SELECT DISTINCT TEMP > 20 AS HOT FROM READINGS ORDER BY HOT DESC"),
        [
            r#"10:01:04 {"HOT":true}"#,
            r#"10:01:04 {"HOT":false}"#,
            r#"10:01:04 {"HOT":null}"#
        ]
    );
    assert_eq!(
        readings("SELECT DISTINCT 1 AS ONE FROM READINGS"),
        [r#"10:01:04 {"ONE":1}"#]
    );
}

#[test]
fn order_by_sorts_everything() {
    // NULL is below every value.
    assert_eq!(
        readings("SELECT PLACE, TEMP FROM READINGS ORDER BY TEMP DESC"),
        [
            r#"10:01:04 {"PLACE":"Austin","TEMP":35}"#,
            r#"10:01:04 {"PLACE":"Denver","TEMP":29}"#,
            r#"10:01:04 {"PLACE":"Boston","TEMP":20}"#,
            r#"10:01:04 {"PLACE":"Boston","TEMP":17}"#,
            r#"10:01:04 {"PLACE":"Denver","TEMP":null}"#,
        ]
    );
    assert_eq!(
        readings("SELECT TEMP FROM WARM ORDER BY ROWTIME DESC"),
        [
            r#"10:01:04 {"TEMP":20}"#,
            r#"10:01:04 {"TEMP":35}"#,
            r#"10:01:04 {"TEMP":29}"#
        ]
    );
    // By time first: each batch goes when its time has passed.
    assert_eq!(
        readings("SELECT TEMP FROM WARM ORDER BY FLOOR(ROWTIME TO MINUTE), TEMP"),
        [
            r#"10:00:00 {"TEMP":29}"#,
            r#"10:01:04 {"TEMP":20}"#,
            r#"10:01:04 {"TEMP":35}"#
        ]
    );
    assert_eq!(
        readings("SELECT TEMP FROM WARM UNION ALL SELECT TEMP FROM WARM ORDER BY 1 LIMIT 3"),
        [
            r#"10:01:04 {"TEMP":20}"#,
            r#"10:01:04 {"TEMP":20}"#,
            r#"10:01:04 {"TEMP":29}"#
        ]
    );
}

#[test]
fn limit_takes_the_first_rows() {
    let first = r#"10:00:00 {"PLACE":"Denver"}"#;
    let second = r#"10:00:01 {"PLACE":"Boston"}"#;
    assert_eq!(readings("SELECT PLACE FROM READINGS LIMIT 2"), [first, second]);
    assert_eq!(
        readings("SELECT PLACE FROM READINGS FETCH FIRST ROW ONLY"),
        [first]
    );
    assert_eq!(
        readings("SELECT PLACE FROM READINGS FETCH NEXT 2 ROWS ONLY"),
        [first, second]
    );
    assert!(readings("SELECT PLACE FROM READINGS LIMIT 0").is_empty());
    assert_eq!(readings("SELECT PLACE FROM READINGS LIMIT 6").len(), 5);
}

#[test]
fn streams_that_are_joined_without_a_window_meet_whole() {
    // Boston's first reading is before its place came, its second behind it; Denver's place comes behind both.
    let data = [READINGS, PLACES];
    assert_eq!(
        answer(
            "SELECT r.TEMP, p.KIND FROM READINGS AS r JOIN PLACES AS p ON r.PLACE = p.PLACE",
            &data
        ),
        [
            r#"10:00:02 {"TEMP":17,"KIND":"harbour"}"#,
            r#"10:01:04 {"TEMP":20,"KIND":"harbour"}"#,
            r#"10:02:00 {"TEMP":29,"KIND":"mountain"}"#,
            r#"10:02:00 {"TEMP":null,"KIND":"mountain"}"#,
        ]
    );
    assert_eq!(
        answer(
            "SELECT KIND, COUNT(*) AS N, COUNT(TEMP) AS T FROM PLACES AS p LEFT JOIN READINGS AS r
             ON r.PLACE = p.PLACE GROUP BY KIND ORDER BY KIND",
            &data
        ),
        [
            r#"10:03:00 {"KIND":"fjord","N":1,"T":0}"#,
            r#"10:03:00 {"KIND":"harbour","N":2,"T":2}"#,
            r#"10:03:00 {"KIND":"mountain","N":2,"T":1}"#,
        ]
    );
}

#[test]
fn a_reference_table_is_read_like_a_stream() {
    let data = [READINGS, PLACES];
    assert_eq!(
        answer(
            "SELECT KIND FROM GUIDE WHERE PLACE <> 'Oslo' ORDER BY PLACE DESC",
            &data
        ),
        [
            r#"12:26:40 {"KIND":"mountain"}"#,
            r#"12:26:40 {"KIND":"harbour"}"#
        ]
    );
    assert_eq!(
        answer(
            "SELECT COUNT(*) AS N FROM GUIDE AS a JOIN GUIDE AS b ON a.PLACE < b.PLACE",
            &data
        ),
        [r#"12:26:40 {"N":3}"#]
    );
    // Joined to a stream it stays a table, in which each row looks.
    assert_eq!(
        answer(
            "SELECT COUNT(*) AS N FROM READINGS AS r JOIN GUIDE AS g ON g.PLACE = r.PLACE",
            &data
        ),
        [r#"10:01:04 {"N":4}"#]
    );
    assert_eq!(
        answer(
            "SELECT g.KIND, COUNT(r.TEMP) AS T, MAX(r.ROWTIME) AS L FROM GUIDE AS g LEFT JOIN READINGS AS r
             ON g.PLACE = r.PLACE GROUP BY g.KIND ORDER BY 1",
            &data
        ),
        [
            r#"12:26:40 {"KIND":"fjord","T":0,"L":null}"#,
            r#"12:26:40 {"KIND":"harbour","T":2,"L":"2020-01-01 10:01:04.000"}"#,
            r#"12:26:40 {"KIND":"mountain","T":1,"L":"2020-01-01 10:00:02.000"}"#,
        ]
    );
}

#[test]
fn what_has_nothing_to_do_with_the_end_is_refused_as_ever() {
    assert_eq!(
        refused("SELECT PLACE, COUNT(*) FROM READINGS"),
        ["8 Expression 'PLACE' is not being grouped"]
    );
    assert_eq!(
        refused("SELECT COUNT(*) FROM READINGS UNION SELECT 1 FROM READINGS"),
        ["1 Only UNION ALL combines streams"]
    );
    assert_eq!(
        refused("SELECT PLACE FROM READINGS LIMIT 2 OFFSET 1"),
        ["36 OFFSET is not part of the dialect"]
    );
    // Pumps and views keep the rules of streams, in the same script.
    assert_eq!(
        refused("CREATE VIEW V AS SELECT STREAM COUNT(*) FROM READINGS; SELECT * FROM V").len(),
        1
    );
}
