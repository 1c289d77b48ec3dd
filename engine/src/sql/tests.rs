use super::*;
#[test]
fn smoke() {
    let (s, d) = parse(
        "CREATE OR REPLACE STREAM \"D\" (a INTEGER); CREATE OR REPLACE PUMP p AS INSERT INTO \"D\" SELECT STREAM a+1 FROM \"S\" WHERE a > 1 AND b IS NULL;",
    );
    assert_eq!(d, vec![]);
    assert_eq!(s.len(), 2);
}
