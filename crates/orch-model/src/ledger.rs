//! Every call that was made to a cloud, without its content.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use smol_str::SmolStr;

use crate::{Cause, Scope, Time};

/// How a call ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CallOutcome {
    /// Answered.
    Ok,
    /// Failed for this cause after its retries.
    Failed(Cause),
}

/// One call, its retries included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// When it began.
    pub at: Time,
    /// Where; `None` for calls made before the account was known.
    pub scope: Option<Scope>,
    /// The collector that made it; `None` for discovery.
    pub collector: Option<SmolStr>,
    /// Service and operation as policies name it: `ec2:DescribeInstances`.
    pub operation: SmolStr,
    /// Requests sent, at least one.
    pub attempts: u32,
    /// How it ended.
    pub outcome: CallOutcome,
    /// Items in the answer.
    pub items: u64,
    /// What the provider charges for it in US dollars; zero when it is free.
    pub charge_usd: Decimal,
}
