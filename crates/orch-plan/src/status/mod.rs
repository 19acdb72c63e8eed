//! How a project stands: progress, dates, red flags, escalations, options, the week.

mod build;
mod escalation;
mod flags;
mod forecast;
mod overall;
//mod reprioritize;
pub mod v1;
mod weekly;
//mod write;

pub use build::status;
pub use escalation::{ESCALATIONS, Escalation};
pub use forecast::{Forecast, forecast, working_days};
pub use overall::Overall;
//R
pub use weekly::weekly;
//W
