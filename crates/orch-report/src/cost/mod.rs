//! A bill for people and for programs.

mod build;
mod commitment_rows;
mod commitments;
mod csv;
mod markdown;
mod rows;
mod table;
#[cfg(test)]
mod tests;
pub mod v1;
pub mod v1_commitments;

use std::io;

pub use build::{CostInput, build};

use crate::View;
use crate::format::write_json;

/// One format of a bill.
#[derive(Debug)]
pub struct CostFormat {
    /// Its name on the command line.
    pub name: &'static str,
    /// The name of the file, where it is one of several in a directory.
    pub file: &'static str,
    /// Whether it has anything to say of this analysis.
    pub fits: fn(&v1::CostAnalysis) -> bool,
    /// Writes it.
    pub write: fn(&v1::CostAnalysis, &CostView, &mut dyn io::Write) -> io::Result<()>,
}

/// How people want to see a bill.
#[derive(Debug, Clone, Copy)]
pub struct CostView {
    /// Width and colour.
    pub view: View,
    /// How many services, regions, accounts and groups are shown.
    pub top: usize,
}

/// Every format; the first is the default.
pub const COST_FORMATS: &[CostFormat] = &[
    CostFormat {
        name: "table",
        file: "cost-analysis.txt",
        fits: |_| true,
        write: table::write,
    },
    CostFormat {
        name: "json",
        file: "cost-analysis.json",
        fits: |_| true,
        write: |analysis, _, out| write_json(analysis, out),
    },
    CostFormat {
        name: "markdown",
        file: "cost-analysis.md",
        fits: |_| true,
        write: markdown::write,
    },
    CostFormat {
        name: "csv",
        file: "cost-analysis.csv",
        fits: |_| true,
        write: csv::write,
    },
    CostFormat {
        name: "commitments-csv",
        file: "cost-commitments.csv",
        fits: |analysis| analysis.commitments.is_some(),
        write: csv::hours,
    },
];

/// The JSON schema of [`v1::CostAnalysis`].
pub fn cost_schema() -> schemars::Schema {
    schemars::schema_for!(v1::CostAnalysis)
}
