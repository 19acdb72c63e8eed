//! From a request, clouds and a run to a project, and what follows from a project: dates, room, hand-offs, pictures.

mod beside;
mod chart;
pub(crate) mod draft;
mod file;
mod findings;
mod proof;
mod propose;
mod request;
mod said;
mod settings;
mod svg;
mod table;
mod timeline;
mod view;

pub use chart::{gantt, progress};
pub use file::written;
pub use propose::{Ask, PlanError, check, propose};
pub use request::analyse_run;
pub use said::{SpecialistView, SpecialistsView, analysis as analysis_table, specialists};
pub use settings::{Effort, First, Settings};
pub use svg::{gantt_svg, progress_svg};
pub use table::table;
pub(crate) use timeline::left;
pub use timeline::{Row, Timeline, timeline};
pub use view::{HandOff, LeftOut, PhaseView, PlanView, Saving, Target, TaskView, Wait, view};

use crate::project::{State, Task};

/// The JSON schemas of what the commands print, by the name of their file.
pub fn schemas() -> [(&'static str, schemars::Schema); 3] {
    [
        ("analysis-v1", schemars::schema_for!(crate::Analysis)),
        ("plan-v1", schemars::schema_for!(PlanView)),
        ("specialists-v1", schemars::schema_for!(SpecialistsView)),
    ]
}

/// A task of which nothing is said yet.
fn empty_task() -> Task {
    Task {
        id: String::new(),
        title: String::new(),
        phase: String::new(),
        owner: String::new(),
        days: [0; 3],
        after: Vec::new(),
        objective: None,
        rollback: None,
        cannot_skip: None,
        production: false,
        rule: None,
        findings: Vec::new(),
        scopes: Vec::new(),
        found_in: std::collections::BTreeMap::new(),
        saving: None,
        currency: None,
        priority: None,
        planned: None,
        state: State::Pending,
        percent: None,
        started: None,
        finished: None,
        paused: Vec::new(),
        evidence: None,
    }
}
