//! The query parameters of `local:NAME`: where its folder is, what is kept of it, and which of the usual ones it has.

use super::address::{Address, DEFAULT_DIR};
use crate::source::InvocationError;
use crate::uri::{ObjectFormat, SourceParameters};

const DURATIONS: [(&str, i64); 5] = [
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];
const SIZES: [(&str, i64); 3] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)];

/// The address of `local:NAME` with this value of `dir=`.
pub fn address(name: &str, dir: Option<&str>) -> Result<Address, InvocationError> {
    match dir {
        Some("") => Err(InvocationError(format!(
            "local:{name}: dir= needs the name of a folder"
        ))),
        dir => Address::new(name, dir.unwrap_or(DEFAULT_DIR)),
    }
}

/// `retention=`: how long records are kept, in ms.
pub fn retention(value: &str) -> Result<i64, InvocationError> {
    counted(value, &DURATIONS).ok_or_else(|| {
        InvocationError(format!(
            "retention={value} is no duration; write 7d, 12h, 30m, 90s or 500ms"
        ))
    })
}

/// `max_bytes=`: how much is kept.
pub fn max_bytes(value: &str) -> Result<u64, InvocationError> {
    let plain = value.parse().ok().filter(|n| *n > 0);
    plain
        .or_else(|| counted(value, &SIZES))
        .and_then(|n| u64::try_from(n).ok())
        .ok_or_else(|| {
            InvocationError(format!(
                "max_bytes={value} is no size; write 1000000, 64MiB or 10GiB"
            ))
        })
}

/// A whole number above 0 and its unit.
fn counted(value: &str, units: &[(&str, i64)]) -> Option<i64> {
    let digits = value.bytes().take_while(u8::is_ascii_digit).count();
    let (number, unit) = value.split_at_checked(digits)?;
    let (_, size) = units.iter().find(|(name, _)| *name == unit)?;
    number.parse::<i64>().ok()?.checked_mul(*size).filter(|n| *n > 0)
}

/// What the parameters of a source mean where every record is an object of its own.
pub fn of_records(mut parameters: SourceParameters) -> Result<SourceParameters, InvocationError> {
    let refused = if parameters.format == Some(ObjectFormat::Parquet) {
        "format=parquet is for files; a record of a local stream is JSON or CSV"
    } else if parameters.header == Some(true) {
        "header=true is for files; every record of a local stream is data, so append it without a header line"
    } else if parameters.encoding.is_some() {
        "encoding= is for files; a record of a local stream is UTF-8"
    } else {
        parameters.header = Some(false);
        return Ok(parameters);
    };
    Err(InvocationError(refused.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_and_sizes_have_units() {
        assert_eq!(retention("7d").unwrap(), 604_800_000);
        assert_eq!(retention("1500ms").unwrap(), 1_500);
        assert_eq!(max_bytes("10GiB").unwrap(), 10 << 30);
        assert_eq!(max_bytes("4096").unwrap(), 4_096);
        for bad in [
            "",
            "7",
            "d",
            "-1d",
            "0s",
            "7 d",
            "7D",
            "99999999999999999999d",
            "9223372036854775807d",
        ] {
            assert!(retention(bad).is_err(), "{bad}");
        }
        for bad in ["", "0", "-1", "1kb", "1.5GiB", "GiB"] {
            assert!(max_bytes(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_name_is_that_of_one_folder() {
        for (name, dir, folder) in [
            ("orders", None, "./.rowtime/streams/orders"),
            ("a.b-c_1", Some("/d"), "/d/a.b-c_1"),
        ] {
            assert_eq!(address(name, dir).unwrap().folder(), std::path::Path::new(folder));
        }
        for bad in ["", ".", "..", "a/b", "ä", "a b"] {
            assert!(address(bad, None).is_err(), "{bad}");
        }
        assert!(address("a", Some("")).is_err());
    }
}
