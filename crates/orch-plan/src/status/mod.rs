//! How a project stands: progress, dates, red flags, escalations, options, the week.

mod budget;
mod build;
mod decisions;
mod escalation;
mod flags;
mod forecast;
mod overall;
mod reprioritize;
mod table;
pub mod v1;
mod weekly;
mod write;

pub(crate) use budget::{COUNTED, blocked_days, days_spent, worked_days};
pub use build::status;
pub use escalation::{ESCALATIONS, Escalation};
pub(crate) use flags::moves_production;
pub(crate) use forecast::took;
pub use forecast::{Forecast, forecast};
pub use overall::Overall;
pub use reprioritize::{Options, Wish, choose, options};
pub use table::status_table;
pub use weekly::weekly;
pub use write::{changed_markdown, notice, options_markdown, status_markdown, weekly_markdown};
