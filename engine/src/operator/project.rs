//! Select lists, NOT NULL columns and `AS ROWTIME`.
