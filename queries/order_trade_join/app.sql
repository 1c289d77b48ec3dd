-- Orders and the trades that fill them within a minute, and orders that no trade has filled by then.
CREATE OR REPLACE STREAM "ORDERS" (
    "at"       TIMESTAMP,
    "order_id" INTEGER,
    "ticker"   VARCHAR(4),
    "shares"   INTEGER
);

CREATE OR REPLACE STREAM "TRADES" (
    "at"       TIMESTAMP,
    "order_id" INTEGER,
    "shares"   INTEGER,
    "price"    DECIMAL(9, 2)
);

CREATE OR REPLACE STREAM "FILLS" (
    "order_id"  INTEGER,
    "ticker"    VARCHAR(4),
    "value"     DECIMAL(18, 2),
    "waited_ms" BIGINT
);

CREATE OR REPLACE STREAM "UNFILLED" (
    "order_id" INTEGER,
    "ticker"   VARCHAR(4),
    "shares"   INTEGER
);

CREATE OR REPLACE STREAM "WAITING" (
    "ticker"     VARCHAR(4),
    "fills"      BIGINT,
    "longest_ms" BIGINT
);

-- An order is looked for in the minute before the trade. A row comes with the later of the two, the trade.
CREATE OR REPLACE PUMP "TO_FILLS" AS
INSERT INTO "FILLS"
SELECT STREAM o."order_id", o."ticker", t."price" * t."shares", TSDIFF(o.ROWTIME, t.ROWTIME)
FROM "ORDERS" OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS o
JOIN "TRADES" AS t ON o."order_id" = t."order_id";

-- An order leaves alone when its minute is over.
CREATE OR REPLACE PUMP "TO_UNFILLED" AS
INSERT INTO "UNFILLED"
SELECT STREAM o."order_id", o."ticker", o."shares"
FROM "ORDERS" OVER (RANGE INTERVAL '1' MINUTE PRECEDING) AS o
LEFT JOIN "TRADES" AS t ON o."order_id" = t."order_id"
WHERE t."order_id" IS NULL;

CREATE OR REPLACE PUMP "TO_WAITING" AS
INSERT INTO "WAITING"
SELECT STREAM "ticker", COUNT(*), MAX("waited_ms")
FROM "FILLS" AS f
GROUP BY "ticker", STEP(f.ROWTIME BY INTERVAL '1' MINUTE);
