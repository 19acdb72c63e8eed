//! `orch brief` and `orch review`: what can be typed, and the calls that do it.

use std::path::PathBuf;

use clap::Args;
use orch_app::{AppError, BriefRequest, RawOptions, Setup};

use crate::commands::now;
use crate::plan::Library;

/// Options that both have.
#[derive(Debug, Args)]
struct Text {
    /// The run: a snapshot directory, or a report that `orch audit --format json` wrote.
    #[arg(long, value_name = "RUN")]
    run: PathBuf,

    /// The project it belongs to: its tasks, dates and budget.
    #[arg(long, visible_alias = "file", value_name = "FILE")]
    project: Option<PathBuf>,

    /// The day that counts as today, for the dates of the project. Default: that of the clock, UTC.
    #[arg(long, value_name = "DATE")]
    today: Option<String>,

    /// Write one file each into this directory, readable by its owner only, and print their names.
    #[arg(long, value_name = "DIR", help_heading = "How to report")]
    out: Option<PathBuf>,

    /// markdown (for people) or json (for programs: every list in full).
    #[arg(long, value_name = "FORMAT", help_heading = "How to report")]
    format: Option<String>,

    /// At most so many bytes each: the longest lists are cut, with the command that prints the rest.
    #[arg(long, value_name = "BYTES", help_heading = "How to report")]
    max_bytes: Option<usize>,

    /// Replace accounts, addresses or names by pseudonyms, the same ones everywhere.
    #[arg(
        long,
        value_name = "WHAT,…",
        value_delimiter = ',',
        help_heading = "How to report"
    )]
    redact: Vec<String>,

    /// Only this section, in full; what is code can be put into a file as it is.
    #[arg(long, value_name = "ID", help_heading = "How to report")]
    section: Option<String>,

    #[command(flatten)]
    library: Library,

    /// A directory with more rules.
    #[arg(long, value_name = "DIR", help_heading = "What to ask")]
    rules: Vec<PathBuf>,

    /// The configuration file; ./orch.toml if it is there.
    #[arg(long, value_name = "FILE", help_heading = "What to ask")]
    config: Option<PathBuf>,
}

/// `orch brief`.
#[derive(Debug, Args)]
pub(crate) struct Brief {
    /// The specialist, or all of them: aws, azure, gcp, terraform, ansible, cicd, kubernetes, monitoring, docker,
    /// security, observability.
    #[arg(long = "for", value_name = "ID|all")]
    whom: String,

    #[command(flatten)]
    text: Text,
}

/// `orch review`.
#[derive(Debug, Args)]
pub(crate) struct Review {
    /// The area: security, cost, resilience, compliance, performance; all of them if not given.
    #[arg(long, value_name = "AREA", default_value = "all")]
    area: String,

    #[command(flatten)]
    text: Text,
}

/// Briefs.
pub(crate) fn brief(brief: Brief) -> Result<String, AppError> {
    orch_app::brief(&request(brief.whom, brief.text))
}

/// Reviews.
pub(crate) fn review(review: Review) -> Result<String, AppError> {
    orch_app::review(&request(review.area, review.text))
}

fn request(whom: String, text: Text) -> BriefRequest {
    BriefRequest {
        whom,
        run: text.run,
        project: text.project,
        today: text.today,
        now: now(),
        out: text.out,
        format: text.format,
        max_bytes: text.max_bytes,
        redact: text.redact,
        section: text.section,
        library: text.library.library,
        setup: Setup {
            options: RawOptions {
                rules_dirs: text.rules,
                ..RawOptions::default()
            },
            config: text.config,
        },
    }
}
