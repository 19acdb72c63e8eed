//! Which instance type an instance needs: one engine for the fact, the report and every cloud.

pub mod burst;
mod candidate;
mod database;
mod effort;
mod estate;
pub mod idle;
mod measured;
mod need;
mod profile;
mod recommend;
mod recommendation;
mod risk;
mod speed;
pub(crate) mod volume;

pub use candidate::{Candidate, Refusal};
pub use database::{ClassCandidate, ClassEntry, Databases};
pub use effort::{Effort, effort};
pub use estate::{Entry, Estate, EstateSettings, NotRead, Subject, Unjudged, rightsize};
pub use measured::{Measured, Network, Percentile};
pub use need::Need;
pub use profile::{PROFILES, Profile};
pub use recommend::{Input, Settings, recommend};
pub use recommendation::{
    Applied, CpuFigures, Effective, Group, MemoryFigures, NetworkFigures, Now, Quote,
    Recommendation, Verdict,
};
pub use risk::Risk;
pub use volume::{Disk, DiskCandidate, DiskEntry, Disks};

#[cfg(test)]
mod advisors_tests;
#[cfg(test)]
mod golden_tests;
#[cfg(test)]
mod property_tests;
#[cfg(test)]
mod tests;
