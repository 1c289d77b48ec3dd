//! The weather stream of `windows-and-time.md` §3.4, exactly.

use super::*;

/// The rows of `windows-and-time.md` §3.4.
fn weather() -> Event {
    let rows = [
        ("2018-11-01 01:00:00", "Denver", 29),
        ("2018-11-01 01:00:00", "Anchorage", 2),
        ("2018-11-01 06:00:00", "Miami", 65),
        ("2018-11-01 07:00:00", "Denver", 32),
        ("2018-11-01 09:00:00", "Anchorage", 9),
        ("2018-11-01 13:00:00", "Denver", 50),
        ("2018-11-01 17:00:00", "Anchorage", 10),
        ("2018-11-01 18:00:00", "Miami", 71),
        ("2018-11-01 19:00:00", "Denver", 43),
        ("2018-11-02 01:00:00", "Anchorage", 4),
        ("2018-11-02 01:00:00", "Denver", 39),
        ("2018-11-02 07:00:00", "Denver", 46),
        ("2018-11-02 09:00:00", "Anchorage", 3),
        ("2018-11-02 13:00:00", "Denver", 56),
        ("2018-11-02 17:00:00", "Anchorage", 2),
        ("2018-11-02 19:00:00", "Denver", 50),
        ("2018-11-03 01:00:00", "Denver", 36),
        ("2018-11-03 01:00:00", "Anchorage", 1),
    ];
    let cities: StringViewArray = rows.iter().map(|r| Some(r.1)).collect();
    let temperatures = Int32Array::from_iter_values(rows.iter().map(|r| r.2));
    Event::Rows(
        rows.iter().map(|r| at(r.0)).collect(),
        vec![Arc::new(cities), Arc::new(temperatures)],
    )
}

fn temperature(function: F) -> Aggregate {
    aggregate(function, Some(column(1, SqlType::Integer)), SqlType::Integer)
}

#[test]
fn weather_by_day() {
    let query = Query::by_clock(
        &[CITY, SqlType::Integer],
        floor(TimeUnit::Day),
        vec![],
        vec![temperature(F::Min), temperature(F::Max)],
    );
    let first = [
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":2,"C2":71}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":2,"C2":56}"#,
    ];
    let third = r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":1,"C2":36}"#;
    assert_eq!(query.run_all(&[weather()]).rows, first);
    let early = Event::Bound(at("2018-11-03 23:59:59.999"));
    assert_eq!(query.run_all(&[weather(), early]).rows, first);
    let all = [first.as_slice(), &[third]].concat();
    for bound in [at("2018-11-04 00:00:00"), at("2018-12-01 00:00:00"), i64::MAX] {
        let seen = query.run_all(&[weather(), Event::Bound(bound)]);
        assert_eq!(seen.rows, all);
        assert_eq!(seen.counts.rows_passed, 18);
    }
}

#[test]
fn weather_by_day_and_city() {
    let functions = [F::Min, F::Max, F::Avg, F::Sum];
    let mut query = Query::by_clock(
        &[CITY, SqlType::Integer],
        floor(TimeUnit::Day),
        vec![column(0, CITY)],
        functions.map(temperature).to_vec(),
    );
    query.aggregates.push(count());
    let expected = [
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Denver","C2":29,"C3":50,"C4":38,"C5":154,"C6":4}"#,
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Anchorage","C2":2,"C3":10,"C4":7,"C5":21,"C6":3}"#,
        r#"2018-11-02 00:00:00.000 {"C0":"2018-11-01 00:00:00.000","C1":"Miami","C2":65,"C3":71,"C4":68,"C5":136,"C6":2}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":"Anchorage","C2":2,"C3":4,"C4":3,"C5":9,"C6":3}"#,
        r#"2018-11-03 00:00:00.000 {"C0":"2018-11-02 00:00:00.000","C1":"Denver","C2":39,"C3":56,"C4":47,"C5":191,"C6":4}"#,
        r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":"Denver","C2":36,"C3":36,"C4":36,"C5":36,"C6":1}"#,
        r#"2018-11-04 00:00:00.000 {"C0":"2018-11-03 00:00:00.000","C1":"Anchorage","C2":1,"C3":1,"C4":1,"C5":1,"C6":1}"#,
    ];
    assert_eq!(query.run_all(&[weather(), END]).rows, expected);
}
