//! Money a day: the series that anomalies and forecasts are made of, and what a usual day of one costs.

mod baseline;
mod curve;
mod fees;
mod robust;
mod series;

pub(crate) use baseline::{Baseline, Point, fit};
pub(crate) use curve::{Curve, money};
pub(crate) use fees::{Fee, fee, is_boundary};
pub(crate) use robust::{median, spread};
pub use series::{DailySeries, SeriesKey};
