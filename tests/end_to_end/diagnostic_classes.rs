//! How a refused script looks from a shell: whose move it is stands in the heading, whatever class it is the exit
//! status is 2, standard output stays empty, and nothing is started.

use crate::machine::Folder;

const DECLARED: &str = "CREATE STREAM S (A INTEGER);\nCREATE STREAM O (A INTEGER);\n";

/// The statement behind [`DECLARED`], the heading of its finding, and its place.
const CASES: [(&str, &str, &str); 5] = [
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM B FROM S;\n",
        "error: Column 'B' not found in any table",
        "app.sql:3:46",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S WHERE ’x’ = 'x';\n",
        "error: typographic quote at line 3",
        "app.sql:3:61",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A % 2 FROM S;\n",
        "error: not supported: The operator % is not part of the dialect",
        "app.sql:3:48",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S LIMIT 5;\n",
        "error: not supported: LIMIT is not part of the dialect",
        "app.sql:3:55",
    ),
    (
        "CREATE PUMP P AS INSERT INTO O SELECT STREAM A FROM S WHERE EXISTS (SELECT STREAM A FROM S);\n",
        "error: not implemented yet: EXISTS",
        "app.sql:3:61",
    ),
];

#[test]
fn every_class_of_refusal_names_itself_and_exits_with_2() {
    for (statement, heading, place) in CASES {
        let folder = Folder::new();
        folder.write("app.sql", format!("{DECLARED}{statement}"));
        let out = folder.path("out.jsonl");
        for args in [
            &["check", "app.sql"] as &[&str],
            &["explain", "app.sql"],
            &["run", "app.sql", "--sink", "O=out.jsonl"],
            &["check", "app.sql", "--strict"],
        ] {
            let refused = folder.run(args);
            refused.refused(place);
            let said = refused.err;
            assert!(said.starts_with(heading), "{args:?} {said}");
            assert_eq!(said.matches("error").count(), 1, "{args:?} {said}");
            assert!(!out.exists(), "{args:?}");
        }
    }
}

#[test]
fn what_strict_refuses_passes_without_it() {
    let folder = Folder::new();
    let lenient = "CREATE PUMP P AS INSERT INTO O SELECT a FROM s;\n";
    folder.write("app.sql", format!("{DECLARED}{lenient}"));
    let passed = folder.run(&["check", "app.sql"]);
    assert_eq!(passed.status, Some(0), "{}", passed.err);
    folder
        .run(&["check", "app.sql", "--strict"])
        .refused("app.sql:3:32");
}
