use super::*;

fn names() -> Names {
    let relation =
        |name: &str, columns: &[&str]| (name.to_owned(), columns.iter().map(|c| (*c).to_owned()).collect());
    Names {
        streams: vec![
            relation("TRADES", &["TICKER", "PRICE", "VALUE", "sector"]),
            relation("TOTALS", &["TICKER", "TOTAL"]),
            relation("my stream", &["a b", "A"]),
        ],
        pumps: vec!["TOTALS_PUMP".to_owned(), "x pump".to_owned()],
        functions: vec!["TSDIFF".to_owned(), "TRIM".to_owned(), "SUM".to_owned()],
    }
}

/// What is offered where `|` stands, as `word typed so far → offers`.
fn offered(marked: &str) -> (String, Vec<String>) {
    let cursor = marked.find('|').unwrap();
    let text = marked.replace('|', "");
    let (start, offers) = offers(&text, cursor, &names());
    let written = offers.into_iter().map(|o| o.written).collect();
    (text[start..cursor].to_owned(), written)
}

#[track_caller]
fn check(marked: &str, typed: &str, expected: &[&str]) {
    let (word, offers) = offered(marked);
    assert_eq!(
        (
            word.as_str(),
            offers.iter().map(String::as_str).collect::<Vec<_>>()
        ),
        (typed, expected.to_vec()),
        "{marked}"
    );
}

#[test]
fn names_of_streams_stand_where_streams_do_quoted_where_needed() {
    check("SELECT * FROM |", "", &["\"my stream\"", "TOTALS", "TRADES"]);
    check("select * from tr|", "tr", &["trades"]);
    check("SELECT * FROM TRADES AS t JOIN TO|", "TO", &["TOTALS"]);
    check("SELECT * FROM TRADES, TO|", "TO", &["TOTALS"]);
    check("INSERT INTO my|", "my", &["\"my stream\""]);
    check(
        "SELECT * FROM \"|",
        "\"",
        &["\"TOTALS\"", "\"TRADES\"", "\"my stream\""],
    );
    check("SELECT * FROM \"my s|", "\"my s", &["\"my stream\""]);
    check("DROP STREAM T|", "T", &["TOTALS", "TRADES"]);
    check("ALTER PUMP |", "", &["\"x pump\"", "TOTALS_PUMP"]);
}

#[test]
fn columns_come_first_where_values_stand_even_before_from_is_reached() {
    check(
        "SELECT | FROM TRADES",
        "",
        &["\"VALUE\"", "\"sector\"", "PRICE", "TICKER"],
    );
    check(
        "SELECT STREAM t| FROM trades",
        "t",
        &[
            "ticker",
            "trim",
            "tsdiff",
            "table",
            "then",
            "time",
            "timestamp",
            "tinyint",
            "to",
            "trailing",
            "true",
        ],
    );
    check("SELECT * FROM TRADES WHERE PRI|", "PRI", &["PRICE"]);
    check("SELECT * FROM TRADES WHERE \"s|", "\"s", &["\"sector\""]);
    check("SELECT SUM(TOT|) FROM TRADES t, TOTALS AS u", "TOT", &["TOTAL"]);
    check("SELECT to|", "to", &["total", "to"]);
    check("INSERT INTO TOTALS (TICKER, |", "", &["TICKER", "TOTAL"]);
    check("SELECT * FROM nothing WHERE su|", "su", &["sum"]);
}

#[test]
fn behind_a_point_there_are_only_the_columns_of_that_stream() {
    check(
        "SELECT u.| FROM TRADES t JOIN TOTALS AS u ON 1 = 1",
        "",
        &["TICKER", "TOTAL"],
    );
    check("SELECT t.pr| FROM TRADES t JOIN TOTALS AS u", "pr", &["price"]);
    check("SELECT \"my stream\".| FROM \"my stream\"", "", &["\"a b\"", "A"]);
    check(
        "SELECT w.T| FROM TOTALS OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS w",
        "T",
        &["TICKER", "TOTAL"],
    );
    check("SELECT x.| FROM TRADES t", "", &[]);
}

#[test]
fn keywords_are_completed_in_the_letter_case_in_which_one_types() {
    check("|", "", &["ALTER", "CREATE", "DROP", "INSERT", "SELECT"]);
    check("cre|", "cre", &["create"]);
    check("Cre|", "Cre", &["CREATE"]);
    check("create |", "", &["function", "or", "pump", "stream", "view"]);
    check("SELECT 1; SEL|", "SEL", &["SELECT"]);
    check("SELECT * FROM TRADES gr|", "gr", &["group"]);
    check("SELECT * FROM TRADES GROUP |", "", &["BY"]);
}

#[test]
fn nothing_is_offered_inside_literals_comments_and_numbers() {
    for marked in [
        "SELECT 'PRI| FROM TRADES",
        "SELECT 'PRI|' FROM TRADES",
        "SELECT -- PRI|",
        "SELECT /* PRI|",
        "SELECT 12| FROM TRADES",
    ] {
        assert_eq!(offered(marked).1, [] as [&str; 0], "{marked}");
    }
}

#[test]
fn commands_are_completed_with_what_they_take() {
    check("\\so|", "\\so", &["\\source"]);
    check("SELECT 1;\n\\sa|", "\\sa", &["\\save"]);
    check("\\help so|", "so", &["source"]);
    check(
        "\\d t|",
        "t",
        &["totals", "totals_pump", "trades", "trim", "tsdiff"],
    );
    check("\\d fun|", "fun", &["functions"]);
    check("\\source \"my|", "\"my", &["\"my stream\""]);
    check("\\sink T|", "T", &["TOTALS", "TRADES"]);
    check("\\output |", "", &["table", "json", "csv", "vertical"]);
    check("\\output j|", "j", &["json"]);
    check("\\explain x|", "x", &["\"x pump\""]);
    check("\\explain SELECT PRI|", "PRI", &["PRICE"]);
    check("\\explain SELECT * FROM TRA|", "TRA", &["TRADES"]);
    check("\\q |", "", &[]);
    check("\\nothing |", "", &[]);
    assert_eq!(offered("\\|").1.len(), crate::shell::commands::COMMANDS.len());
}

#[test]
fn files_are_completed_and_quoted_where_they_hold_blanks() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().display().to_string();
    for name in ["trades.csv", "trades b.csv", ".hidden"] {
        std::fs::write(folder.path().join(name), "").unwrap();
    }
    std::fs::create_dir(folder.path().join("more")).unwrap();
    let (plain, blank, more) = (
        format!("{path}/trades.csv"),
        format!("\"{path}/trades b.csv\""),
        format!("{path}/more/"),
    );
    check(
        &format!("\\source T {path}/tra|"),
        &format!("{path}/tra"),
        &[&blank, &plain],
    );
    check(&format!("\\load {path}/m|"), &format!("{path}/m"), &[&more]);
    check(
        &format!("\\load '{path}/trades |"),
        &format!("'{path}/trades "),
        &[&blank.replace('"', "'")],
    );
    check(
        &format!("\\load {path}/.h|"),
        &format!("{path}/.h"),
        &[&format!("{path}/.hidden")],
    );
    check(
        &format!("\\load {path}/nothing/|"),
        &format!("{path}/nothing/"),
        &[],
    );
    check("\\source T of|", "of", &["off"]);
}
