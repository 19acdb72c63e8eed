//! What every front end shares: configuration, the pipeline, exit codes.

mod brief;
mod catalog;
mod clouds;
mod collect;
pub mod config;
mod cost;
mod doctor;
mod error;
mod exit;
mod live;
mod options;
mod output;
mod permissions;
mod pipeline;
mod plan;
pub mod plans;
mod project;
mod rightsize;
pub mod rules;
mod setup;
mod shape;
mod watch;
mod words;

pub use brief::{BriefRequest, brief, review};
pub use catalog::{
    CatalogueRequest, CatalogueShown, CatalogueUpdated, catalog_show, catalog_update,
};
pub use chrono::NaiveDate;
pub use collect::{CollectRequest, collect};
pub use cost::{CostOutcome, CostRequest, cost, is_remote};
pub use doctor::{Diagnosis, DoctorRequest, doctor};
pub use error::{AppError, Several, Shown, Told};
pub use exit::{Exit, ExitCode, Said};
pub use options::{Options, RawOptions};
pub use orch_collect::Progress;
pub use orch_model::{Outcome, Provider, Read, Scope, Time};
pub use orch_plan::project::Change;
pub use orch_plan::status::Wish;
pub use orch_report::View;
pub use output::{check_is_not_read, check_output, write_output};
pub use permissions::permissions;
pub use pipeline::{AuditOutcome, AuditRequest, audit};
pub use plan::{Planned, plan};
pub use project::{ProjectAsk, ProjectRequest, project};
pub use rightsize::{RightsizeRequest, Rightsized, rightsize};
pub use setup::{Setup, check_config};
pub use watch::{Cancel, Events, Watch, events};
pub use words::{AllowGaps, FailOn, Mistake, visible_lines};
