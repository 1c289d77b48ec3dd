-- The five busiest pages of a web log, every half minute, and how many different visitors came.
--
-- Only pages that were found count, and what stands behind the question mark of a path does not.
CREATE OR REPLACE STREAM "WEB_LOG" (
    "at"      TIMESTAMP,
    "visitor" VARCHAR(8),
    "method"  VARCHAR(8),
    "path"    VARCHAR(128),
    "status"  INTEGER
);

CREATE OR REPLACE STREAM "TOP_PAGES" (
    "page"   VARCHAR(1024),
    "visits" BIGINT
);

CREATE OR REPLACE STREAM "VISITORS" (
    "visitors" BIGINT
);

CREATE OR REPLACE PUMP "TOP_PAGES_PUMP" AS
INSERT INTO "TOP_PAGES"
SELECT STREAM ITEM, ITEM_COUNT
FROM TABLE(TOP_K_ITEMS_TUMBLING(
    CURSOR(
        SELECT STREAM CASE
                          WHEN POSITION('?' IN "path") > 0
                          THEN SUBSTRING("path", 1, POSITION('?' IN "path") - 1)
                          ELSE "path"
                      END AS "page"
        FROM "WEB_LOG"
        WHERE "method" = 'GET' AND "status" = 200
    ),
    'page',  -- the column, in single quotes
    5,       -- how many
    30       -- seconds
));

CREATE OR REPLACE PUMP "VISITORS_PUMP" AS
INSERT INTO "VISITORS"
SELECT STREAM NUMBER_OF_DISTINCT_ITEMS
FROM TABLE(COUNT_DISTINCT_ITEMS_TUMBLING(
    CURSOR(SELECT STREAM * FROM "WEB_LOG"),
    'visitor',
    30
));
