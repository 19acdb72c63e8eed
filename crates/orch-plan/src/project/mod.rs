//! Projects: what they are.

mod model;

pub use model::{
    Baseline, Blocker, Budget, Decision, Entry, Metric, Phase, Project, Reading, Risk, Spent,
    State, Task, VERSION,
};
