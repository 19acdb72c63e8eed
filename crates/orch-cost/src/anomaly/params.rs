//! What counts as a change: every threshold that somebody may want to set otherwise.

use rust_decimal::Decimal;

/// The thresholds.
#[derive(Debug, Clone, PartialEq)]
pub struct AnomalyParams {
    /// The least mean excess a day, in the series' currency. 1 by default: of the published rules the clearest,
    /// Huawei's Cost Center, lets an alarm begin one dollar above what is forecast.
    pub absolute_floor: Decimal,
    /// The least excess as a part of what is expected. 0.2 by default: Huawei's Cost Center calls less than 20 %
    /// minor.
    pub relative_floor: f64,
    /// The smallest change that is looked for: the tests weigh "up by this part" against "as usual". 0.4 by
    /// default, the percentage at which AWS Cost Anomaly Detection mails unless told otherwise.
    pub change: f64,
    /// How many times as likely the days must be after such a change as without one. The one threshold between
    /// misses and false alarms; the default is tuned on seed 1 of `docs/anomalies.md`.
    pub odds: f64,
    /// Days of history without which nothing is judged: two of each weekday.
    pub least_days: usize,
    /// Days of history that are used at most: thirteen weeks, a quarter.
    pub history_days: usize,
    /// Days after which a change that has lasted is the new usual level.
    pub settle_days: usize,
}

impl Default for AnomalyParams {
    fn default() -> Self {
        Self {
            absolute_floor: Decimal::ONE,
            relative_floor: 0.2,
            change: 0.4,
            odds: 100.0,
            least_days: 14,
            history_days: 91,
            settle_days: 14,
        }
    }
}
