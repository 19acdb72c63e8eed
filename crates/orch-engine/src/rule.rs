//! Rules: the file that a person writes, and the checked rule that is made of it.

mod ask;
mod case;
mod compile;
mod file;
mod lint;
mod params;
mod place;
mod read;
mod run;
mod template;

pub use ask::{Asked, ask};
pub(crate) use compile::{Programs, compile};
pub use compile::{Rule, RuleParam, Sources};
pub use file::{
    Amount, AppliesTo, CostFile, Effort, Expect, ParamFile, Remediation, RuleFile, SeriesFile,
    TestFile,
};
pub(crate) use lint::lint;
pub(crate) use place::Mistakes;
pub use place::{At, Ordered, RuleFileError};
pub(crate) use place::{nearest, suggestion};
pub use run::{TestOutcome, TestReport};
pub(crate) use template::{Filled, not_known, told};
