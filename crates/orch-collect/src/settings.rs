//! The numbers a user may change about collection.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use rust_decimal::Decimal;

/// How much is read, how patiently, and at what price. [`Default`] is what a run uses when nobody says
/// otherwise.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CollectSettings {
    /// Days of metrics, up to the time of the snapshot. Default 14.
    pub metric_days: u32,
    /// Days of billing lines, up to the time of the snapshot. Default 30.
    pub cost_days: u32,
    /// Where billing lines of closed months that were paid for are kept between runs; none: nowhere. Default none.
    pub cost_cache: Option<PathBuf>,
    /// From which day of the following month on the invoice of a month is closed, 1 to 28. Default 5.
    pub invoice_day: u32,
    /// How long a connection may take to open. Default 5 s.
    pub connect: Duration,
    /// How long one request may take. Default 20 s.
    pub attempt: Duration,
    /// How long a call may take, all its requests and the waits between them. Default 120 s.
    pub call: Duration,
    /// How long the collectors of one scope may take together, from the start of the first. Default 10 min.
    pub scope: Duration,
    /// Requests a call may send at most. Default 8.
    pub max_attempts: u32,
    /// Collectors that run at the same time. Default 32.
    pub concurrency: usize,
    /// Collectors that run at the same time for one account, region and service. Default 8.
    pub service_concurrency: usize,
    /// Connect failures or time-outs of a host in a row after which it is left alone. Default 3.
    pub circuit: u32,
    /// What charged calls may cost per account and collection, those of an interrupted run that is resumed
    /// included, in US dollars. Default 0.10.
    pub max_api_cost: Decimal,
    /// Whether a collector makes each of its calls once in a scope and no more: that shows whether it may,
    /// and reads next to nothing. Default no.
    pub once: bool,
}

impl Default for CollectSettings {
    fn default() -> Self {
        Self {
            metric_days: 14,
            cost_days: 30,
            cost_cache: None,
            invoice_day: 5,
            connect: Duration::from_secs(5),
            attempt: Duration::from_secs(20),
            call: Duration::from_secs(120),
            scope: Duration::from_secs(600),
            max_attempts: 8,
            concurrency: 32,
            service_concurrency: 8,
            circuit: 3,
            max_api_cost: Decimal::new(10, 2),
            once: false,
        }
    }
}

/// Names under which a plan keeps the settings that decide what is read.
const METRIC_DAYS: &str = "metric_days";
const COST_DAYS: &str = "cost_days";

impl CollectSettings {
    /// The settings that decide what is read, for the plan of a collection.
    pub(crate) fn for_plan(&self) -> BTreeMap<String, String> {
        BTreeMap::from([
            (METRIC_DAYS.to_owned(), self.metric_days.to_string()),
            (COST_DAYS.to_owned(), self.cost_days.to_string()),
        ])
    }

    /// These settings with what a resumed collection was begun with, so that all of it reads alike.
    #[must_use]
    pub fn resumed(mut self, plan: &orch_snapshot::Plan) -> Self {
        let days = |name: &str| plan.settings.get(name).and_then(|days| days.parse().ok());
        self.metric_days = days(METRIC_DAYS).unwrap_or(self.metric_days);
        self.cost_days = days(COST_DAYS).unwrap_or(self.cost_days);
        self
    }
}
