//! Anomalies and forecasts on bills whose truth is known, and the laws that hold for any bill.
#![expect(clippy::expect_used, reason = "tests")]

mod anomalies;
mod evaluation;
mod figures;
mod forecasts;
mod generator;
mod growing;
mod properties;
