//! Middle and spread of numbers of which some are wild.

/// Scales a median of absolute deviations to the standard deviation of a normal distribution.
const MAD_TO_SIGMA: f64 = 1.4826;
/// Tukey's biweight: 95 % as efficient as the mean on normal noise (Mosteller and Tukey 1977).
const BIWEIGHT: f64 = 4.685;
/// Values farther out than this many robust standard deviations say nothing on the spread.
const FAR: f64 = 3.0;
/// What cutting at [`FAR`] takes from the standard deviation of a normal distribution.
const CUT_SIGMA: f64 = 0.9866;

/// The middle value; of an even number the mean of the two in the middle. Zero for none.
pub(crate) fn median(values: &mut [f64]) -> f64 {
    let count = values.len();
    if count == 0 {
        return 0.0;
    }
    let middle = count / 2;
    let (below, upper, _) = values.select_nth_unstable_by(middle, f64::total_cmp);
    let upper = *upper;
    if count % 2 == 1 {
        return upper;
    }
    let lower = below.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    f64::midpoint(lower, upper)
}

/// The median of the absolute values, scaled to a standard deviation: of residuals, whose middle is zero.
pub(crate) fn mad(residuals: &[f64]) -> f64 {
    let mut sizes: Vec<f64> = residuals.iter().map(|value| value.abs()).collect();
    MAD_TO_SIGMA * median(&mut sizes)
}

/// How much a residual counts: one in the middle, nothing far out.
pub(crate) fn weight(residual: f64, scale: f64) -> f64 {
    let share = residual / (BIWEIGHT * scale);
    if share.abs() >= 1.0 {
        return 0.0;
    }
    (1.0 - share * share).powi(2)
}

/// The middle by biweight, from a first guess.
pub(crate) fn location(values: &[f64], guess: f64, scale: f64) -> f64 {
    let mut middle = guess;
    for _ in 0..3 {
        let (mut sum, mut weights) = (0.0, 0.0);
        for value in values {
            let weight = weight(value - middle, scale);
            sum += weight * value;
            weights += weight;
        }
        if weights <= 0.0 {
            return middle;
        }
        middle = sum / weights;
    }
    middle
}

/// The standard deviation of residuals: the median says which are far out, the mean square of the others is
/// much less shaken by chance than the median itself. `fitted` is the number of estimates behind them.
pub(crate) fn spread(residuals: &[f64], fitted: f64) -> (f64, f64) {
    let first = mad(residuals);
    let limit = FAR * first;
    let (mut sum, mut count) = (0.0, 0.0_f64);
    for residual in residuals.iter().filter(|value| value.abs() <= limit) {
        sum += residual * residual;
        count += 1.0;
    }
    let freedom = (count - fitted).max(1.0);
    ((sum / freedom).sqrt() / CUT_SIGMA, freedom)
}
