//! Measures of scores: how well they tell anomalies from the rest, and how alike two of them are.

/// Ranks from 1; equal values share the mean of theirs.
pub fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut from = 0;
    while from < order.len() {
        let equal = (order[from..].iter())
            .take_while(|&&i| values[i] == values[order[from]])
            .count();
        for &i in &order[from..from + equal] {
            ranks[i] = from as f64 + (equal as f64 + 1.0) / 2.0;
        }
        from += equal;
    }
    ranks
}

/// Area under the ROC curve: how often an anomaly scores above an ordinary row, ties counted half.
pub fn auc(scores: &[f64], labels: &[bool]) -> f64 {
    let ranks = ranks(scores);
    let anomalies = labels.iter().filter(|&&label| label).count() as f64;
    let ordinary = labels.len() as f64 - anomalies;
    let sum: f64 = (ranks.iter().zip(labels))
        .filter(|(_, label)| **label)
        .map(|(rank, _)| rank)
        .sum();
    (sum - anomalies * (anomalies + 1.0) / 2.0) / (anomalies * ordinary)
}

/// Spearman's rank correlation.
pub fn spearman(a: &[f64], b: &[f64]) -> f64 {
    let (a, b) = (ranks(a), ranks(b));
    let middle = mean(&a);
    let (mut both, mut first, mut second) = (0.0, 0.0, 0.0);
    for (a, b) in a.iter().zip(&b) {
        both += (a - middle) * (b - middle);
        first += (a - middle).powi(2);
        second += (b - middle).powi(2);
    }
    both / (first * second).sqrt()
}

/// Arithmetic mean.
pub fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// Mean of `a − b`, and of its absolute value.
pub fn differences(a: &[f64], b: &[f64]) -> (f64, f64) {
    let differences: Vec<f64> = a.iter().zip(b).map(|(a, b)| a - b).collect();
    let absolute: Vec<f64> = differences.iter().map(|d| d.abs()).collect();
    (mean(&differences), mean(&absolute))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_values_share_a_rank() {
        assert_eq!(ranks(&[3.0, 1.0, 3.0, 2.0]), [3.5, 1.0, 3.5, 2.0]);
    }

    #[test]
    fn ties_count_half_in_the_area() {
        let labels = [false, true, false, true];
        assert_eq!(auc(&[1.0, 2.0, 1.0, 2.0], &labels), 1.0);
        assert_eq!(auc(&[1.0, 1.0, 1.0, 1.0], &labels), 0.5);
        assert_eq!(auc(&[1.0, 2.0, 3.0, 4.0], &labels), 0.75);
    }

    #[test]
    fn correlation_is_of_ranks() {
        assert_eq!(spearman(&[1.0, 2.0, 30.0], &[5.0, 6.0, 7.0]), 1.0);
        assert_eq!(spearman(&[1.0, 2.0, 30.0], &[7.0, 6.0, 5.0]), -1.0);
    }
}
