-- ** Anomaly detection **
-- An anomaly score for every record of the source stream, by a random cut forest; within each second the highest first.
--
-- This is the template of the service. The first 256 records, from which the forest learns, have the score 0.
CREATE OR REPLACE STREAM "SOURCE_SQL_STREAM_001" (
    "at"        TIMESTAMP,
    "heartRate" INTEGER,
    "rateType"  VARCHAR(20)
);

CREATE OR REPLACE STREAM "TEMP_STREAM" (
    "heartRate"     INTEGER,
    "rateType"      VARCHAR(20),
    "ANOMALY_SCORE" DOUBLE
);

CREATE OR REPLACE STREAM "DESTINATION_SQL_STREAM" (
    "heartRate"     INTEGER,
    "rateType"      VARCHAR(20),
    "ANOMALY_SCORE" DOUBLE
);

CREATE OR REPLACE PUMP "STREAM_PUMP" AS
INSERT INTO "TEMP_STREAM"
SELECT STREAM "heartRate", "rateType", ANOMALY_SCORE
FROM TABLE(RANDOM_CUT_FOREST(
    CURSOR(SELECT STREAM * FROM "SOURCE_SQL_STREAM_001")
));

CREATE OR REPLACE PUMP "OUTPUT_PUMP" AS
INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM * FROM "TEMP_STREAM"
ORDER BY FLOOR("TEMP_STREAM".ROWTIME TO SECOND), ANOMALY_SCORE DESC;
