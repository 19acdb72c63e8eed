//! `orch project …`: what can be typed, and the call that does it.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use orch_app::{Change, ProjectAsk, ProjectRequest, RawOptions, Wish};

use crate::args::Shared;
use crate::commands::{Ended, now, print, setup};
use crate::plan::Library;
use crate::terminal;

/// A project and what is done to it.
#[derive(Debug, Args)]
pub(crate) struct Project {
    #[command(subcommand)]
    command: Command,

    /// The project file.
    #[arg(
        long,
        visible_alias = "project",
        value_name = "FILE",
        default_value = "orch-project.toml",
        global = true
    )]
    file: PathBuf,

    /// The day that counts as today. Default: that of the clock, UTC.
    #[arg(long, value_name = "YYYY-MM-DD", global = true)]
    today: Option<String>,

    /// markdown (the default), json (schemas orch/project-…-v1), and of the status also table.
    #[arg(long, value_name = "FORMAT", global = true)]
    format: Option<String>,

    #[command(flatten)]
    library: Library,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a small project file to begin with; `orch plan new` writes a whole plan.
    New {
        /// The name of the project.
        name: String,

        /// What is asked for, in a sentence.
        #[arg(long, value_name = "TEXT", default_value = "")]
        request: String,

        /// The clouds in play: aws, azure, gcp.
        #[arg(long, value_name = "CLOUD,…", value_delimiter = ',', value_parser = ["aws", "azure", "gcp"])]
        clouds: Vec<String>,

        /// The first day. Default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        start: Option<String>,
    },
    /// Say how it stands: phases, progress, dates, hand-offs, blockers, red flags, escalations, decisions needed.
    Status {
        #[command(flatten)]
        run: Run,
    },
    /// A task is begun.
    Start {
        /// The task.
        task: String,
    },
    /// A task is done.
    Done {
        /// The task.
        task: String,

        /// What shows it: a run, a link, a sentence.
        #[arg(long, value_name = "TEXT")]
        evidence: String,
    },
    /// Say how much of a task is done.
    Percent {
        /// The task.
        task: String,

        /// 0 to 99.
        percent: u8,
    },
    /// Something holds a task up.
    Block {
        /// The task.
        task: String,

        /// What.
        what: String,

        /// Nothing else can go on either: somebody must decide.
        #[arg(long)]
        critical: bool,

        /// What is done about it.
        #[arg(long, value_name = "TEXT")]
        mitigation: Option<String>,
    },
    /// A blocker is over.
    Unblock {
        /// The blocker, or a task for all of its blockers.
        id: String,
    },
    /// Something may go wrong, or no longer.
    Risk {
        /// What.
        #[arg(required_unless_present = "over")]
        what: Option<String>,

        /// How likely: low, medium, high.
        #[arg(long, value_name = "WORD", default_value = "medium")]
        likelihood: String,

        /// How bad: low, medium, high.
        #[arg(long, value_name = "WORD", default_value = "medium")]
        impact: String,

        /// How it is watched or kept small.
        #[arg(long, value_name = "TEXT")]
        watch: Option<String>,

        /// This risk is over.
        #[arg(long, value_name = "ID", conflicts_with_all = ["what", "watch"])]
        over: Option<String>,
    },
    /// Ask for a decision, or record one with --decided.
    Decide {
        /// The question, or the id of one that is open.
        what: String,

        /// What was decided.
        #[arg(long, value_name = "TEXT", requires = "reason")]
        decided: Option<String>,

        /// Why.
        #[arg(long, value_name = "TEXT", requires = "decided")]
        reason: Option<String>,

        /// Who decides, or did.
        #[arg(long, value_name = "NAME")]
        by: Option<String>,

        /// What could be done; may be given several times.
        #[arg(long, value_name = "TEXT")]
        option: Vec<String>,

        /// What it is about: outage, production-vulnerability, compliance-violation, critical-blocker, budget,
        /// timeline, conflicting-recommendations, strategic-decision. A slip of dates or budget is decided on by one of
        /// timeline or budget.
        #[arg(long, value_name = "KIND")]
        kind: Option<String>,
    },
    /// Measurements.
    #[command(subcommand)]
    Metric(Metric),
    /// Say what can be done about a change: later, more people, less work, another order; then choose.
    Reprioritize {
        /// What made it necessary.
        #[arg(long, value_name = "TEXT")]
        because: String,

        /// A task that must come first now; may be given several times.
        #[arg(long, value_name = "TASK")]
        task: Vec<String>,

        /// Do it as this option says, record the decision, and print what to tell everybody.
        #[arg(long, value_name = "N", requires = "reason")]
        choose: Option<u32>,

        /// Why.
        #[arg(long, value_name = "TEXT", requires = "choose")]
        reason: Option<String>,

        /// Who decided.
        #[arg(long, value_name = "NAME", requires = "choose")]
        by: Option<String>,
    },
    /// Note something that happened; `lesson: …` goes into the completion report.
    Log {
        /// What.
        what: String,

        /// The task it is about.
        #[arg(long, value_name = "TASK")]
        task: Option<String>,
    },
    /// Report on the week that ends with --today, and on what the next one is for.
    Weekly {
        #[command(flatten)]
        run: Run,
    },
    /// Report what the project brought: before and after, cost, return, lessons.
    Complete {
        /// The run from before. Default: the one that the project was planned with.
        #[arg(long, value_name = "RUN")]
        before: Option<PathBuf>,

        #[command(flatten)]
        run: Run,
    },
    /// Close tasks whose findings are gone in a run, and open again those whose findings are back.
    ///
    /// A finding is gone only where the run would have shown it: its rule was asked and its scopes were read. Exit code 3:
    /// some are not seen and not proven gone.
    Reconcile {
        #[command(flatten)]
        run: Run,
    },
}

/// A run.
#[derive(Debug, Args)]
struct Run {
    /// The run to look at: a snapshot directory, or what `orch audit --format json` wrote.
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,

    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Subcommand)]
enum Metric {
    /// One value, typed.
    Add {
        /// The metric: uptime, response-time-p95, or one of your own.
        metric: String,

        /// The value.
        #[arg(allow_hyphen_values = true)]
        value: String,

        /// Its unit, where it is measured for the first time.
        #[arg(long, value_name = "UNIT")]
        unit: Option<String>,

        /// What is better: up or down.
        #[arg(long, value_name = "WAY", value_parser = ["up", "down"])]
        better: Option<String>,

        /// What it is to reach.
        #[arg(long, value_name = "VALUE")]
        target: Option<String>,

        /// When. Default: today.
        #[arg(long, value_name = "YYYY-MM-DD")]
        on: Option<String>,

        /// Where it is from.
        #[arg(long, value_name = "TEXT")]
        source: String,
    },
    /// Files of measurements, deployments and incidents, as CSV or JSON.
    ///
    /// Measurements: metric, on, value, and for new metrics unit, better (up or down). Deployments: id, deployed_at,
    /// committed_at, result (success or failed), environment. Incidents: id, started_at, resolved_at, deployment. What
    /// GitHub (workflow runs, deployments by GraphQL, issues) and GitLab (deployments, issues) export is read as it is.
    /// Deployment frequency, lead time, MTTR and change failure rate are computed from all files together. What cannot be,
    /// or stands there twice, is told with its line; another value for the same metric, day and source corrects the old one.
    Import {
        /// The files.
        #[arg(required = true)]
        files: Vec<PathBuf>,
    },
}

/// Does it.
pub(crate) fn project(project: Project) -> Ended {
    let mut looked_at = None;
    let ask = ask(project.command, &mut looked_at);
    let (run, shared) = match looked_at {
        Some(Run { run, shared }) => (run, shared),
        None => (None, Shared::default()),
    };
    let said = orch_app::project(&ProjectRequest {
        file: project.file,
        today: project.today,
        now: now(),
        format: project.format,
        run,
        library: project.library.library,
        width: terminal::width(),
        setup: setup(RawOptions::default(), shared),
        ask,
    })?;
    print(&said.text)?;
    Ok(Some(said.exit))
}

fn ask(command: Command, looked_at: &mut Option<Run>) -> ProjectAsk {
    let change = match command {
        Command::New {
            name,
            request,
            clouds,
            start,
        } => {
            return ProjectAsk::New {
                name,
                request,
                clouds,
                start,
            };
        }
        Command::Status { run } => {
            *looked_at = Some(run);
            return ProjectAsk::Status;
        }
        Command::Weekly { run } => {
            *looked_at = Some(run);
            return ProjectAsk::Weekly;
        }
        Command::Complete { before, run } => {
            *looked_at = Some(run);
            return ProjectAsk::Complete { before };
        }
        Command::Reconcile { run } => {
            *looked_at = Some(run);
            return ProjectAsk::Reconcile;
        }
        Command::Metric(Metric::Import { files }) => return ProjectAsk::Import { files },
        Command::Metric(Metric::Add {
            metric,
            value,
            unit,
            better,
            target,
            on,
            source,
        }) => {
            return ProjectAsk::Measure {
                metric,
                value,
                unit,
                better,
                target,
                on,
                source,
            };
        }
        Command::Reprioritize {
            because,
            task,
            choose,
            reason,
            by,
        } => {
            let choose = choose.zip(reason);
            return ProjectAsk::Reprioritize {
                wish: Wish {
                    because,
                    first: task,
                },
                choose: choose.map(|(number, reason)| (number, reason, by)),
            };
        }
        Command::Start { task } => Change::Start { task },
        Command::Done { task, evidence } => Change::Done { task, evidence },
        Command::Percent { task, percent } => Change::Percent { task, percent },
        Command::Block {
            task,
            what,
            critical,
            mitigation,
        } => Change::Block {
            task,
            what,
            critical,
            mitigation,
        },
        Command::Unblock { id } => Change::Unblock { id },
        Command::Risk { over: Some(id), .. } => Change::RiskOver { id },
        Command::Risk {
            what,
            likelihood,
            impact,
            watch,
            over: None,
        } => Change::Risk {
            what: what.unwrap_or_default(),
            likelihood,
            impact,
            watch,
        },
        Command::Decide {
            what,
            decided,
            reason,
            by,
            option,
            kind,
        } => match decided.zip(reason) {
            Some((decided, reason)) => Change::Decide {
                what,
                decided,
                reason,
                by,
                options: option,
                kind,
            },
            None => Change::Ask {
                question: what,
                kind,
                options: option,
                decider: by,
            },
        },
        Command::Log { what, task } => Change::Log {
            what,
            task,
            on: None,
        },
    };
    ProjectAsk::Change(change)
}
