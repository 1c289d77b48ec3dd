//! Rows as they are written, byte for byte (`cli.md`, `decisions.md` 8, 23 and 31).

use crate::machine::{Folder, NOW};

const TYPES: &str = "CREATE STREAM T (ti TINYINT, si SMALLINT, i INTEGER, bi BIGINT, de DECIMAL(10,2), re REAL,
  d DOUBLE, bo BOOLEAN, ch CHAR(3), vc VARCHAR(20), bn BINARY(3), vb VARBINARY(4), da DATE, tm TIME, ts TIMESTAMP);
";

#[test]
fn every_type_is_written_as_the_contract_says() {
    let folder = Folder::with(TYPES);
    folder.write(
        "in.json",
        concat!(
            r#"{"ti":-1,"si":2,"i":3,"bi":9223372036854775807,"de":1.5,"re":0.1,"d":100,"bo":true,"ch":"a","#,
            r#""vc":"x","bn":"X'0AFF'","vb":"X'0AFF'","da":"2026-01-27","tm":"10:15:30.123","#,
            r#""ts":"2026-01-27 10:15:30.123"}"#,
            "\n{}\n"
        ),
    );
    let outcome = folder.run(&["run", "app.sql", "--source", "T=in.json"]);
    assert_eq!(
        outcome.rows(),
        concat!(
            r#"{"TI":-1,"SI":2,"I":3,"BI":9223372036854775807,"DE":1.50,"RE":0.1,"D":100.0,"BO":true,"CH":"a  ","#,
            r#""VC":"x","BN":"Cv8A","VB":"Cv8=","DA":"2026-01-27","TM":"10:15:30.123","#,
            r#""TS":"2026-01-27 10:15:30.123"}"#,
            "\n",
            r#"{"TI":null,"SI":null,"I":null,"BI":null,"DE":null,"RE":null,"D":null,"BO":null,"CH":null,"VC":null,"#,
            r#""BN":null,"VB":null,"DA":null,"TM":null,"TS":null}"#,
            "\n"
        )
    );
}

#[test]
fn doubles_are_the_shortest_digits_in_the_form_of_java() {
    let folder = Folder::with("CREATE STREAM T (D DOUBLE);");
    let forms = [
        ("0", "0.0"),
        ("0.001", "0.001"),
        ("0.0009", "9.0E-4"),
        ("9999999", "9999999.0"),
        ("10000000", "1.0E7"),
        ("123456789.25", "1.2345678925E8"),
        ("5.953330805966741", "5.953330805966741"),
        ("-1e300", "-1.0E300"),
        // One digit is enough to read the least double back.
        ("4.9e-324", "5.0E-324"),
    ];
    let input: String = forms
        .iter()
        .map(|(written, _)| format!("{{\"D\":{written}}}\n"))
        .collect();
    folder.write("in.json", input);
    let expected: String = forms
        .iter()
        .map(|(_, shown)| format!("{{\"D\":{shown}}}\n"))
        .collect();
    assert_eq!(
        folder.run(&["run", "app.sql", "--source", "T=in.json"]).rows(),
        expected
    );
}

#[test]
fn text_keeps_its_characters_and_names_their_case() {
    let folder = Folder::with("CREATE STREAM \"T\" (\"a \"\"b\"\"\" VARCHAR(40), C VARCHAR(1));");
    folder.write(
        "in.json",
        "{\"a \\\"b\\\"\":\"é€😀 \\u0001\\n\\t\\\"\\\\/\",\"C\":\"😀x\"}\n",
    );
    let outcome = folder.run(&["run", "app.sql", "--source", "T=in.json"]);
    assert_eq!(
        outcome.rows(),
        "{\"a \\\"b\\\"\":\"é€😀 \\u0001\\n\\t\\\"\\\\/\",\"C\":\"😀\"}\n"
    );
}

#[test]
fn csv_sinks_follow_rfc_4180_and_their_parameters() {
    let folder = Folder::with("CREATE STREAM T (A VARCHAR(20), B DOUBLE);");
    folder.write(
        "in.json",
        "{\"A\":\"x,\\\"y\\\"\\nz\",\"B\":1}\n{\"A\":\"null\"}\n{\"A\":\"\",\"B\":0.5}\n",
    );
    for (parameters, expected) in [
        ("", "\"x,\"\"y\"\"\nz\",1.0\nnull,\n,0.5\n"),
        ("?header=true", "A,B\n\"x,\"\"y\"\"\nz\",1.0\nnull,\n,0.5\n"),
        ("?newline=\\r\\n", "\"x,\"\"y\"\"\nz\",1.0\r\nnull,\r\n,0.5\r\n"),
        ("?newline=%0D%0A", "\"x,\"\"y\"\"\nz\",1.0\r\nnull,\r\n,0.5\r\n"),
        // Text that looks like NULL is told from it by its quotes.
        ("?null_text=null", "\"x,\"\"y\"\"\nz\",1.0\n\"null\",null\n,0.5\n"),
    ] {
        let sink = format!("T=out.csv{parameters}");
        folder
            .run(&["run", "app.sql", "--source", "T=in.json", "--sink", &sink])
            .rows();
        assert_eq!(folder.read("out.csv"), expected, "{parameters}");
    }
    let args = ["run", "app.sql", "--source", "T=in.json", "--now", NOW, "--sink"];
    let with_rowtime = folder.run(&[&args[..], &["T=-?rowtime=true&null_text=none"]].concat());
    assert!(
        with_rowtime
            .rows()
            .starts_with(&format!("{{\"ROWTIME\":\"{NOW}\",\"A\":\"x,"))
    );
    let with_rowtime = folder.run(&[&args[..], &["T=-?rowtime=true&format=csv&header=true"]].concat());
    assert!(
        with_rowtime
            .rows()
            .starts_with(&format!("ROWTIME,A,B\n{NOW},\"x,"))
    );
}

#[test]
fn several_streams_on_standard_output_are_told_apart_in_an_order_that_no_cut_changes() {
    let folder = Folder::with(
        "CREATE STREAM S (A INTEGER); CREATE STREAM X (A INTEGER); CREATE STREAM \"y\" (A INTEGER);
         CREATE PUMP P AS INSERT INTO \"y\" SELECT STREAM A FROM S WHERE MOD(A, 2) = 0;
         CREATE PUMP Q AS INSERT INTO X SELECT STREAM A FROM S;",
    );
    folder.write("in.csv", "A,ROWTIME\n1,1000\n2,1000\n3,1000\n4,2000\n");
    let row = |stream: &str, a: u32| format!("{{\"stream\":\"{stream}\",\"row\":{{\"A\":{a}}}}}\n");
    let expected = [("X", 1), ("X", 2), ("X", 3), ("y", 2), ("X", 4), ("y", 4)]
        .map(|(s, a)| row(s, a))
        .concat();
    for cut in ["1", "2", "16384"] {
        let outcome = folder.run(&["run", "app.sql", "--source", "S=in.csv", "--batch-rows", cut]);
        assert_eq!(outcome.rows(), expected, "{cut}");
    }
}
