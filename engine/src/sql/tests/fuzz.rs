//! No text may panic, overflow the stack or hang.

use super::*;

const SAMPLES: &[&str] = &[
    "/** banner **/ CREATE OR REPLACE STREAM \"DEST\" (\"a\" VARCHAR(4), b DECIMAL(4,2) NOT NULL, timestamp TIMESTAMP);\n\
     CREATE OR REPLACE PUMP \"P\" AS INSERT INTO \"DEST\" SELECT STREAM \"a\", AVG(b) OVER w, -- note\n\
     CASE WHEN x LIKE 'a\\_%' ESCAPE '\\' THEN u&'\\0009' ELSE X'4A' END FROM \"SOURCE_SQL_STREAM_001\" \
     WINDOW w AS (PARTITION BY \"a\" RANGE INTERVAL '1' MINUTE PRECEDING);",
    "SELECT STREAM STEP(s.ROWTIME BY INTERVAL '60' SECOND), COUNT(*) FROM s JOIN r OVER (ROWS 3 PRECEDING) AS q ON s.x = q.x \
     WHERE (a, b) PRECEDES (c, d) AND x IN (SELECT y FROM z) GROUP BY FLOOR((s.ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND) \
     HAVING COUNT(*) > 1 ORDER BY 1 DESC // end\n UNION ALL VALUES (1, 'x'), {d '2001-01-01'}",
    "CREATE FUNCTION f(x INT) RETURNS INT LANGUAGE SQL RETURN x + 1; ALTER PUMP p START; DROP STREAM IF EXISTS s;\n\
     SELECT STREAM * FROM TABLE(RANDOM_CUT_FOREST(CURSOR(SELECT STREAM ‘a’, é FROM s), 10)) /* open",
    "SELECT STREAM a FROM s WINDOWED BY STAGGER (PARTITION BY a RANGE INTERVAL '1' MINUTE) HAVING SUBSTRING(a SIMILAR 'b' ESCAPE 'c') = TRIM(BOTH FROM a)",
];

/// A small generator of its own, so that a failing case comes again.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        ((self.0 >> 33) as usize) % sides.max(1)
    }
}

fn mutated(dice: &mut Dice) -> String {
    const PIECES: &[&str] = &[
        "'",
        "\"",
        "(",
        ")",
        ",",
        ";",
        "/*",
        "*/",
        "--",
        "\n",
        " SELECT ",
        " FROM ",
        " CREATE ",
        " AS ",
        ".",
        "u&'",
        "X'",
        "{",
        "’",
        " CASE ",
        " INTERVAL ",
        " OVER ",
        " NOT ",
        " IN ",
        " BETWEEN ",
        " 1e",
        "é",
        "\u{0}",
        " TO ",
        " JOIN ",
        " - ",
        " IS ",
    ];
    let sample = SAMPLES[dice.roll(SAMPLES.len())];
    let mut characters: Vec<char> = sample.chars().collect();
    for _ in 0..1 + dice.roll(4) {
        let at = dice.roll(characters.len() + 1);
        match dice.roll(4) {
            0 => characters.truncate(at),
            1 => {
                let end = (at + dice.roll(12)).min(characters.len());
                characters.drain(at..end);
            }
            2 => {
                let piece = PIECES[dice.roll(PIECES.len())];
                characters.splice(at..at, piece.chars());
            }
            _ => {
                let end = (at + dice.roll(40)).min(characters.len());
                let copy: Vec<char> = characters[at..end].to_vec();
                let to = dice.roll(characters.len() + 1);
                characters.splice(to..to, copy);
            }
        }
    }
    characters.into_iter().collect()
}

#[test]
fn mutations_of_scripts_return() {
    let mut dice = Dice(7);
    for _ in 0..6_000 {
        let text = mutated(&mut dice);
        let (statements, findings) = parse(&text);
        for finding in &findings {
            assert!(
                finding.span.start <= finding.span.end && finding.span.end <= text.len(),
                "{text}\n{finding:?}"
            );
            assert!(
                text.is_char_boundary(finding.span.start) && text.is_char_boundary(finding.span.end),
                "{text}"
            );
            assert_ne!(finding.class, crate::diagnostic::Class::Bug, "{text}");
        }
        for statement in statements {
            assert!(text.get(statement.span.start..statement.span.end).is_some());
        }
    }
}

#[test]
fn every_prefix_of_a_script_returns() {
    for sample in SAMPLES {
        for (i, _) in sample.char_indices() {
            parse(&sample[..i]);
        }
    }
}

#[test]
fn deep_nesting_is_refused_before_the_stack_ends() {
    let n = 100_000;
    let deep = [
        format!("SELECT STREAM {}a{} FROM s", "(".repeat(n), ")".repeat(n)),
        format!("SELECT STREAM {}a FROM s", "-+".repeat(n)),
        format!("SELECT STREAM {} a FROM s", "NOT ".repeat(n)),
        format!("SELECT STREAM a{} FROM s", " + a".repeat(n)),
        format!("SELECT STREAM a FROM s WHERE a{}", " AND a = 1".repeat(n)),
        format!("SELECT STREAM {}1{} FROM s", "ABS(".repeat(n), ")".repeat(n)),
        format!(
            "SELECT STREAM {} 1 {} FROM s",
            "CASE WHEN a THEN ".repeat(n),
            " END".repeat(n)
        ),
        format!(
            "{}SELECT STREAM a FROM s{}",
            "SELECT STREAM a FROM (".repeat(n),
            ")".repeat(n)
        ),
        format!("SELECT STREAM a FROM {}s{}", "(".repeat(n), ")".repeat(n)),
        format!(
            "SELECT STREAM a FROM s{}",
            " UNION ALL SELECT STREAM a FROM s".repeat(n / 10)
        ),
        format!("SELECT STREAM a FROM s{}", " NATURAL JOIN s".repeat(n / 10)),
        format!("{}SELECT STREAM a FROM s{}", "(".repeat(n), ")".repeat(n)),
        format!("VALUES a{}", " BETWEEN a AND a".repeat(n / 10)),
        format!("VALUES a{}", " IS NULL".repeat(n / 10)),
        format!("VALUES (a,a){}", " PRECEDES (a, a)".repeat(n / 10)),
        format!("VALUES a{}", " LIKE a".repeat(n / 100)),
    ];
    for text in deep {
        let (_, findings) = parse(&text);
        assert_eq!(findings.len(), 1, "{}", &text[..60]);
        assert!(
            findings[0].message.contains("nested too deeply"),
            "{}: {findings:?}",
            &text[..60]
        );
    }
}

#[test]
fn what_people_write_is_far_from_the_limits() {
    let nested = format!(
        "SELECT STREAM {}a{} FROM s",
        "(1 + ABS(".repeat(15),
        "))".repeat(15)
    );
    clean(&nested);
    clean(&format!(
        "SELECT STREAM a FROM s WHERE a = 1{}",
        " OR a = 2".repeat(1500)
    ));
    clean(&format!(
        "SELECT STREAM a FROM s WHERE a IN (1{})",
        ", 2".repeat(5000)
    ));
    clean(&format!("SELECT STREAM a{} FROM s", " || ',' || b".repeat(100)));
    clean(&format!(
        "SELECT STREAM {}a{} FROM s",
        "(a OR b AND c = d + e * ".repeat(38),
        ")".repeat(38)
    ));
    clean(&format!(
        "SELECT STREAM {}a{} FROM s",
        "CASE WHEN a OR b AND c = d + e * ".repeat(38),
        " THEN 1 END".repeat(38)
    ));
    let whens = " WHEN a = 1 AND b = 2 THEN 'x'".repeat(2000);
    clean(&format!("SELECT STREAM CASE{whens} END FROM s"));
    clean(&format!(
        "{}SELECT STREAM a FROM s{}",
        "SELECT STREAM a FROM (".repeat(12),
        ")".repeat(12)
    ));
}
