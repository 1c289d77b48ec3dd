-- Lowest, highest and mean price of every ticker, minute by minute.
--
-- The source stream is not created here: the application's input configuration (schema.json) describes it, as
-- it did in Kinesis Data Analytics.
CREATE OR REPLACE STREAM "DESTINATION_SQL_STREAM" (
    ticker_symbol VARCHAR(4),
    "minute"      TIMESTAMP,
    lowest        DOUBLE,
    highest       DOUBLE,
    mean          DOUBLE,
    trades        BIGINT
);

CREATE OR REPLACE PUMP "STREAM_PUMP" AS
INSERT INTO "DESTINATION_SQL_STREAM"
SELECT STREAM ticker_symbol,
              STEP("SOURCE_SQL_STREAM_001".ROWTIME BY INTERVAL '60' SECOND),
              MIN(price),
              MAX(price),
              AVG(price),
              COUNT(*)
FROM "SOURCE_SQL_STREAM_001"
GROUP BY ticker_symbol,
         STEP("SOURCE_SQL_STREAM_001".ROWTIME BY INTERVAL '60' SECOND);
