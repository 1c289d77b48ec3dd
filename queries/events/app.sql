-- What every user did, minute by minute.
CREATE OR REPLACE APPLICATION event_counts;

CREATE OR REPLACE STREAM input_stream (
    "user_id"    VARCHAR(16),
    "event_type" VARCHAR(16),
    "at"         TIMESTAMP
);

CREATE OR REPLACE STREAM output_stream AS
SELECT user_id, event_type, COUNT(*) AS event_count, WINDOW_TUMBLING(60 SECOND) AS window
FROM input_stream
GROUP BY user_id, event_type, WINDOW_TUMBLING(60 SECOND);
