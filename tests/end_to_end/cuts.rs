//! The output is the same bytes however the input is cut and however many threads work (`design.md` R2).

use crate::machine::{Folder, NOW};

const WINDOWS: &str = "CREATE STREAM S (K VARCHAR(4), V DOUBLE, N INTEGER);
CREATE STREAM SUMS (K VARCHAR(4), V DOUBLE, N BIGINT);
CREATE STREAM RATES (K VARCHAR(4), R INTEGER);
CREATE STREAM ALL_OF (K VARCHAR(4));
CREATE PUMP P AS INSERT INTO SUMS SELECT STREAM K, SUM(V), COUNT(*) FROM S GROUP BY K, STEP(S.ROWTIME BY INTERVAL '10' SECOND);
CREATE PUMP Q AS INSERT INTO RATES SELECT STREAM K, 100 / N FROM S;
CREATE PUMP R1 AS INSERT INTO ALL_OF SELECT STREAM K FROM S WHERE N > 1;
CREATE PUMP R2 AS INSERT INTO ALL_OF SELECT STREAM K FROM S WHERE N < 3;
";

#[test]
fn rows_and_errors_are_the_same_bytes_for_every_cut() {
    let folder = Folder::with(WINDOWS);
    for file in 0..3_u32 {
        let mut text = if file == 1 {
            "bad\n".to_owned()
        } else {
            String::new()
        };
        for i in 0..700_u32 {
            let random = (i * 7 + file * 13).wrapping_mul(2_654_435_761) >> 16;
            match random % 23 {
                0 => text.push_str("{\"K\":\n"),
                1 => text.push_str(&format!("{{\"ROWTIME\":{},\"V\":\"x\"}}\n", i * 50)),
                _ => text.push_str(&format!(
                    "{{\"ROWTIME\":{},\"K\":\"k{}\",\"V\":{}.{},\"N\":{}}}\n",
                    i * 50 / 100 * 100,
                    random % 5,
                    random % 1000,
                    random % 97,
                    random % 4
                )),
            }
        }
        folder.write(&format!("in/{file}.json"), text);
    }
    let run = |more: &[&str]| {
        let args = ["run", "app.sql", "--source", "S=in", "--now", NOW, "-v"];
        let files = [
            "--sink",
            "SUMS=sums.csv?rowtime=true",
            "--sink",
            "RATES=rates.json",
            "--sink",
            "ALL_OF=all.json",
            "--sink",
            "error_stream=err.json",
        ];
        let (_, _, errors) = folder.run(&[&args[..], &files, more].concat()).books();
        assert!(errors > 50, "{errors}");
        let files = ["sums.csv", "rates.json", "all.json", "err.json"].map(|name| folder.read(name));
        assert!(files.iter().all(|f| f.lines().count() > 10));
        let printed = folder.run(&[&args[..], more].concat()).rows().to_owned();
        (files, printed)
    };
    let whole = run(&[]);
    for more in [
        &["--batch-rows", "1", "--threads", "1"] as &[&str],
        &["--batch-rows", "7", "--threads", "2"],
        &["--batch-rows", "1000", "--threads", "1"],
        &["--threads", "1"],
        &["--threads", "2", "--max-open", "3"],
    ] {
        assert!(run(more) == whole, "{more:?}");
    }
}
