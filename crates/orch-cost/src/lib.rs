//! What things cost and how much of them is used: prices, utilisation, right-sizing, billing.

pub mod anomaly;
pub mod bill;
pub mod catalog;
pub mod charge;
pub mod commitment;
mod counted;
pub mod daily;
pub mod facts;
#[cfg(feature = "billing-files")]
pub mod files;
pub mod forecast;
mod instance_type;
pub mod machine_type;
mod price;
pub mod rates;
pub mod rightsizing;
mod savings;
mod utilisation;
mod volume_types;
mod weekly;

pub use price::{Amount, HOURS_A_MONTH, Price, price};
pub use savings::{Savings, savings};
pub use utilisation::{CpuUse, NetworkUse, Utilisation, utilisation};
pub use volume_types::{Modern, modern};
