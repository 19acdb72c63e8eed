//! `orch plan …` and `orch specialist …`: what can be typed, and the calls that do it.

use std::io::{self, Write};
use std::path::PathBuf;

use clap::{Args, Subcommand};
use orch_app::RawOptions;
use orch_app::plans::{self, NewPlan, PlanRequest};

use crate::args::Shared;
use crate::commands::{Ended, broken_output, now, setup};
use crate::terminal;

#[derive(Debug, Subcommand)]
pub(crate) enum Plan {
    /// Say what a request asks for: domains, specialists with the reasons, order, pattern, and what it leaves open.
    Analyze(Analyze),
    /// Plan a project after a workflow pattern and write its file.
    New(Box<New>),
    /// Show the dates of a project: a table, or a Gantt chart as Mermaid or SVG.
    Show(Show),
}

#[derive(Debug, Args)]
pub(crate) struct Analyze {
    /// What is wanted, in your words.
    text: Option<String>,

    /// Take the findings of this run as the request: a snapshot directory, or a report written as JSON.
    #[arg(
        long,
        visible_alias = "run",
        value_name = "RUN",
        conflicts_with = "text"
    )]
    from: Option<PathBuf>,

    #[command(flatten)]
    library: Library,

    /// table (for people) or json (schema orch/analysis-v1).
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// The day that counts as today, from which "by March" is read.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<String>,

    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
pub(crate) struct New {
    /// What is wanted, in your words; not needed with --run, whose findings are the request then, nor with --pattern and
    /// --clouds.
    text: Option<String>,

    /// Plan the findings of this run, and take as done what it proves: a snapshot directory, or a report written as
    /// JSON.
    #[arg(long, value_name = "RUN")]
    run: Option<PathBuf>,

    /// The name of the project.
    #[arg(long, value_name = "NAME")]
    name: Option<String>,

    /// The workflow pattern, if not the one that the request chooses: infrastructure-setup, kubernetes-pipeline,
    /// multi-cloud, migration, modernization, or one of --library.
    #[arg(long, value_name = "PATTERN")]
    pattern: Option<String>,

    /// The clouds, if not those of the request or the run: aws, azure, gcp.
    #[arg(long, value_name = "CLOUD,…", value_delimiter = ',')]
    clouds: Vec<String>,

    /// The first day. Default: today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    start: Option<String>,

    /// The day by which it is to be done, if not the one that the request names.
    #[arg(long, value_name = "YYYY-MM-DD")]
    target: Option<String>,

    /// How many tasks a specialist does at a time, one if not given: terraform=2.
    #[arg(long, value_name = "SPECIALIST=NUMBER", value_delimiter = ',')]
    limit: Vec<String>,

    /// The file to write, readable by its owner only; it must not exist.
    #[arg(long, short, value_name = "FILE", default_value = "orch-project.toml")]
    out: PathBuf,

    #[command(flatten)]
    library: Library,

    /// The day that counts as today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<String>,

    #[command(flatten)]
    shared: Shared,
}

#[derive(Debug, Args)]
pub(crate) struct Show {
    /// The file of the project.
    #[arg(default_value = "orch-project.toml")]
    file: PathBuf,

    /// The same, called as the other commands call it.
    #[arg(
        long,
        visible_alias = "file",
        value_name = "FILE",
        conflicts_with = "file"
    )]
    project: Option<PathBuf>,

    /// table (for people), mermaid, svg, or json (schema orch/plan-v1).
    #[arg(long, value_name = "FORMAT")]
    format: Option<String>,

    /// Draw how far it is (mermaid, svg) instead of its dates.
    #[arg(long)]
    progress: bool,

    #[command(flatten)]
    library: Library,

    /// The day that counts as today.
    #[arg(long, value_name = "YYYY-MM-DD")]
    today: Option<String>,

    /// Write it to this file, readable by its owner only.
    #[arg(long, short, visible_alias = "out", value_name = "FILE")]
    output: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct Library {
    /// A folder with more or other specialists (specialists/ID.yaml), patterns (patterns/ID.yaml) and numbers
    /// (findings.yaml).
    #[arg(long, value_name = "DIR", global = true)]
    pub(crate) library: Option<PathBuf>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Specialist {
    /// List the specialists.
    List {
        #[command(flatten)]
        library: Library,
        /// table (for people) or json (schema orch/specialists-v1).
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
    /// Show one: what it knows, when to choose it, what it needs and hands over, with whom it works.
    Show {
        /// Its id.
        id: String,
        #[command(flatten)]
        library: Library,
        /// table (for people) or json (schema orch/specialists-v1).
        #[arg(long, value_name = "FORMAT")]
        format: Option<String>,
    },
}

pub(crate) fn plan(plan: Plan) -> Ended {
    match plan {
        Plan::Analyze(analyze) => self::analyze(analyze),
        Plan::New(new) => self::new(*new),
        Plan::Show(show) => self::show(show),
    }
}

fn analyze(analyze: Analyze) -> Ended {
    let format = analyze.format.as_deref();
    plans::check_format(format)?;
    let today = plans::today(analyze.today.as_deref(), now())?;
    let request = PlanRequest {
        text: analyze.text,
        run: analyze.from,
        library: analyze.library.library,
        setup: setup(RawOptions::default(), analyze.shared),
    };
    let analysis = plans::analyze(&request, today)?;
    print(|out| plans::write_analysis(&analysis, format, terminal::width(), out))
}

fn new(new: New) -> Ended {
    let today = plans::today(new.today.as_deref(), now())?;
    let request = PlanRequest {
        text: new.text,
        run: new.run,
        library: new.library.library,
        setup: setup(RawOptions::default(), new.shared),
    };
    let wanted = NewPlan {
        name: new.name,
        pattern: new.pattern,
        clouds: new.clouds,
        start: new.start,
        target: new.target,
        limits: new.limit,
        out: new.out,
    };
    let plan = plans::new(&request, &wanted, today)?;
    print(|out| {
        plans::write_plan(&plan, None, false, terminal::width(), out)?;
        writeln!(out, "\nIt is written to {}", wanted.out.display())
    })
}

fn show(show: Show) -> Ended {
    let format = show.format.as_deref();
    plans::check_picture(format)?;
    if let Some(output) = &show.output {
        orch_app::check_output(output)?;
    }
    let today = plans::today(show.today.as_deref(), now())?;
    let file = show.project.unwrap_or(show.file);
    let plan = plans::show(&file, show.library.library.as_deref(), today)?;
    let write = |out: &mut dyn Write| {
        plans::write_plan(&plan, format, show.progress, terminal::width(), out)
    };
    match &show.output {
        Some(output) => {
            orch_app::write_output(output, write)?;
            Ok(None)
        }
        None => print(write),
    }
}

pub(crate) fn specialist(specialist: Specialist) -> Ended {
    let (id, library, format) = match specialist {
        Specialist::List { library, format } => (None, library, format),
        Specialist::Show {
            id,
            library,
            format,
        } => (Some(id), library, format),
    };
    let format = format.as_deref();
    plans::check_format(format)?;
    let all = plans::specialists(library.library.as_deref(), id.as_deref())?;
    print(|out| plans::write_specialists(&all, format, id.is_none(), terminal::width(), out))
}

fn print(write: impl FnOnce(&mut dyn Write) -> io::Result<()>) -> Ended {
    terminal::print(|out| write(out)).map_err(broken_output)?;
    Ok(None)
}
