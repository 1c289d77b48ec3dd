-- Requests become minutes, minutes become five-minute reports, and two kinds of alert share one stream.
CREATE OR REPLACE STREAM "REQUESTS" (
    "at"         TIMESTAMP,
    "page"       VARCHAR(32),
    "status"     INTEGER,
    "latency_ms" INTEGER
);

CREATE OR REPLACE STREAM "MINUTES" (
    "minute"   TIMESTAMP,
    "page"     VARCHAR(32),
    "requests" BIGINT,
    "failures" BIGINT,
    "slowest"  INTEGER
);

CREATE OR REPLACE STREAM "REPORT" (
    "page"           VARCHAR(32),
    "from_minute"    TIMESTAMP,
    "requests"       BIGINT,
    "failed_percent" DECIMAL(5, 2),
    "slowest"        INTEGER
);

CREATE OR REPLACE STREAM "ALERTS" (
    "page"   VARCHAR(32),
    "reason" VARCHAR(64)
);

CREATE OR REPLACE PUMP "TO_MINUTES" AS
INSERT INTO "MINUTES"
SELECT STREAM FLOOR(r.ROWTIME TO MINUTE),
              "page",
              COUNT(*),
              SUM(CASE WHEN "status" >= 500 THEN 1 ELSE 0 END),
              MAX("latency_ms")
FROM "REQUESTS" AS r
GROUP BY FLOOR(r.ROWTIME TO MINUTE), "page";

CREATE OR REPLACE PUMP "TO_REPORT" AS
INSERT INTO "REPORT"
SELECT STREAM "page",
              MIN("minute"),
              SUM("requests"),
              100.0 * SUM("failures") / SUM("requests"),
              MAX("slowest")
FROM "MINUTES" AS m
GROUP BY "page", STEP(m.ROWTIME BY INTERVAL '5' MINUTE);

-- Two pumps write one stream; a column that a pump does not name is NULL.
CREATE OR REPLACE PUMP "SLOW" AS
INSERT INTO "ALERTS" ("page", "reason")
SELECT STREAM "page", 'slowest request took ' || CAST("slowest" AS VARCHAR(10)) || ' ms'
FROM "MINUTES"
WHERE "slowest" > 450;

CREATE OR REPLACE PUMP "FAILING" AS
INSERT INTO "ALERTS" ("page", "reason")
SELECT STREAM "page", CAST(SUM("failures") AS VARCHAR(10)) || ' failures in a minute'
FROM "MINUTES" AS m
GROUP BY "page", STEP(m.ROWTIME BY INTERVAL '1' MINUTE)
HAVING SUM("failures") >= 8;
