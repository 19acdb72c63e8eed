//! Rule files become a checked catalogue, and a snapshot becomes verdicts. Reads no cloud.

mod catalog;
pub mod docs;
mod embedded;
mod evaluate;
pub mod facts;
mod framework;
mod inventory;
pub mod lang;
pub mod netset;
pub mod reach;
mod rule;
mod settings;
pub mod slots;
pub mod value;
mod waiver;

pub use catalog::{Catalog, Facts, RuleSource, UnknownRule};
pub use evaluate::{Answered, Counts, Evaluation, Verdict, answers, evaluate};
pub use facts::{Fact, FactSpec};
pub use framework::{Automation, Control, Framework};
pub use inventory::{Inventory, Listing, Unseen};
pub use rule::{
    AdjustFile, Amount, AppliesTo, Asked, At, CostFile, Effort, Expect, Ordered, ParamFile,
    ParamRange, Remediation, Rule, RuleFile, RuleFileError, RuleParam, SeriesFile, Sources,
    TestFile, TestOutcome, TestReport, ask,
};
pub use settings::{RankParams, RuleSettings, Selection, Settings};
pub use waiver::{Waived, Waiver, WaiverState, WaiverStatus};
