use super::parse::parse;
use super::*;

fn arguments(line: &str) -> Vec<String> {
    let parsed = parse(line).unwrap();
    parsed.arguments.into_iter().map(|w| w.text).collect()
}

#[test]
fn arguments_are_parted_by_blanks_and_held_together_by_quotes() {
    assert_eq!(
        arguments("\\source  A  data/*.csv?header=true "),
        ["A", "data/*.csv?header=true"]
    );
    assert_eq!(
        arguments("\\source \"my \"\"own\"\" stream\" 'a b.csv'"),
        ["my \"own\" stream", "a b.csv"]
    );
    assert_eq!(arguments("\\save it's.sql"), ["it's.sql"]);
    let parsed = parse("\\source \"a\" 'b'").unwrap();
    let quoted: Vec<bool> = parsed.arguments.iter().map(|w| w.quoted).collect();
    assert_eq!(quoted, [true, false]);
}

#[test]
fn a_query_and_a_time_reach_to_the_end_of_the_line() {
    assert_eq!(
        arguments("\\explain SELECT 'a  b'  FROM \"s\"; "),
        ["SELECT 'a  b'  FROM \"s\";"]
    );
    assert_eq!(arguments("\\explain \"my pump\""), ["my pump"]);
    assert_eq!(arguments("\\explain A_PUMP;"), ["A_PUMP"]);
    assert_eq!(
        arguments("\\advance 2026-01-27 10:15:30"),
        ["2026-01-27 10:15:30"]
    );
    assert_eq!(arguments("\\advance +10 s"), ["+10 s"]);
    assert_eq!(arguments("\\explain"), [] as [&str; 0]);
}

#[test]
fn commands_are_found_in_any_letter_case_and_a_semicolon_does_no_harm() {
    for (line, name) in [
        ("\\HELP", CommandName::Help),
        ("\\?", CommandName::Help),
        ("\\d", CommandName::Describe),
        ("\\q;", CommandName::Quit),
        ("\\q ;", CommandName::Quit),
    ] {
        assert_eq!(parse(line).map(|p| p.name), Ok(name), "{line}");
    }
    assert_eq!(arguments("\\d TRADES;"), ["TRADES"]);
    assert_eq!(arguments("\\d \"TRADES;\""), ["TRADES;"]);
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    for (line, said) in [
        (
            "\\sorce A b",
            "there is no command \\sorce; did you mean \\source?",
        ),
        ("\\desc A", "there is no command \\desc; did you mean \\describe?"),
        ("\\zzz", "there is no command \\zzz; \\help lists them all"),
        ("\\source A", "\\source is written \\source [NAME URI | NAME off]"),
        ("\\load", "\\load is written \\load APP"),
        ("\\load a b", "\\load is written \\load APP"),
        ("\\load \"a", "a quote (\") is missing in \\load \"a"),
        (
            "\\output xml",
            "\\output takes table, json, csv, vertical; not xml",
        ),
    ] {
        assert_eq!(parse(line), Err(said.to_owned()), "{line}");
    }
}

#[test]
fn no_two_commands_share_a_spelling() {
    let mut all: Vec<&str> = COMMANDS.iter().flat_map(Command::spellings).collect();
    let count = all.len();
    all.sort_unstable();
    all.dedup();
    assert_eq!(all.len(), count);
}

#[test]
fn every_example_is_a_line_that_the_command_takes() {
    let overview = overview();
    for command in COMMANDS {
        for example in command.examples {
            assert_eq!(parse(example).map(|p| p.name), Ok(command.name), "{example}");
        }
        assert!(command.counts.is_sorted());
        assert_eq!(command.counts.last(), Some(&command.arguments.len()));
        assert!(overview.contains(&command.signature()));
        let help = help(command);
        assert!(
            help.lines()
                .all(|line| line.len() <= HELP_WIDTH && line == line.trim_end()),
            "{help}"
        );
    }
    assert!(
        overview.lines().all(|line| line.len() <= HELP_WIDTH),
        "{overview}"
    );
}

#[test]
fn help_says_how_a_command_is_written_what_it_does_and_shows_an_example() {
    let advance = find("\\advance").unwrap();
    assert_eq!(
        help(advance),
        "\\advance TIMESTAMP | +DURATION\n  Moves the clock, so that windows close\n\n\
         Examples:\n  \\advance 2026-01-27 10:15:30\n  \\advance +10 s\n"
    );
    assert!(help(find("q").unwrap()).contains("Also: \\quit, \\exit"));
}
