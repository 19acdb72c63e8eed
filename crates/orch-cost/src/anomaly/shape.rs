//! Whether a change that lasts came at once or over days, and when it began.

/// Days over which a rise is looked for; 1 is a step.
const RAMPS: [usize; 6] = [1, 5, 7, 10, 14, 21];
/// A rise must explain the days so much better than a step, in variances of a day: it has one more parameter.
const BETTER: f64 = 6.0;

/// The best description of a change.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Shape {
    /// Place of its first day in the window.
    pub(crate) first: usize,
    /// Days until it has its full size; 1 for a step.
    pub(crate) over: usize,
}

/// Fits steps and rises to residuals by least squares. `latest_start` bounds where it can begin.
pub(crate) fn shape(residuals: &[f64], latest_start: usize, sigma: f64) -> Shape {
    let mut best: Option<(f64, Shape)> = None;
    for over in RAMPS {
        for first in 0..=latest_start.min(residuals.len().saturating_sub(1)) {
            let height = |day: usize| {
                if day < first {
                    0.0
                } else {
                    ((day - first + 1) as f64 / over as f64).min(1.0)
                }
            };
            let (mut product, mut square) = (0.0, 0.0);
            for (day, residual) in residuals.iter().enumerate() {
                product += residual * height(day);
                square += height(day).powi(2);
            }
            let size = product / square;
            let handicap = if over == 1 { 0.0 } else { BETTER * sigma * sigma };
            let left: f64 = residuals
                .iter()
                .enumerate()
                .map(|(day, residual)| (residual - size * height(day)).powi(2))
                .sum::<f64>()
                + handicap;
            if best.is_none_or(|(least, _)| left < least) {
                best = Some((left, Shape { first, over }));
            }
        }
    }
    best.map_or(Shape { first: 0, over: 1 }, |(_, shape)| shape)
}
