//! Projects: what they are, how their file is read and edited, what a later run says of them.

mod change;
mod edges;
mod edit;
#[cfg(test)]
mod edit_tests;
mod fresh;
mod ids;
mod model;
mod phases;
mod read;
mod reconcile;
mod savings;
mod schemas;
mod steps;
mod waits;

pub use change::{Change, ChangeError, ReadingOf, edit};
pub(crate) use change::{GIVEN_UP, REPRIORITIZE, SEEN_DONE};
pub(crate) use edges::{Edge, edges};
pub use edit::EditError;
use edit::Paper;
#[cfg(test)]
use edit::lost_lines;
pub use fresh::fresh;
pub(crate) use ids::{id_of, is_id};
pub use model::{
    Baseline, Blocker, Budget, Decision, Entry, LimitBefore, Metric, Params, Phase, Project,
    Reading, Risk, Spent, State, Task, VERSION,
};
pub(crate) use phases::stands;
pub use read::{Mistake, line_and_column, out_of_time, read, read_on};
pub use reconcile::{Reconciled, reconcile};
pub(crate) use reconcile::{Seen, Shown, scope_of, still_shown};
pub(crate) use savings::savings;
pub use schemas::schemas;
pub use waits::waits;
pub(crate) use waits::{behind, reached};
