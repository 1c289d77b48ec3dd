-- Readings that come up to two minutes late, counted in the minute in which they were taken.
--
-- A window of one minute and meter opens with the first reading of that minute that arrives and stays open for three
-- minutes, until the last one must have come. With GROUP BY each late reading would give another row for its minute.
CREATE OR REPLACE STREAM "READINGS" (
    "arrived" TIMESTAMP,
    "meter"   VARCHAR(8),
    "taken"   TIMESTAMP,
    "watts"   INTEGER
);

CREATE OR REPLACE STREAM "MINUTES" (
    "minute"   TIMESTAMP,
    "meter"    VARCHAR(8),
    "readings" BIGINT,
    "lowest"   INTEGER,
    "highest"  INTEGER
);

CREATE OR REPLACE PUMP "MINUTES_PUMP" AS
INSERT INTO "MINUTES"
SELECT STREAM FLOOR("taken" TO MINUTE),
              "meter",
              COUNT(*),
              MIN("watts"),
              MAX("watts")
FROM "READINGS"
WINDOWED BY STAGGER (
    PARTITION BY FLOOR("taken" TO MINUTE), "meter" RANGE INTERVAL '3' MINUTE
);
