//! Two applications as their owners wrote them, over files that describe themselves: the scripts do not create
//! the streams that they read. Also what `run` and `check` say of the forms that the old service did not have.

use crate::machine::Folder;

const FILTER: &str = r#"CREATE OR REPLACE STREAM "HOT_STREAM" (sensor_id VARCHAR(16), temperature DOUBLE, timestamp TIMESTAMP);
CREATE OR REPLACE PUMP "FILTER_PUMP" AS INSERT INTO "HOT_STREAM"
SELECT STREAM sensor_id, temperature, timestamp FROM "SOURCE_SQL_STREAM_001" WHERE temperature > 25;
"#;

const READINGS: &str = r#"{"sensor_id": "s-1", "temperature": 25, "timestamp": "2026-01-27T10:00:00.000Z"}
{"sensor_id": "s-2", "temperature": 25.1, "timestamp": "2026-01-27T10:00:01Z"}
{"sensor_id": "s-3", "temperature": null, "timestamp": "2026-01-27T10:00:02Z"}
{"sensor_id": "s-4", "temperature": 31, "timestamp": null}
"#;

const SCHEMA: &str = r#"{"RecordFormat": {"RecordFormatType": "JSON", "MappingParameters": {"JSONMappingParameters": {"RecordRowPath": "$"}}},
"RecordEncoding": "UTF-8", "RecordColumns": [
{"Name": "sensor_id", "SqlType": "VARCHAR(16)", "Mapping": "$.sensor_id"},
{"Name": "temperature", "SqlType": "DOUBLE", "Mapping": "$.temperature"},
{"Name": "timestamp", "SqlType": "TIMESTAMP", "Mapping": "$.timestamp"}]}
"#;

const COUNT: &str = "CREATE OR REPLACE APPLICATION stream_app;
CREATE OR REPLACE STREAM output_stream AS SELECT user_id, event_type, COUNT(*) as event_count, WINDOW_TUMBLING(60 SECOND) as window FROM input_stream GROUP BY user_id, event_type, WINDOW_TUMBLING(60 SECOND);
";

const EVENTS: &str = r#"{"user_id": "u-1", "event_type": "view", "at": "2026-01-27T10:00:00Z"}
{"user_id": "u-1", "event_type": "view", "at": "2026-01-27T10:00:59.999Z"}
{"user_id": "u-2", "event_type": "buy", "at": "2026-01-27T10:00:59.999Z"}
{"user_id": "u-1", "event_type": "view", "at": "2026-01-27T10:01:00Z"}
"#;

fn folder() -> Folder {
    let folder = Folder::new();
    for (file, text) in [
        ("filter.sql", FILTER),
        ("readings.jsonl", READINGS),
        ("schema.json", SCHEMA),
        ("count.sql", COUNT),
        ("events.jsonl", EVENTS),
    ] {
        folder.write(file, text);
    }
    folder
}

/// Status, standard output and standard error.
fn rowtime(folder: &Folder, args: &[&str]) -> (Option<i32>, String, String) {
    let outcome = folder.run(args);
    (outcome.status, outcome.out, outcome.err)
}

#[test]
fn a_filter_over_a_described_and_over_a_discovered_source() {
    let folder = folder();
    for source in [
        "SOURCE_SQL_STREAM_001=readings.jsonl?schema=schema.json",
        "source_sql_stream_001=readings.jsonl",
    ] {
        let (status, rows, notes) = rowtime(&folder, &["run", "filter.sql", "--source", source]);
        let expected = r#"{"SENSOR_ID":"s-2","TEMPERATURE":25.1,"TIMESTAMP":"2026-01-27 10:00:01.000"}
{"SENSOR_ID":"s-4","TEMPERATURE":31.0,"TIMESTAMP":null}
"#;
        assert_eq!((status, rows.as_str()), (Some(0), expected), "{source}: {notes}");
        let mut expected = "rowtime: 5 lenient findings, see rowtime check\n".to_owned();
        if !source.contains("schema=") {
            expected += "rowtime: SOURCE_SQL_STREAM_001: columns guessed from 4 records of readings.jsonl: sensor_id \
                         VARCHAR(16), temperature DOUBLE, timestamp TIMESTAMP; give a schema with ?schema=FILE, made by \
                         rowtime discover\n";
        }
        assert_eq!(notes, expected, "{source}");
    }
}

#[test]
fn counts_over_a_discovered_source() {
    let folder = folder();
    let source = "input_stream=events.jsonl?rowtime=at";
    let (status, rows, notes) = rowtime(&folder, &["run", "count.sql", "--source", source]);
    let expected = r#"{"user_id":"u-1","event_type":"view","EVENT_COUNT":2,"WINDOW":"2026-01-27 10:00:00.000"}
{"user_id":"u-2","event_type":"buy","EVENT_COUNT":1,"WINDOW":"2026-01-27 10:00:00.000"}
{"user_id":"u-1","event_type":"view","EVENT_COUNT":1,"WINDOW":"2026-01-27 10:01:00.000"}
"#;
    assert_eq!((status, rows.as_str()), (Some(0), expected), "{notes}");
    assert_eq!(
        notes,
        "rowtime: 9 lenient findings, see rowtime check\nrowtime: INPUT_STREAM: columns guessed from 4 records of \
         events.jsonl: user_id VARCHAR(16), event_type VARCHAR(16), at TIMESTAMP; give a schema with ?schema=FILE, made by \
         rowtime discover\n"
    );
}

#[test]
fn check_reports_each_deviation_with_what_to_write_instead() {
    let folder = folder();
    let source = "SOURCE_SQL_STREAM_001=readings.jsonl";
    let (status, report, notes) = rowtime(&folder, &["check", "filter.sql", "--source", source]);
    assert_eq!((status, notes.as_str()), (Some(0), ""));
    for line in [
        "  SOURCE_SQL_STREAM_001: readings.jsonl\n",
        "  filter.sql:3:15: 'SENSOR_ID' was taken as \"sensor_id\"\n      unquoted names fold to upper case; write \"sensor_id\"\n",
        "  filter.sql:3:39: 'TIMESTAMP' was taken as \"timestamp\"\n",
    ] {
        assert!(report.contains(line), "{line}\n{report}");
    }
    assert_eq!(report.matches("filter.sql:3:39:").count(), 1, "{report}");
}

#[test]
fn a_source_that_nobody_names_is_the_only_fault_told() {
    let folder = folder();
    for command in ["check", "run"] {
        let (status, rows, notes) = rowtime(&folder, &[command, "count.sql"]);
        assert_eq!((status, rows.as_str()), (Some(2), ""), "{notes}");
        assert!(notes.contains("Table 'INPUT_STREAM' not found"), "{notes}");
        assert!(notes.contains("bind it with --source"), "{notes}");
        assert!(!notes.contains("lenient"), "{notes}");
    }
}

#[test]
fn strict_refuses_what_is_only_accepted() {
    let folder = folder();
    let source = "input_stream=events.jsonl?rowtime=at";
    let args = ["run", "count.sql", "--strict", "--source", source];
    let (status, rows, notes) = rowtime(&folder, &args);
    assert_eq!((status, rows.as_str()), (Some(2), ""), "{notes}");
    assert!(notes.contains("error: CREATE APPLICATION"), "{notes}");
}
