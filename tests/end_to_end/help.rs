//! The examples of `--help` work when they are copied into a shell.

use std::path::Path;
use std::process::{Command, Stdio};

use crate::machine::{Folder, finish};

const ALARMS: &str =
    "CREATE STREAM SENSORS (ID VARCHAR(8), TEMPERATURE DOUBLE, TIME_OF TIMESTAMP, \"TIME\" TIMESTAMP);
CREATE STREAM THRESHOLDS (ID VARCHAR(8), AT_MOST DOUBLE);
CREATE STREAM LIMITS (ID VARCHAR(8), AT_MOST DOUBLE);
CREATE STREAM ALARMS (ID VARCHAR(8), TEMPERATURE DOUBLE);
CREATE PUMP P AS INSERT INTO ALARMS SELECT STREAM ID, TEMPERATURE FROM SENSORS WHERE TEMPERATURE > 30;
CREATE PUMP Q AS INSERT INTO LIMITS SELECT STREAM ID, AT_MOST FROM THRESHOLDS;
";

const LOCATED: &str = "CREATE STREAM SENSORS (ID VARCHAR(8), TEMPERATURE DOUBLE);
CREATE STREAM LOCATED (PLACE VARCHAR(8), TEMPERATURE DOUBLE);
CREATE PUMP P AS INSERT INTO LOCATED
  SELECT STREAM p.PLACE, s.TEMPERATURE FROM SENSORS AS s JOIN PLACES AS p ON s.ID = p.ID;
";

const RECORD: &str = "{\"ID\":\"a\",\"TEMPERATURE\":31,\"TIME\":\"2026-01-01 10:00:00\"}\n";

const SCHEMA: &str = r#"{"RecordFormat":{"RecordFormatType":"JSON"},"RecordColumns":[
  {"Name":"ID","SqlType":"VARCHAR(8)","Mapping":"$.ID"},
  {"Name":"TEMPERATURE","SqlType":"DOUBLE","Mapping":"$.TEMPERATURE"},
  {"Name":"TIME_OF","SqlType":"TIMESTAMP","Mapping":"$.TIME_OF"},
  {"Name":"TIME","SqlType":"TIMESTAMP","Mapping":"$.TIME"}]}"#;

#[test]
fn the_examples_of_every_command_work_when_copied() {
    let folder = Folder::new();
    folder.write("alarms.sql", ALARMS);
    folder.write("located.sql", LOCATED);
    folder.write("places.csv", "ID,PLACE\na,roof\n");
    folder.write("sensors.jsonl", RECORD);
    folder.write("history/1.jsonl", RECORD);
    folder.write("thresholds.csv", "a,30\n");
    folder.write("input-schema.json", SCHEMA);
    folder.write("logs/1.json.gz", RECORD);
    let folder_of_program = Path::new(env!("CARGO_BIN_EXE_rowtime")).parent().unwrap();
    let path = format!("{}:{}", folder_of_program.display(), std::env!("PATH"));
    let mut tried = 0;
    for command in ["repl", "run", "append", "replay", "check", "explain", "discover"] {
        let help = folder.run(&[command, "--help"]).rows().to_owned();
        // The shell reads a script there.
        let input = if command == "repl" {
            "/dev/null"
        } else {
            "sensors.jsonl"
        };
        let examples = help.split_once("Examples:\n").unwrap().1;
        for example in examples.lines().filter_map(|l| l.strip_prefix("  rowtime ")) {
            tried += 1;
            let mut shell = Command::new("sh");
            shell
                .args(["-c", &format!("rowtime {example} < {input}")])
                .env("PATH", &path);
            shell
                .current_dir(folder.path(""))
                .stdout(Stdio::piped())
                .stderr(Stdio::piped());
            let outcome = finish(shell.spawn().unwrap());
            assert_eq!(outcome.status, Some(0), "{example}: {}", outcome.err);
            assert!(!outcome.err.contains("error"), "{example}: {}", outcome.err);
        }
    }
    assert!(tried >= 10, "{tried} examples");
}
