//! Rules: the file that a person writes, and the checked rule that is made of it.

mod compile;
mod file;
mod lint;
mod params;
mod place;
mod read;
mod template;


pub use compile::{Rule, RuleParam, Sources};
pub(crate) use compile::{Programs, compile};
pub use file::{
    AppliesTo, Effort, Expect, ParamFile, Remediation, RuleFile, SeriesFile, TestFile,
};
pub(crate) use lint::lint;
pub(crate) use place::Mistakes;
pub(crate) use place::{nearest, suggestion};
pub use place::{At, Ordered, RuleFileError};
pub(crate) use read::yaml;
pub(crate) use template::{Filled, not_known, told};
