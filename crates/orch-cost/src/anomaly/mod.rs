//! When a bill changed: spikes, steps and slow rises of daily usage, each found once, with what it has cost so far.

mod contributors;
mod follow;
mod judge;
mod params;
mod report;
mod shape;
mod view;

pub use contributors::{Contributor, contributors};
pub(crate) use follow::{Change, ChangeState, Follow, follow};
pub use params::AnomalyParams;
pub use report::{
    Anomalies, Anomaly, AnomalyKind, AnomalySeverity, AnomalyState, JudgedDay, NotJudged, anomalies,
};
pub(crate) use view::View;
