//! Rules: the file that a person writes, and the checked rule that is made of it.

mod ask;
mod case;
mod checked;
mod compile;
mod expressions;
mod file;
mod lint;
mod params;
mod place;
mod read;
mod run;
mod template;

pub use ask::{Asked, ask};
pub(crate) use checked::Programs;
pub use checked::{Rule, RuleParam, Sources};
pub(crate) use compile::compile;
pub use file::{
    AdjustFile, Amount, AppliesTo, CostFile, Effort, Expect, ParamFile, Remediation, RuleFile,
    SeriesFile, TestFile,
};
pub(crate) use lint::lint;
pub use params::ParamRange;
pub(crate) use place::Mistakes;
pub use place::{At, Ordered, RuleFileError};
pub(crate) use place::{nearest, suggestion};
pub use run::{TestOutcome, TestReport};
pub(crate) use template::{Filled, not_known, told};
