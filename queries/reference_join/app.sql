-- Trades with the names of their companies: those that are large for the company, and the turnover of every sector,
-- minute by minute.
--
-- "CompanyName" is a reference table. It is not created here: as in Kinesis Data Analytics it is bound to a file,
--     --reference CompanyName=queries/reference_join/companies.csv
CREATE OR REPLACE STREAM "TRADES" (
    "at"     TIMESTAMP,
    "ticker" VARCHAR(4),
    "price"  DECIMAL(9, 2),
    "shares" INTEGER
);

CREATE OR REPLACE STREAM "LARGE_TRADES" (
    "ticker"   VARCHAR(4),
    "company"  VARCHAR(40),
    "exchange" VARCHAR(8),
    "value"    DECIMAL(18, 2)
);

CREATE OR REPLACE STREAM "SECTORS" (
    "sector"   VARCHAR(16),
    "trades"   BIGINT,
    "turnover" DECIMAL(18, 2)
);

CREATE OR REPLACE STREAM "UNKNOWN_TICKERS" (
    "ticker" VARCHAR(4),
    "trades" BIGINT
);

-- A company that is listed twice gives two rows, in the order of the file.
CREATE OR REPLACE PUMP "TO_LARGE_TRADES" AS
INSERT INTO "LARGE_TRADES"
SELECT STREAM t."ticker", c."Company", c."Exchange", t."price" * t."shares"
FROM "TRADES" AS t
JOIN "CompanyName" AS c ON t."ticker" = c."Ticker" AND t."price" * t."shares" >= c."LargeFrom";

-- The home exchange alone, so that no trade counts twice.
CREATE OR REPLACE PUMP "TO_SECTORS" AS
INSERT INTO "SECTORS"
SELECT STREAM c."Sector", COUNT(*), SUM(t."price" * t."shares")
FROM "CompanyName" AS c
JOIN "TRADES" AS t ON c."Ticker" = t."ticker"
WHERE c."Home"
GROUP BY c."Sector", STEP(t.ROWTIME BY INTERVAL '1' MINUTE);

CREATE OR REPLACE PUMP "TO_UNKNOWN_TICKERS" AS
INSERT INTO "UNKNOWN_TICKERS"
SELECT STREAM t."ticker", COUNT(*)
FROM "TRADES" AS t
LEFT JOIN "CompanyName" AS c ON t."ticker" = c."Ticker"
WHERE c."Ticker" IS NULL
GROUP BY t."ticker", STEP(t.ROWTIME BY INTERVAL '1' MINUTE);
