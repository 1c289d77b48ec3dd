//! `rowtime test`: streaming SQL tests in files that a person writes (`TESTING.md`).
//!
//! A test drives the engine's dataflow directly, step by step, so that time stands still between two lines
//! of the file: no clock, no thread and no source can make it answer otherwise tomorrow.

pub mod bless;
pub mod case;
mod cell;
mod diff;
mod expected;
pub mod file;
mod findings;
mod input;
pub mod junit;
mod prepare;
mod reference;
pub mod run;
mod table;
mod words;

pub use prepare::{Prepared, prepare};

/// Ends `rowtime test -h`.
pub const SHORT_HELP: &str = "\
Examples:
  rowtime test tests/                   all .test files below tests/
  rowtime test tests/alarms.test --bless
Exit status: 0 all passed, 1 some failed, 2 the invocation or a test file is wrong (nothing was run).
`rowtime test --help` shows the file format.";

/// Ends `rowtime test --help`.
pub const HELP: &str = r#"Examples:
  rowtime test tests/                              all .test files below tests/
  rowtime test tests/ --filter late -v             only tests with "late" in their path or name
  rowtime test tests/alarms.test --bless           write what comes out into the file
  rowtime test tests/ --batch-rows 1 --restore each-step --junit results.xml

A test file:
  # Counts per minute and city.
  date 2018-11-01

  ```sql
  CREATE STREAM "IN" (CITY VARCHAR(20), TEMP INTEGER);
  CREATE STREAM "OUT" (CITY VARCHAR(20), N BIGINT);
  CREATE PUMP P AS INSERT INTO "OUT"
    SELECT STREAM CITY, COUNT(*) FROM "IN" GROUP BY CITY, FLOOR("IN".ROWTIME TO MINUTE);
  ```

  test a window closes at its end and not before
  rows IN
    ROWTIME  | CITY   | TEMP
    10:00:00 | Denver |   29
    10:00:05 | Denver | NULL
  expect OUT nothing
  advance 10:01:00
  expect OUT
    ROWTIME  | CITY   | N
    10:01:00 | Denver | 2

Directives stand at the beginning of a line; tables are indented below them.
  test NAME              starts a test; what stands before the first belongs to every test
  ```sql … ```           the script; `sql FILE` takes it from a file
  date D                 the day of short times; otherwise 2020-01-01
  now TIME               fixes all clocks
  strict                 refuses what is lenient
  rows STREAM            a table of rows; columns in any order, those left out are NULL
  records STREAM json|csv [name=value …] [at TIME]
                         raw records between ``` and ```, through the decoder;
                         or a record a line, each as TIME | RECORD
  table NAME [FILE]      what a reference table holds from here on: a table of rows, whose header
                         declares each column as NAME TYPE the first time, or a file
  advance TIME           the clock moves without a row
  end                    the input ends; it also does at the end of a test
  hold                   it does not
  expect STREAM          the rows since the last expectation, in order; ROWTIME is optional
  expect STREAM partly   only the columns of the header
  expect STREAM nothing  silence
  expect errors          error rows: any of ROWTIME, PUMP_NAME, ERROR_NAME, MESSAGE (a part
                         of it), DATA, DATA_ROWTIME, DATA_ROW
  count rows_late = 2    a counter; `count rows_late of P = 2` is that of one pump
  ignore STREAM|errors   what comes out there need not be expected
  refuse 3:14 "part"     compiling finds this error there (line:column of the SQL);
                         `warn` and `lenient` likewise

Rows and errors that nobody expected fail a test. TESTING.md has it all.

Exit status: 0 all passed, 1 some failed, 2 the invocation or a test file is wrong; then
nothing was run."#;
