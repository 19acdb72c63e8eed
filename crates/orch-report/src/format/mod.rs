//! The formats a report can be written in: one file each, one line in the table below.

use std::io;

use crate::Report;

mod json;
mod table;

pub use json::write_json;
pub(crate) use table::{Paint, grouped};

/// How a person wants to see it. Machine-readable formats take no notice of it.
#[derive(Debug, Clone, Copy)]
pub struct View {
    /// Columns there are.
    pub width: usize,
    /// Whether to colour.
    pub colour: bool,
    /// What to group by; one list if nothing.
    pub group_by: Option<GroupBy>,
}

/// One format.
#[derive(Debug)]
pub struct Format {
    /// Its name on the command line.
    pub name: &'static str,
    /// What it is for.
    pub about: &'static str,
    /// Writes the report.
    pub write: fn(&Report, &View, &mut dyn io::Write) -> io::Result<()>,
}

/// Every format; the first is the default.
pub const FORMATS: &[Format] = &[
    Format {
        name: "table",
        about: "for people: one ranked list, billing, totals, coverage",
        write: table::write,
    },
    Format {
        name: "json",
        about: "for programs: everything, schema orch/v1",
        write: json::write,
    },
];

/// The format of this name.
pub fn format(name: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == name)
}

/// What findings can be grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GroupBy {
    /// How bad.
    Severity,
    /// The rule.
    Rule,
    /// The resource.
    Resource,
    /// The region.
    Region,
    /// The account.
    Account,
    /// What it is about.
    Category,
    /// The family of the resource's kind: compute, network, storage, cloud.
    Service,
}

impl GroupBy {
    /// Every way, with its name.
    pub const ALL: &[(&'static str, Self)] = &[
        ("severity", Self::Severity),
        ("rule", Self::Rule),
        ("resource", Self::Resource),
        ("region", Self::Region),
        ("account", Self::Account),
        ("category", Self::Category),
        ("service", Self::Service),
    ];

    /// The way of this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, by)| *by)
    }
}
