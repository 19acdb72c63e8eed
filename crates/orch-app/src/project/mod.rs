//! `orch project …`: a project file, what is done to it, and what it says.

mod changing;
mod file;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use orch_plan::project::{self, Change, ChangeError, ReadingOf};
use orch_plan::results::{self, Before};
use orch_plan::status::{self, Wish};
use orch_plan::{Library, TemplateError};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::exit::{Exit, ExitCode, Said};
use crate::output::{json, write_new};
use crate::plans::{self, date};
use crate::setup::Setup;
use crate::words::{Mistake, unknown_word};
use crate::{AppError, Time};
use changing::changed;
pub(crate) use file::OnDisk;

/// How reports are written; the first is the default.
const FORMATS: [&str; 3] = ["markdown", "json", "table"];

/// A command on a project.
#[derive(Debug, Clone)]
pub struct ProjectRequest {
    /// The project file.
    pub file: PathBuf,
    /// The day that counts as today, where it is not that of `now`.
    pub today: Option<String>,
    /// The time.
    pub now: Time,
    /// How the answer is written.
    pub format: Option<String>,
    /// The run to look at.
    pub run: Option<PathBuf>,
    /// A folder with more specialists.
    pub library: Option<PathBuf>,
    /// How many columns a table may have.
    pub width: usize,
    /// Options and configuration, for the run.
    pub setup: Setup,
    /// What is asked.
    pub ask: ProjectAsk,
}

/// What a command on a project is.
#[derive(Debug, Clone)]
pub enum ProjectAsk {
    /// A new file.
    New {
        /// The name.
        name: String,
        /// What is asked for.
        request: String,
        /// The clouds.
        clouds: Vec<String>,
        /// The first day, where it is not today.
        start: Option<String>,
    },
    /// How it stands.
    Status,
    /// The week.
    Weekly,
    /// What it brought; the run from before, where it is not the one it was planned with.
    Complete {
        /// That run.
        before: Option<PathBuf>,
    },
    /// A change by a person.
    Change(Change),
    /// Something was measured.
    Measure {
        /// The metric.
        metric: String,
        /// The value.
        value: String,
        /// The unit, where the metric is new.
        unit: Option<String>,
        /// `up` or `down`, where the metric is new.
        better: Option<String>,
        /// What it is to reach, whether the metric is new or there.
        target: Option<String>,
        /// When, where it is not today.
        on: Option<String>,
        /// Where it is from.
        source: String,
    },
    /// Files of measurements.
    Import {
        /// The files.
        files: Vec<PathBuf>,
    },
    /// What can be done about a change, or doing it.
    Reprioritize {
        /// What made it necessary, and which tasks come first now.
        wish: Wish,
        /// The option that is chosen, with the reason and who decided.
        choose: Option<(u32, String, Option<String>)>,
    },
    /// What a later run says.
    Reconcile,
}

/// Does it.
///
/// # Errors
/// A file or run that cannot be read, a change that makes no sense, a file that cannot be written.
pub fn project(request: &ProjectRequest) -> Result<Said, AppError> {
    let library = plans::library(request.library.as_deref())?;
    let today = plans::today(request.today.as_deref(), request.now)?;
    let format = match &request.format {
        None => FORMATS[0],
        Some(word) => {
            let found = FORMATS.iter().find(|known| *known == word);
            *found.ok_or_else(|| AppError::usage(unknown_word("format", word, FORMATS)))?
        }
    };
    if let ProjectAsk::New {
        name,
        request: wanted,
        clouds,
        start,
    } = &request.ask
    {
        let start = start
            .as_deref()
            .map(|start| date("--start", start))
            .transpose()?;
        if name.trim().is_empty() {
            return Err(AppError::usage(Mistake::new(
                "the name of the project is empty",
                "name it in a few words",
            )));
        }
        let text = project::fresh(name, wanted, clouds, start.unwrap_or(today));
        write_new(&request.file, &text)?;
        let said = format!(
            "`{}` is written: edit it, then `orch project status`",
            request.file.display()
        );
        return changed(
            request,
            format,
            vec![said],
            Vec::new(),
            BTreeSet::new(),
            None,
        );
    }
    let on_disk = OnDisk::read_on(&request.file, &library, Some(today))?;
    near(on_disk.project.start, today)?;
    let runs = plans::Runs::of(&request.setup);
    let run = request.run.as_deref();
    let run = run.map(|path| runs.read(path)).transpose()?;
    let told = Telling {
        request,
        format,
        library: &library,
        today,
        held: &on_disk,
    };
    match &request.ask {
        ProjectAsk::New { .. } => Err(AppError::Internal(
            "a new file was asked for twice".to_owned(),
        )),
        ProjectAsk::Status => {
            let status = status::status(&on_disk.project, run.as_ref(), today).map_err(input)?;
            let why = format!("the project is {}", status.overall.title.to_lowercase());
            match format {
                "table" => {
                    let mut text = Vec::new();
                    status::status_table(&status, request.width, &mut text)
                        .map_err(|error| AppError::Internal(error.to_string()))?;
                    Ok(clean(String::from_utf8_lossy(&text).into_owned(), why))
                }
                _ => told.report(&status, status::status_markdown(&status), why),
            }
        }
        ProjectAsk::Weekly => {
            let weekly = status::weekly(&on_disk.project, run.as_ref(), today).map_err(input)?;
            let why = format!("the project is {}", weekly.overall.title.to_lowercase());
            told.report(&weekly, status::weekly_markdown(&weekly), why)
        }
        ProjectAsk::Complete { before } => {
            let planned = on_disk
                .project
                .baseline
                .as_ref()
                .map(|baseline| PathBuf::from(&baseline.run));
            let before = before.clone().or(planned.filter(|path| path.exists()));
            let before = before.map(|path| runs.read(&path)).transpose()?;
            let compared = Before {
                before: before.as_ref(),
                after: run.as_ref(),
            };
            let report =
                results::completion(&on_disk.project, compared, &library, today).map_err(input)?;
            told.report(
                &report,
                results::completion_markdown(&report),
                "the results are written".to_owned(),
            )
        }
        ProjectAsk::Change(change) => {
            told.change(std::slice::from_ref(change), today, Vec::new(), None)
        }
        ProjectAsk::Measure {
            metric,
            value,
            unit,
            better,
            target,
            on,
            source,
        } => {
            let on = on
                .as_deref()
                .map(|on| date("--on", on))
                .transpose()?
                .unwrap_or(today);
            let typed = ReadingOf {
                metric: metric.clone(),
                unit: unit.clone(),
                up_is_good: better.as_deref().map(|word| word == "up"),
                target: target
                    .as_deref()
                    .map(|target| number("target", target))
                    .transpose()?,
                on,
                value: number("value", value)?,
                source: source.clone(),
            };
            let change = Change::Measure(results::filled(typed, &on_disk.project));
            told.change(&[change], today, Vec::new(), None)
        }
        ProjectAsk::Import { files } => told.import(files),
        ProjectAsk::Reprioritize { wish, choose } => told.reprioritize(wish, choose.as_ref()),
        ProjectAsk::Reconcile => {
            let Some(run) = run else {
                return Err(AppError::usage(Mistake::new(
                    "there is no run to look at",
                    "add --run RUN",
                )));
            };
            told.reconcile(&run)
        }
    }
}

/// A day long before the first one of the project is a slip of the hand.
fn near(start: NaiveDate, today: NaiveDate) -> Result<(), AppError> {
    const DAYS: i64 = 366;
    if (start - today).num_days() > DAYS {
        return Err(AppError::usage(Mistake::new(
            format!("the project begins on {start}, more than a year after {today}"),
            "check --today, or write an earlier `start` into the file",
        )));
    }
    Ok(())
}

/// One command on a file that was read.
struct Telling<'t> {
    request: &'t ProjectRequest,
    format: &'t str,
    library: &'t Library,
    today: NaiveDate,
    held: &'t OnDisk,
}

impl Telling<'_> {
    fn report(
        &self,
        value: &impl Serialize,
        markdown: Result<String, TemplateError>,
        why: String,
    ) -> Result<Said, AppError> {
        let text = match self.format {
            "json" => json(value)?,
            "table" => {
                return Err(AppError::usage(Mistake::new(
                    "this report has no table",
                    "use --format markdown or --format json",
                )));
            }
            _ => markdown.map_err(internal)?,
        };
        Ok(clean(text, why))
    }
}

fn clean(text: String, why: String) -> Said {
    Said {
        text,
        exit: Exit {
            code: ExitCode::Clean,
            why,
        },
    }
}

fn number(what: &str, text: &str) -> Result<Decimal, AppError> {
    text.parse().map_err(|_| {
        let message = format!("the {what} `{}` is no number", orch_report::visible(text));
        AppError::usage(Mistake::new(message, "write a decimal number: 99.95"))
    })
}

fn refused(error: ChangeError) -> AppError {
    AppError::Input(Mistake {
        message: format!("failed to change the project: {error}"),
        help: error.help(),
    })
}

fn input(error: orch_plan::ScheduleError) -> AppError {
    AppError::Input(Mistake::new(
        format!("failed to schedule the project: {error}"),
        error.help(),
    ))
}

fn internal(error: TemplateError) -> AppError {
    AppError::Internal(error.to_string())
}
