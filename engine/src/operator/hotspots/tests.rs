//! The ends of the range of numbers, and of the column that holds the result.

use super::points::{Hotspot, Points};
use super::{RESULT_CHARS_MAX, write_result};

/// How many hotspots are near each of these points on a line, two making one.
fn near(radius: f64, points: &[f64]) -> Vec<usize> {
    let mut window = Points::new(1, 100, radius, 2);
    points.iter().map(|&point| window.add(&[point]).len()).collect()
}

#[test]
fn distances_are_compared_at_both_ends_of_the_range() {
    let least = f64::from_bits(1);
    for (radius, points, expected) in [
        (1e200, vec![0.0, 1e200, 2.1e200], vec![0, 1, 0]),
        (1e-200, vec![0.0, 1e-200, 2.1e-200], vec![0, 1, 0]),
        (least, vec![0.0, least, 3.0 * least], vec![0, 1, 0]),
        (f64::MAX, vec![-f64::MAX, f64::MAX, 0.0], vec![0, 0, 1]),
        (1.0, vec![f64::MAX, -f64::MAX, f64::MAX], vec![0, 0, 1]),
    ] {
        assert_eq!(near(radius, &points), expected, "{radius} {points:?}");
    }
}

#[test]
fn densities_are_numbers_whatever_the_size() {
    let density = |radius: f64, at: f64| {
        let mut points = Points::new(2, 100, radius, 2);
        points.add(&[0.0, 0.0]);
        points.add(&[at, at]).remove(0).density
    };
    assert_eq!(density(1e-200, 0.0), f64::MAX);
    assert_eq!(density(1e200, 0.0), 0.0);
    assert_eq!(density(0.5, 0.0), 8.0);
}

#[test]
fn the_result_keeps_the_densest_that_fit() {
    let hotspot = |density| Hotspot {
        density,
        least: vec![-1.234_567_890_123_456_7e-300; 10],
        greatest: vec![-1.234_567_890_123_456_7e-300; 10],
    };
    let near: Vec<Hotspot> = (0..100).map(|i| hotspot(f64::from(100 - i))).collect();
    let mut text = String::new();
    write_result(&mut text, &near);
    assert!(text.len() <= RESULT_CHARS_MAX && text.len() > RESULT_CHARS_MAX - 1_000);
    let json: serde_json::Value = serde_json::from_str(&text).unwrap();
    let kept = json["hotspots"].as_array().unwrap();
    assert_eq!(kept[0]["density"], 100.0);
    assert_eq!(kept[kept.len() - 1]["density"], 101.0 - kept.len() as f64);
    // One hotspot of the most columns that the binder lets through always fits.
    let mut text = String::new();
    let least = vec![-1.234_567_890_123_456_7e-300; 190];
    let one = Hotspot {
        density: 1.234_567_890_123_456_7e-300,
        greatest: least.clone(),
        least,
    };
    write_result(&mut text, &[one]);
    assert!(text.contains("maxValues") && text.len() <= RESULT_CHARS_MAX);
}
