//! Whole applications in the shapes that people write (`usage.md` §6, §8).

use super::*;

const ANOMALIES: &str = r#"
/**
 * Welcome to the SQL editor
 * =========================
 *
 * The SQL code you write here will continuously transform your streaming data
 * when your application is running.
 *
 *          .--------.
 *  SOURCE -| "a" 'b |- DESTINATION   it's
 *          '--------'
 */
-- ** Anomaly detection **
CREATE OR REPLACE STREAM "TEMP_STREAM" (
   "heartRate"        INTEGER,
   "rateType"         varchar(20),
   "ANOMALY_SCORE"    DOUBLE);
-- Creates an output stream and defines a schema
CREATE   OR
REPLACE STREAM "DESTINATION_SQL_STREAM" (
   "heartRate" INTEGER, "rateType" varchar (20), "ANOMALY_SCORE" DOUBLE, "ANOMALY_EXPLANATION" varchar(20480));
// Compute an anomaly score for each record in the input stream
CREATE OR REPLACE PUMP "STREAM_PUMP" AS INSERT INTO "TEMP_STREAM"
SELECT STREAM "heartRate", "rateType", ANOMALY_SCORE
FROM TABLE(RANDOM_CUT_FOREST(
  CURSOR(SELECT STREAM * FROM "SOURCE_SQL_STREAM_001"), 100, 256, 100000, 1)); -- defaults
-- Sort records by descending anomaly score, insert into output stream
CREATE OR REPLACE PUMP "OUTPUT_PUMP" AS INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM "heartRate", "rateType", ANOMALY_SCORE, NULL FROM "TEMP_STREAM"
ORDER BY FLOOR("TEMP_STREAM".ROWTIME TO SECOND), ANOMALY_SCORE DESC"#;

const WINDOWS: &str = r#"CREATE OR REPLACE STREAM out1 (datetime TIMESTAMP, "store-id" VARCHAR(8), c INT, e DECIMAL, "value" REAL);
CREATE OR REPLACE PUMP mula AS INSERT INTO out1 (datetime, "store-id", c)
  SELECT STREAM STEP("S".ROWTIME BY INTERVAL '60' SECOND) AS datetime, "store-id", COUNT(*) c
  FROM "mula-realtime-events_001" AS "S" WHERE ("price" > 1.5 AND is_open) OR "type" IN ('a', 'b')
  GROUP BY "store-id", FLOOR(("S".ROWTIME - TIMESTAMP '1970-01-01 00:00:00') SECOND / 10 TO SECOND),
           STEP("S".ROWTIME BY INTERVAL '60' SECOND);
CREATE OR REPLACE PUMP p2 AS INSERT INTO out2
  SELECT STREAM t, AVG(p) OVER last10 * 2 AS a, LAG(p, 1, 0) OVER (PARTITION BY t, u || '-' || v ROWS 599 PRECEDING),
    CASE WHEN p > AVG(p) OVER last10 THEN 'up' ELSE 'down' END direction, LAST_VALUE(p) IGNORE NULLS OVER last10
  FROM (SELECT STREAM DISTINCT ROWTIME AS w, t, u, v, p FROM "S") WHERE t IS NOT NULL
  WINDOW last10 AS (PARTITION BY t RANGE INTERVAL '0' MINUTE PRECEDING), w24 AS (RANGE INTERVAL '24' HOUR PRECEDING);
CREATE OR REPLACE PUMP p3 AS INSERT INTO out3
  SELECT STREAM FIRST_VALUE(ROWTIME), TIMESTAMP_TO_CHAR('yyyy-MM-dd''T''HH:mm:ss', MAX(a.ROWTIME)), SUBSTRING(TRIM(x) FROM '[0-9]+')
  FROM a OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS a LEFT JOIN b ON a."k" = b.k, c
  GROUP BY STEP(MONOTONIC(TO_TIMESTAMP(ts)) BY INTERVAL '1' MINUTE), a.k HAVING COUNT(*) > 1;
"#;

#[test]
fn whole_applications_parse_in_every_layout() {
    for (application, statements) in [(ANOMALIES, 4), (WINDOWS, 4)] {
        assert_eq!(clean(application).len(), statements);
        assert_eq!(clean(&application.replace('\n', "\r\n")).len(), statements);
        assert_eq!(clean(&application.replace("  ", "\t")).len(), statements);
    }
    assert_eq!(clean(&WINDOWS.replace('\n', " ")).len(), 4);
}

#[test]
fn a_lost_quote_in_a_whole_application_is_one_finding_and_keeps_the_rest() {
    for application in [
        ANOMALIES.to_owned(),
        WINDOWS.to_owned(),
        WINDOWS.replace('\n', " "),
    ] {
        let total = clean(&application).len();
        let code = application.find("*/").unwrap_or(0);
        for (i, _) in application.match_indices('\'').filter(|(i, _)| *i > code) {
            let mut broken = application.clone();
            broken.remove(i);
            let (statements, findings) = parse(&broken);
            assert!(
                (1..=2).contains(&findings.len()),
                "{}\n{findings:#?}",
                &broken[i.saturating_sub(40)..]
            );
            assert!(
                statements.len() + 2 >= total,
                "{}\n{findings:#?}",
                &broken[i.saturating_sub(40)..]
            );
        }
    }
}

#[test]
fn a_lost_double_quote_or_parenthesis_spoils_one_statement() {
    for application in [ANOMALIES, WINDOWS] {
        let total = clean(application).len();
        let code = application.find("*/").unwrap_or(0);
        for (i, _) in application
            .match_indices(['"', '(', ')'])
            .filter(|(i, _)| *i > code)
        {
            let mut broken = application.to_owned();
            broken.remove(i);
            let (statements, findings) = parse(&broken);
            let errors = findings.iter().filter(|d| d.severity == Severity::Error).count();
            assert!(errors <= 1, "{}\n{findings:#?}", &broken[i.saturating_sub(40)..]);
            assert!(
                statements.len() + 1 >= total,
                "{}\n{findings:#?}",
                &broken[i.saturating_sub(40)..]
            );
        }
    }
}
