//! The data types of the dialect (`dialect/sql.md` §2) and their Arrow forms.
//!
//! Every expression has exactly one [`SqlType`]. Declared lengths live here and not in Arrow: CHAR and
//! VARCHAR are both `Utf8View`, and an interval is a plain number of milliseconds or months.

use std::fmt;

use arrow::datatypes::{DataType, TimeUnit as ArrowUnit};

/// Greatest precision a column may declare (`sql.md` §15: 19 for declarations).
pub const DECIMAL_PRECISION_MAX: u8 = 19;
/// Precision cap of derived decimal types (`sql.md` §4.2).
pub const DECIMAL_PRECISION_DERIVED_MAX: u8 = 18;
/// Greatest length of CHAR, VARCHAR, BINARY and VARBINARY.
pub const LENGTH_MAX: u32 = 65_535;

/// A unit of time, greatest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum TimeUnit {
    /// Calendar year.
    Year,
    /// Calendar month.
    Month,
    /// 24 hours.
    Day,
    /// 60 minutes.
    Hour,
    /// 60 seconds.
    Minute,
    /// 1000 milliseconds.
    Second,
}

impl TimeUnit {
    const ALL: [Self; 6] = [
        Self::Year,
        Self::Month,
        Self::Day,
        Self::Hour,
        Self::Minute,
        Self::Second,
    ];

    /// Its length; `None` for YEAR and MONTH, whose length varies.
    pub fn millis(self) -> Option<i64> {
        match self {
            Self::Year | Self::Month => None,
            Self::Day => Some(86_400_000),
            Self::Hour => Some(3_600_000),
            Self::Minute => Some(60_000),
            Self::Second => Some(1_000),
        }
    }

    /// What one of it adds to an interval: milliseconds, or months.
    pub fn width(self) -> i64 {
        match self {
            Self::Year => 12,
            _ => self.millis().unwrap_or(1),
        }
    }

    /// The greatest value of a field of an interval that is not the leading one.
    pub fn greatest(self) -> i64 {
        match self {
            Self::Month => 11,
            Self::Hour => 23,
            _ => 59,
        }
    }

    /// What stands between this field of an interval and the next.
    pub fn separator(self) -> char {
        match self {
            Self::Year => '-',
            Self::Day => ' ',
            _ => ':',
        }
    }
}

impl fmt::Display for TimeUnit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Year => "YEAR",
            Self::Month => "MONTH",
            Self::Day => "DAY",
            Self::Hour => "HOUR",
            Self::Minute => "MINUTE",
            Self::Second => "SECOND",
        })
    }
}

/// `DAY(2) TO SECOND(3)`: the fields an interval shows (`sql.md` §6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct IntervalQualifier {
    /// The leading field.
    pub from: TimeUnit,
    /// The trailing field; equal to `from` for a single-field interval.
    pub to: TimeUnit,
    /// Digits of the leading field, 2 unless written.
    pub precision: u8,
    /// Fraction digits of SECOND, 3 unless written.
    pub fraction: u8,
}

impl IntervalQualifier {
    /// A single-field qualifier with the default precision.
    pub fn single(unit: TimeUnit) -> Self {
        Self::range(unit, unit)
    }

    /// A qualifier from one field to another with the default precisions.
    pub fn range(from: TimeUnit, to: TimeUnit) -> Self {
        Self {
            from,
            to,
            precision: 2,
            fraction: 3,
        }
    }

    /// Its fields, the leading one first.
    pub fn fields(self) -> impl Iterator<Item = TimeUnit> {
        let shown = self.from..=self.to;
        TimeUnit::ALL.into_iter().filter(move |unit| shown.contains(unit))
    }

    /// Whether it counts months and not milliseconds.
    pub fn is_year_month(self) -> bool {
        self.from <= TimeUnit::Month
    }
}

impl fmt::Display for IntervalQualifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.from)?;
        if self.from == self.to && self.from == TimeUnit::Second {
            if (self.precision, self.fraction) != (2, 3) {
                write!(f, "({},{})", self.precision, self.fraction)?;
            }
            return Ok(());
        }
        if self.precision != 2 {
            write!(f, "({})", self.precision)?;
        }
        if self.from != self.to {
            write!(f, " TO {}", self.to)?;
            if self.to == TimeUnit::Second && self.fraction != 3 {
                write!(f, "({})", self.fraction)?;
            }
        }
        Ok(())
    }
}

/// A type of the dialect.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum SqlType {
    /// The type of a bare NULL; assignable to everything.
    Null,
    /// TRUE, FALSE, UNKNOWN.
    Boolean,
    /// 8-bit integer.
    TinyInt,
    /// 16-bit integer.
    SmallInt,
    /// 32-bit integer.
    Integer,
    /// 64-bit integer.
    BigInt,
    /// Exact decimal; the unscaled value must stay within 64 bits.
    Decimal {
        /// All digits.
        precision: u8,
        /// Digits after the point.
        scale: u8,
    },
    /// 32-bit float.
    Real,
    /// 64-bit float; FLOAT is a synonym.
    Double,
    /// Blank-padded text of exactly this many characters.
    Char(u32),
    /// Text of at most this many characters.
    Varchar(u32),
    /// Exactly this many bytes.
    Binary(u32),
    /// At most this many bytes.
    Varbinary(u32),
    /// Days since 1970-01-01.
    Date,
    /// Milliseconds since midnight.
    Time,
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    Timestamp,
    /// Day-time interval (milliseconds) or year-month interval (months), told apart by the qualifier.
    Interval(IntervalQualifier),
}

/// The families inside which values are mutually assignable and comparable (`sql.md` §2.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Only NULL.
    Null,
    /// BOOLEAN.
    Boolean,
    /// TINYINT … DOUBLE, DECIMAL.
    Numeric,
    /// CHAR, VARCHAR.
    Character,
    /// BINARY, VARBINARY.
    Binary,
    /// DATE.
    Date,
    /// TIME.
    Time,
    /// TIMESTAMP.
    Timestamp,
    /// Day-time intervals.
    DayTime,
    /// Year-month intervals.
    YearMonth,
}

impl SqlType {
    /// The family of the type.
    pub fn family(self) -> Family {
        match self {
            Self::Null => Family::Null,
            Self::Boolean => Family::Boolean,
            Self::TinyInt
            | Self::SmallInt
            | Self::Integer
            | Self::BigInt
            | Self::Decimal { .. }
            | Self::Real
            | Self::Double => Family::Numeric,
            Self::Char(_) | Self::Varchar(_) => Family::Character,
            Self::Binary(_) | Self::Varbinary(_) => Family::Binary,
            Self::Date => Family::Date,
            Self::Time => Family::Time,
            Self::Timestamp => Family::Timestamp,
            Self::Interval(q) if q.is_year_month() => Family::YearMonth,
            Self::Interval(_) => Family::DayTime,
        }
    }

    /// TINYINT … BIGINT.
    pub fn is_integer(self) -> bool {
        matches!(
            self,
            Self::TinyInt | Self::SmallInt | Self::Integer | Self::BigInt
        )
    }

    /// REAL or DOUBLE.
    pub fn is_approximate(self) -> bool {
        matches!(self, Self::Real | Self::Double)
    }

    /// Any number.
    pub fn is_numeric(self) -> bool {
        self.family() == Family::Numeric
    }

    /// CHAR or VARCHAR.
    pub fn is_character(self) -> bool {
        self.family() == Family::Character
    }

    /// DATE, TIME or TIMESTAMP.
    pub fn is_datetime(self) -> bool {
        matches!(self, Self::Date | Self::Time | Self::Timestamp)
    }

    /// A day-time or year-month interval.
    pub fn is_interval(self) -> bool {
        matches!(self, Self::Interval(_))
    }

    /// The number as DECIMAL(p, s), for the decimal rules of `sql.md` §4.2; `None` for floats and the rest.
    pub fn as_decimal(self) -> Option<(u8, u8)> {
        match self {
            Self::TinyInt => Some((3, 0)),
            Self::SmallInt => Some((5, 0)),
            Self::Integer => Some((10, 0)),
            Self::BigInt => Some((19, 0)),
            Self::Decimal { precision, scale } => Some((precision, scale)),
            _ => None,
        }
    }

    /// The Arrow type of arrays that hold values of this type.
    pub fn arrow(self) -> DataType {
        match self {
            Self::Null => DataType::Null,
            Self::Boolean => DataType::Boolean,
            Self::TinyInt => DataType::Int8,
            Self::SmallInt => DataType::Int16,
            Self::Integer => DataType::Int32,
            Self::BigInt => DataType::Int64,
            // One physical precision, so that arrays of different declared precision share kernels.
            Self::Decimal { scale, .. } => DataType::Decimal128(38, scale.cast_signed()),
            Self::Real => DataType::Float32,
            Self::Double => DataType::Float64,
            Self::Char(_) | Self::Varchar(_) => DataType::Utf8View,
            Self::Binary(_) | Self::Varbinary(_) => DataType::BinaryView,
            Self::Date => DataType::Date32,
            Self::Time => DataType::Time32(ArrowUnit::Millisecond),
            Self::Timestamp => DataType::Timestamp(ArrowUnit::Millisecond, None),
            Self::Interval(q) if q.is_year_month() => DataType::Int32,
            Self::Interval(_) => DataType::Int64,
        }
    }
}

impl fmt::Display for SqlType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => f.write_str("NULL"),
            Self::Boolean => f.write_str("BOOLEAN"),
            Self::TinyInt => f.write_str("TINYINT"),
            Self::SmallInt => f.write_str("SMALLINT"),
            Self::Integer => f.write_str("INTEGER"),
            Self::BigInt => f.write_str("BIGINT"),
            Self::Decimal { precision, scale } => write!(f, "DECIMAL({precision}, {scale})"),
            Self::Real => f.write_str("REAL"),
            Self::Double => f.write_str("DOUBLE"),
            Self::Char(n) => write!(f, "CHAR({n})"),
            Self::Varchar(n) => write!(f, "VARCHAR({n})"),
            Self::Binary(n) => write!(f, "BINARY({n})"),
            Self::Varbinary(n) => write!(f, "VARBINARY({n})"),
            Self::Date => f.write_str("DATE"),
            Self::Time => f.write_str("TIME"),
            Self::Timestamp => f.write_str("TIMESTAMP"),
            Self::Interval(q) => write!(f, "INTERVAL {q}"),
        }
    }
}
