-- Alerts from a sliding mean: a machine whose mean of the last half minute is above 75 degrees.
--
-- Every reading gives a row with the mean of those of its machine that are at most half a minute older.
CREATE OR REPLACE STREAM "READINGS" (
    "at"      TIMESTAMP,
    "machine" VARCHAR(4),
    "celsius" DOUBLE
);

CREATE OR REPLACE STREAM "MEANS" (
    "machine"  VARCHAR(4),
    "celsius"  DOUBLE,
    "mean"     DOUBLE,
    "highest"  DOUBLE,
    "readings" BIGINT
);

CREATE OR REPLACE STREAM "ALERTS" (
    "machine" VARCHAR(4),
    "mean"    DOUBLE,
    "text"    VARCHAR(64)
);

CREATE OR REPLACE PUMP "MEANS_PUMP" AS
INSERT INTO "MEANS"
SELECT STREAM "machine",
              "celsius",
              AVG("celsius") OVER HALF_MINUTE,
              MAX("celsius") OVER HALF_MINUTE,
              COUNT("celsius") OVER HALF_MINUTE
FROM "READINGS"
WINDOW HALF_MINUTE AS (PARTITION BY "machine" RANGE INTERVAL '30' SECOND PRECEDING);

-- One reading is no mean.
CREATE OR REPLACE PUMP "ALERTS_PUMP" AS
INSERT INTO "ALERTS"
SELECT STREAM "machine",
              "mean",
              CAST("readings" AS VARCHAR(6)) || ' readings, the highest ' || CAST(CAST("highest" AS DECIMAL(5, 1)) AS VARCHAR(8))
FROM "MEANS"
WHERE "mean" > 75 AND "readings" >= 5 AND "celsius" IS NOT NULL;
