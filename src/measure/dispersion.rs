//! How evenly something is spread over the parts of a corpus.
//!
//! `counts` are its occurrences in each part and `sizes` the sizes of the parts, in the same order.
//! The examples are for counts 1, 2, 3, 4, 5 in parts of 9, 10, 10, 10, 11.

/// How far the spread is from that of the parts: ½·Σ |vᵢ/f − sᵢ|, sᵢ the relative sizes.
///
/// From 0, perfectly even, to nearly 1. `None` if there is no occurrence or no text, or if the two
/// slices differ in length. Gries 2008.
///
/// ```
/// use erya::measure::dp;
/// let value = dp(&[1, 2, 3, 4, 5], &[9, 10, 10, 10, 11]);
/// assert!((value.unwrap() - 0.18).abs() < 1e-6);
/// ```
pub fn dp(counts: &[u64], sizes: &[u64]) -> Option<f64> {
    let (occurrences, total) = (sum(counts), sum(sizes));
    if counts.len() != sizes.len() || occurrences == 0.0 || total == 0.0 {
        return None;
    }
    let parts = counts.iter().zip(sizes);
    let distance =
        |(&count, &size): (&u64, &u64)| (count as f64 / occurrences - size as f64 / total).abs();
    Some(0.5 * parts.map(distance).sum::<f64>())
}

/// The same on the whole scale from 0 to 1: dp/(1 − min s).
///
/// `None` where [`dp`] is, and for a single part. Lijffijt & Gries 2012.
///
/// ```
/// use erya::measure::dpnorm;
/// let value = dpnorm(&[1, 2, 3, 4, 5], &[9, 10, 10, 10, 11]);
/// assert!((value.unwrap() - 0.219512).abs() < 1e-6);
/// ```
pub fn dpnorm(counts: &[u64], sizes: &[u64]) -> Option<f64> {
    let dp = dp(counts, sizes)?;
    let smallest = *sizes.iter().min()? as f64 / sum(sizes);
    (smallest < 1.0).then(|| (dp / (1.0 - smallest)).min(1.0))
}

/// How even the relative frequencies are: 1 − (σp/μp)/√(n − 1), pᵢ = vᵢ/sᵢ, σ that of a population.
///
/// From 0, all in one part, to 1, even. `None` if there is no occurrence, for fewer than two parts,
/// for an empty part, or if the two slices differ in length. Juilland & Chang-Rodríguez 1964.
///
/// ```
/// use erya::measure::juilland_d;
/// let value = juilland_d(&[1, 2, 3, 4, 5], &[9, 10, 10, 10, 11]);
/// assert!((value.unwrap() - 0.785150).abs() < 1e-6);
/// ```
pub fn juilland_d(counts: &[u64], sizes: &[u64]) -> Option<f64> {
    let parts = counts.len() as f64;
    if counts.len() != sizes.len() || counts.len() < 2 || sizes.contains(&0) {
        return None;
    }
    let shares: Vec<f64> =
        counts.iter().zip(sizes).map(|(&count, &size)| count as f64 / size as f64).collect();
    let mean = shares.iter().sum::<f64>() / parts;
    let variance = shares.iter().map(|share| (share - mean).powi(2)).sum::<f64>() / parts;
    (mean > 0.0).then(|| (1.0 - variance.sqrt() / mean / (parts - 1.0).sqrt()).clamp(0.0, 1.0))
}

fn sum(counts: &[u64]) -> f64 {
    counts.iter().map(|&count| count as f64).sum()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn edges() {
        assert_eq!(dp(&[], &[]), None);
        assert_eq!(dp(&[0, 0], &[1, 1]), None);
        assert_eq!(dp(&[1], &[1, 1]), None);
        assert_eq!(dpnorm(&[3], &[9]), None);
        assert_eq!(juilland_d(&[3], &[9]), None);
        assert_eq!(juilland_d(&[3, 0], &[9, 0]), None);
        assert_eq!(juilland_d(&[5, 5], &[9, 9]), Some(1.0));
        assert!(juilland_d(&[5, 0, 0], &[9, 9, 9]).unwrap().abs() < 1e-9);
    }

    proptest! {
        #[test]
        fn values_lie_between_0_and_1(
            parts in prop::collection::vec((0_u64..100, 0_u64..100), 0..9),
        ) {
            let (counts, sizes): (Vec<u64>, Vec<u64>) =
                parts.into_iter().map(|(count, rest)| (count, count + rest)).unzip();
            for measure in [dp, dpnorm, juilland_d] {
                let value = measure(&counts, &sizes);
                prop_assert!(value.is_none_or(|value| (0.0..=1.0 + 1e-12).contains(&value)));
            }
        }
    }
}
