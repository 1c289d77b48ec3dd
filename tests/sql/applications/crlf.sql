-- Saved on Windows: every line ends in CR LF,
-- and a comment ends before them.
CREATE OR REPLACE STREAM "OUT_STREAM" (
	"id"	INTEGER,
	"text"	VARCHAR(32));

CREATE OR REPLACE PUMP "OUT_PUMP" AS
INSERT INTO "OUT_STREAM"
SELECT STREAM	"id",	'two'
'lines'	-- a literal goes on on the next line
FROM	"SOURCE_SQL_STREAM_001"
WHERE	"id" > 1;
