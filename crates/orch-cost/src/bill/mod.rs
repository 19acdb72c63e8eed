//! What a bill says: totals, averages, trends, shares, groups.

mod days;
mod groups;
mod month;
mod outlook;
mod summary;

pub use days::{CLOSING_HOURS, Period, is_closed, last_closed_day};
pub use groups::{Dimension, Group, groups};
pub use month::{Budget, Month, Spending, spending};
pub use outlook::{Changes, Outlook, changes, outlook};
pub use summary::{
    Basis, Costs, Day, Share, Summary, TOP_SERVICES, TREND_DAYS, basis, closed_usage, summaries,
    without,
};
