//! Queries in the shell over what ends: files, reference tables, what pumps make of them; and how rows are shown.

use crate::machine::Folder;
use crate::terminal::{Table, Terminal};

/// Four trades of three minutes.
const TRADES: &str = r#"{"at":"2026-01-27 10:00:01","ticker":"AMZN","price":229.77,"shares":10}
{"at":"2026-01-27 10:00:30","ticker":"CRM","price":25.5,"shares":null}
{"at":"2026-01-27 10:01:10","ticker":"AMZN","price":231.25,"shares":2000}
{"at":"2026-01-27 10:02:59","ticker":"NFS","price":96.35,"shares":300}
"#;
const COMPANIES: &str = "Ticker,Company\nAMZN,Amazonian Books\nCRM,Clear Remedies\nNFS,Northfield Solar\n";

fn folder() -> Folder {
    let folder = Folder::new();
    folder.write("trades.jsonl", TRADES);
    folder.write("companies.csv", COMPANIES);
    folder
}

#[test]
fn a_file_is_read_by_its_name() {
    let folder = folder();
    let shell = Terminal::with(&folder, &[], (30, 100), &[]);
    let answer = shell.ask("SELECT * FROM \"trades.jsonl\";");
    shell.save("shell-select-file");
    let table = Table::of(&answer);
    assert_eq!(table.column("ticker"), ["AMZN", "CRM", "AMZN", "NFS"], "{answer}");
    assert_eq!(
        table.column("price"),
        ["229.77", "25.5", "231.25", "96.35"],
        "{answer}"
    );
    assert_eq!(table.column("shares"), ["10", "NULL", "2000", "300"], "{answer}");
    assert_eq!(table.column("at")[3], "2026-01-27 10:02:59.000", "{answer}");
    assert!(answer.contains("(4 rows"), "{answer}");
    // Numbers stand at the right, so that their last digits are below each other; text stands at the left.
    let ends: Vec<usize> = answer
        .lines()
        .filter_map(|line| {
            ["229.77 ", "25.5 ", "231.25 ", "96.35 "]
                .iter()
                .find_map(|n| Some(line.find(n)? + n.len()))
        })
        .collect();
    assert!(
        ends.len() == 4 && ends.iter().all(|end| *end == ends[0]),
        "{answer}"
    );
}

#[test]
fn without_a_window_everything_is_one_group_and_one_order() {
    let folder = folder();
    let shell = Terminal::rowtime(&folder, &[]);
    let answer = shell.ask(
        "SELECT \"ticker\", COUNT(*) AS TRADES, SUM(\"price\") AS TURNOVER\nFROM \"trades.jsonl\" GROUP BY \"ticker\"\nORDER BY TRADES DESC, \"ticker\" DESC;",
    );
    let table = Table::of(&answer);
    assert_eq!(table.column("ticker"), ["AMZN", "NFS", "CRM"], "{answer}");
    assert_eq!(table.column("TRADES"), ["2", "1", "1"], "{answer}");
    assert_eq!(table.column("TURNOVER"), ["461.02", "96.35", "25.5"], "{answer}");
}

#[test]
fn a_reference_table_stands_alone_and_is_joined() {
    let folder = folder();
    let shell = Terminal::rowtime(&folder, &["repl", "--reference", "COMPANIES=companies.csv"]);
    let answer = shell.ask("SELECT * FROM COMPANIES;");
    let table = Table::of(&answer);
    assert_eq!(
        table.column("Company"),
        ["Amazonian Books", "Clear Remedies", "Northfield Solar"],
        "{answer}"
    );
    shell.ask("\\source TRADES trades.jsonl?rowtime=at");
    let answer = shell.ask(
        "SELECT STREAM c.\"Company\", t.\"price\" FROM TRADES AS t\nJOIN COMPANIES AS c ON t.\"ticker\" = c.\"Ticker\" WHERE t.\"price\" > 200;",
    );
    assert_eq!(
        Table::of(&answer).column("Company"),
        ["Amazonian Books", "Amazonian Books"],
        "{answer}"
    );
    // Without its binding it is not there any more.
    shell.ask("\\reference COMPANIES off");
    assert!(shell.ask("SELECT * FROM COMPANIES;").contains("not found"));
}

#[test]
fn a_stream_over_a_file_is_run_from_its_start_each_time_and_its_windows_close() {
    let folder = folder();
    let shell = Terminal::with(&folder, &[], (40, 100), &[]);
    let bound = shell.ask("\\source TRADES trades.jsonl?rowtime=at");
    // What was guessed is said.
    assert!(bound.replace('\n', "").contains("price DOUBLE"), "{bound}");
    shell.ask("CREATE STREAM PER_MINUTE (\"ticker\" VARCHAR(8), N BIGINT);");
    shell.ask(
        "CREATE PUMP P AS INSERT INTO PER_MINUTE SELECT STREAM \"ticker\", COUNT(*)\nFROM TRADES GROUP BY \"ticker\", STEP(TRADES.ROWTIME BY INTERVAL '1' MINUTE);",
    );
    for _ in 0..2 {
        let answer = shell.ask("SELECT STREAM * FROM PER_MINUTE;");
        let table = Table::of(&answer);
        assert_eq!(table.column("ticker"), ["AMZN", "CRM", "AMZN", "NFS"], "{answer}");
        assert_eq!(table.column("N"), ["1", "1", "1", "1"], "{answer}");
    }
    let answer = shell.ask("SELECT STREAM ROWTIME AS \"leaves\", N FROM PER_MINUTE;");
    let leaves = Table::of(&answer);
    let leaves = leaves.column("leaves");
    assert_eq!(&leaves[..2], ["2026-01-27 10:01:00.000"; 2], "{answer}");
    assert_eq!(leaves[2], "2026-01-27 10:02:00.000", "{answer}");
}

#[test]
fn a_query_without_stream_over_what_does_not_end_is_refused_with_a_hint() {
    let folder = folder();
    let made = std::process::Command::new("mkfifo")
        .arg(folder.path("pipe"))
        .status();
    assert!(made.unwrap().success());
    let shell = Terminal::rowtime(&folder, &[]);
    shell.ask("CREATE STREAM LIVE (A INTEGER);");
    shell.ask("\\source LIVE pipe");
    let answer = shell.ask("SELECT A FROM LIVE;");
    assert!(answer.contains("SELECT STREAM"), "{answer}");
    assert!(!shell.ask("\\d LIVE").contains("error"));
}

#[test]
fn rows_are_shown_in_the_chosen_form() {
    let folder = folder();
    let shell = Terminal::rowtime(&folder, &[]);
    let query = "SELECT \"ticker\", \"shares\" FROM \"trades.jsonl\" WHERE \"price\" < 100;";
    shell.ask("\\output json");
    let answer = shell.ask(query);
    let rows: Vec<&str> = answer.lines().take(2).collect();
    assert_eq!(
        rows,
        [
            "{\"ticker\":\"CRM\",\"shares\":null}",
            "{\"ticker\":\"NFS\",\"shares\":300}"
        ],
        "{answer}"
    );
    shell.ask("\\output csv");
    let answer = shell.ask(query);
    let rows: Vec<&str> = answer.lines().take(3).collect();
    assert_eq!(rows, ["ticker,shares", "CRM,", "NFS,300"], "{answer}");
    shell.ask("\\output vertical");
    let answer = shell.ask(query);
    // A value a line, each behind its name.
    let with = |name: &str, value: &str| {
        answer
            .lines()
            .any(|l| l.contains(name) && l.trim_end().ends_with(value))
    };
    assert!(
        with("ticker", "CRM") && with("shares", "NULL") && with("shares", "300"),
        "{answer}"
    );
    shell.ask("\\output table");
    let answer = shell.ask(query);
    assert_eq!(Table::of(&answer).column("shares"), ["NULL", "300"], "{answer}");
    let refused = shell.ask("\\output xml");
    assert!(refused.contains("vertical"), "{refused}");
}

#[test]
fn timing_is_said_when_asked_for() {
    let folder = folder();
    let shell = Terminal::rowtime(&folder, &[]);
    let query = "SELECT COUNT(*) AS N FROM \"trades.jsonl\";";
    assert!(shell.ask(query).contains("(1 row)"));
    shell.ask("\\timing on");
    let timed = shell.ask(query);
    assert!(timed.contains("(1 row, ") && timed.contains("s)"), "{timed}");
    shell.ask("\\timing off");
    assert!(shell.ask(query).contains("(1 row)"));
}

#[test]
fn a_query_with_a_fault_or_over_a_broken_file_leaves_the_shell_alive() {
    let folder = folder();
    folder.write("broken.jsonl", "{\"A\":1}\nnot json\n{\"A\":3}\n");
    let shell = Terminal::rowtime(&folder, &[]);
    let fault = shell.ask("SELECT \"prize\" FROM \"trades.jsonl\";");
    assert!(fault.contains('^') && fault.contains("price"), "{fault}");
    let missing = shell.ask("SELECT * FROM \"trade.jsonl\";");
    assert!(
        missing.contains("error") && missing.contains("trade.jsonl"),
        "{missing}"
    );
    let answer = shell.ask("SELECT A FROM \"broken.jsonl\";");
    assert_eq!(Table::of(&answer).column("A"), ["1", "3"], "{answer}");
    assert!(answer.contains("1 error row"), "{answer}");
    let divided = shell.ask("SELECT \"shares\" / (\"shares\" - 10) AS D FROM \"trades.jsonl\";");
    assert_eq!(Table::of(&divided).rows.len(), 3, "{divided}");
    // Its error is told as the first one was, if not at once.
    shell.until("two notices", |screen| {
        (screen.text().matches("1 error row").count() == 2).then_some(())
    });
    assert!(shell.ask("\\errors").contains("ivision by zero"));
}
