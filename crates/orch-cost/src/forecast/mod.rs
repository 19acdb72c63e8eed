//! What the coming days will cost, between which bounds, and how well that was known before.

mod backtest;
mod calibrate;
mod project;
mod trend;

pub use backtest::{BacktestReport, backtest};
pub use calibrate::contradicted;
pub use project::{
    Forecast, ForecastDay, ForecastParams, Interval, MonthForecast, NoForecast, end_of_month,
    forecast,
};
