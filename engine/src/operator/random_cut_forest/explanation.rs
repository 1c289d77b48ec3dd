//! ANOMALY_EXPLANATION: JSON with a member for every numeric column, in the order of the cursor.
//!
//! Numbers are texts of four decimals, as the old service printed them. It did not publish how STRENGTH comes about;
//! here it is how many times the part of the score on the stronger side exceeds that on the other, less one. It has a
//! bound, since a clear outlier often has nothing on the other side.

use std::fmt::Write;

use crate::row_text::write_json_string;

/// STRENGTH of a column whose score comes from one side alone.
const STRENGTH_MAX: f64 = 100.0;

/// Writes explanations.
pub(super) struct Explanations {
    /// By column, `"name":{`.
    openings: Vec<String>,
    /// With DIRECTION and STRENGTH.
    direction: bool,
}

impl Explanations {
    /// For columns of these names; `direction` is withDirectionality.
    pub(super) fn new<'a>(names: impl Iterator<Item = &'a str>, direction: bool) -> Self {
        let opening = |name: &str| {
            let mut opening = String::new();
            write_json_string(&mut opening, name);
            opening + ":{"
        };
        Self {
            openings: names.map(opening).collect(),
            direction,
        }
    }

    /// Appends the explanation of a score: `parts` has the high and the low part of every column.
    pub(super) fn write(&self, out: &mut String, parts: &[f64]) {
        for (i, (opening, parts)) in self.openings.iter().zip(parts.chunks_exact(2)).enumerate() {
            out.push(if i == 0 { '{' } else { ',' });
            out.push_str(opening);
            let (high, low) = (parts[0], parts[1]);
            if self.direction {
                let side = if high > low { "HIGH" } else { "LOW" };
                let strength = strength(high, low);
                let _ = write!(out, "\"DIRECTION\":\"{side}\",\"STRENGTH\":\"{strength:.4}\",");
            }
            let _ = write!(out, "\"ATTRIBUTION_SCORE\":\"{:.4}\"}}", high + low);
        }
        out.push('}');
    }
}

fn strength(high: f64, low: f64) -> f64 {
    if high == low {
        return 0.0;
    }
    ((high - low).abs() / high.min(low)).min(STRENGTH_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(names: &[&str], direction: bool, parts: &[f64]) -> String {
        let mut out = String::new();
        Explanations::new(names.iter().copied(), direction).write(&mut out, parts);
        out
    }

    #[test]
    fn has_the_documented_form() {
        assert_eq!(
            written(&["Systolic", "DIASTOLIC"], true, &[0.18, 0.1992, 1.9, 0.25]),
            r#"{"Systolic":{"DIRECTION":"LOW","STRENGTH":"0.1067","ATTRIBUTION_SCORE":"0.3792"},"#.to_owned()
                + r#""DIASTOLIC":{"DIRECTION":"HIGH","STRENGTH":"6.6000","ATTRIBUTION_SCORE":"2.1500"}}"#
        );
    }

    #[test]
    fn without_directionality_there_is_the_share_alone() {
        assert_eq!(
            written(&["x"], false, &[1.0, 0.5]),
            r#"{"x":{"ATTRIBUTION_SCORE":"1.5000"}}"#
        );
    }

    #[test]
    fn while_learning_it_is_low_and_zero() {
        assert_eq!(
            written(&["x"], true, &[0.0, 0.0]),
            r#"{"x":{"DIRECTION":"LOW","STRENGTH":"0.0000","ATTRIBUTION_SCORE":"0.0000"}}"#
        );
    }

    #[test]
    fn one_side_alone_has_the_greatest_strength() {
        assert_eq!(
            (strength(3.0, 0.0), strength(0.0, 1e-9)),
            (STRENGTH_MAX, STRENGTH_MAX)
        );
    }

    #[test]
    fn names_are_written_as_json() {
        assert_eq!(
            written(&["a \"b\"\\"], false, &[0.0, 0.0]),
            r#"{"a \"b\"\\":{"ATTRIBUTION_SCORE":"0.0000"}}"#
        );
    }
}
