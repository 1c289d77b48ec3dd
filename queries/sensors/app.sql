-- Readings above 25 degrees. Broken records and texts that are no number do not stop it: they become rows of
-- error_stream.
CREATE OR REPLACE STREAM "SOURCE_SQL_STREAM_001" (
    "sensor_id"   VARCHAR(16),
    "temperature" DOUBLE,
    "timestamp"   TIMESTAMP
);

CREATE OR REPLACE STREAM "HOT" (
    sensor_id   VARCHAR(16),
    temperature DOUBLE,
    timestamp   TIMESTAMP
);

CREATE OR REPLACE PUMP "HOT_PUMP" AS
INSERT INTO "HOT"
SELECT STREAM sensor_id, temperature, timestamp
FROM "SOURCE_SQL_STREAM_001"
WHERE temperature > 25;
