//! `orch project …`: a project file, what is done to it, and what it says.

mod file;

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use orch_plan::project::{self, Change, ChangeError, Project, ReadingOf, edit, reconcile};
use orch_plan::results::{self, Before};
use orch_plan::status::{self, Wish, v1};
use orch_plan::{Library, TemplateError};
use rust_decimal::Decimal;
use serde::Serialize;

use crate::exit::{Exit, ExitCode, Said};
use crate::output::{json, read_text, write_new};
use crate::plans::{self, date};
use crate::setup::Setup;
use crate::words::{Mistake, unknown_word};
use crate::{AppError, Time};
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
        /// What it is to reach, where the metric is new.
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
    let today = match &request.today {
        Some(text) => date("--today", text)?,
        None => request.now.date_naive(),
    };
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
    let run = request
        .run
        .as_deref()
        .map(|path| plans::run(path, &request.setup))
        .transpose()?;
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
            let before = before
                .map(|path| plans::run(&path, &request.setup))
                .transpose()?;
            let runs = Before {
                before: before.as_ref(),
                after: run.as_ref(),
            };
            let report =
                results::completion(&on_disk.project, runs, &library, today).map_err(input)?;
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
            let known = results::KNOWN.iter().find(|known| known.id == metric);
            let on = on
                .as_deref()
                .map(|on| date("--on", on))
                .transpose()?
                .unwrap_or(today);
            let change = Change::Measure(ReadingOf {
                metric: metric.clone(),
                unit: unit.clone().or(known.map(|known| known.unit.to_owned())),
                up_is_good: match better.as_deref() {
                    None => known.map(|known| known.up_is_good),
                    Some(word) => Some(word == "up"),
                },
                target: target
                    .as_deref()
                    .map(|target| number("target", target))
                    .transpose()?,
                on,
                value: number("value", value)?,
                source: source.clone(),
            });
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

    /// Changes the file and tells what was done.
    fn change(
        &self,
        changes: &[Change],
        on: NaiveDate,
        not_done: Vec<String>,
        notice: Option<(String, Vec<String>)>,
    ) -> Result<Said, AppError> {
        let (text, said) = edit(&self.held.text, self.library, changes, on).map_err(refused)?;
        if text != self.held.text {
            self.held.replace(&text)?;
        }
        let (notice, briefings) = notice.map_or((None, None), |(notice, owners)| {
            (Some(notice), Some(owners))
        });
        let owners = match briefings {
            Some(owners) => owners.into_iter().collect(),
            None => owners(&self.held.project, changes),
        };
        changed(self.request, self.format, said, not_done, owners, notice)
    }

    fn import(&self, files: &[PathBuf]) -> Result<Said, AppError> {
        let mut texts = Vec::new();
        for path in files {
            let name = path
                .file_name()
                .unwrap_or(path.as_os_str())
                .to_string_lossy()
                .into_owned();
            texts.push((name, read_text(path)?));
        }
        let (readings, unused) = results::readings(&texts, &self.held.project, self.today)
            .map_err(|error| {
                AppError::Input(Mistake::new(
                    error.to_string(),
                    "`orch project metric import --help` shows the forms",
                ))
            })?;
        // A file that is read again has its older readings again: those that are there change nothing.
        let changes: Vec<Change> = readings.into_iter().map(Change::Measure).collect();
        self.change(&changes, self.today, unused, None)
    }

    fn reprioritize(
        &self,
        wish: &Wish,
        choose: Option<&(u32, String, Option<String>)>,
    ) -> Result<Said, AppError> {
        let project = &self.held.project;
        for id in &wish.first {
            if !project.tasks.iter().any(|task| task.id == *id) {
                let known: Vec<&str> = project.tasks.iter().map(|task| task.id.as_str()).collect();
                return Err(AppError::usage(unknown_word("task", id, known)));
            }
        }
        let options = status::options(project, wish, self.today).map_err(input)?;
        let shown = &options.shown;
        let Some((number, reason, by)) = choose else {
            let why = format!("{} options, nothing is changed", shown.options.len());
            return self.report(shown, status::options_markdown(shown), why);
        };
        let Some(changes) = status::choose(&options, *number, reason, by.as_deref()) else {
            return Err(AppError::usage(Mistake::new(
                format!("there is no option {number}"),
                match shown.options.len() {
                    0 => "there is nothing to choose from".to_owned(),
                    count => format!(
                        "choose 1 to {count}, as `orch project reprioritize` shows them without --choose"
                    ),
                },
            )));
        };
        let notice = {
            let file = self.request.file.display().to_string();
            let run = project
                .baseline
                .as_ref()
                .map(|baseline| baseline.run.as_str());
            status::notice(shown, *number, reason, (&file, run)).map_err(internal)?
        };
        let chosen = shown.options.iter().find(|one| one.number == *number);
        let briefings = chosen.map(|one| one.briefings.clone()).unwrap_or_default();
        self.change(&changes, self.today, Vec::new(), Some((notice, briefings)))
    }

    fn reconcile(&self, run: &orch_plan::Run) -> Result<Said, AppError> {
        let project = &self.held.project;
        let Some(found) = reconcile(project, run, self.today) else {
            return Err(AppError::Input(Mistake::new(
                format!(
                    "failed to compare: `{}` is older than the run that the project was planned with",
                    run.name
                ),
                "name a later run",
            )));
        };
        let as_of = run
            .report
            .run
            .as_of
            .get(..10)
            .and_then(|day| day.parse().ok());
        let mut not_done = found.not_proven.clone();
        not_done.extend(unplanned(&found.unplanned));
        let said = self.change(&found.changes, as_of.unwrap_or(self.today), not_done, None)?;
        if found.not_proven.is_empty() {
            return Ok(said);
        }
        let tasks = found.not_proven.len();
        let noun = if tasks == 1 { "task has" } else { "tasks have" };
        Ok(Said {
            exit: Exit {
                code: ExitCode::Incomplete,
                why: format!(
                    "incomplete view: {tasks} {noun} findings that are not seen and not proven gone"
                ),
            },
            ..said
        })
    }
}

/// Open findings that no task is about: the gravest by name, the others as a number.
fn unplanned(rules: &[(String, String, u64)]) -> Vec<String> {
    const NAMED: usize = 5;
    let noun = |count: u64| if count == 1 { "finding" } else { "findings" };
    let mut out: Vec<String> = rules
        .iter()
        .take(NAMED)
        .map(|(rule, severity, count)| {
            format!(
                "{count} {severity} {} of `{rule}` in no task of the project",
                noun(*count)
            )
        })
        .collect();
    let more: u64 = rules.iter().skip(NAMED).map(|(_, _, count)| count).sum();
    if more > 0 {
        let rules = rules.len() - NAMED;
        let what = if rules == 1 { "rule" } else { "rules" };
        out.push(format!(
            "{more} {} of {rules} more {what} in no task of the project",
            noun(more)
        ));
    }
    out
}

/// Specialists whose briefings change with changes: those of the tasks, and those that wait for them.
fn owners(project: &Project, changes: &[Change]) -> BTreeSet<String> {
    let touched: Vec<&str> = changes
        .iter()
        .filter_map(|change| match change {
            Change::Done { task, .. }
            | Change::Reopen { task, .. }
            | Change::Block { task, .. }
            | Change::Drop { task } => Some(task.as_str()),
            Change::Unblock { id } => {
                let blocker = project
                    .blockers
                    .iter()
                    .find(|one| one.id == *id || one.task == *id);
                blocker.map(|one| one.task.as_str())
            }
            _ => None,
        })
        .collect();
    let concerned = project.tasks.iter().filter(|task| {
        touched.contains(&task.id.as_str())
            || task.after.iter().any(|id| touched.contains(&id.as_str()))
    });
    concerned.map(|task| task.owner.clone()).collect()
}

fn changed(
    request: &ProjectRequest,
    format: &str,
    changes: Vec<String>,
    not_done: Vec<String>,
    briefings: BTreeSet<String>,
    notice: Option<String>,
) -> Result<Said, AppError> {
    let why = match changes.len() {
        0 => "nothing was to be changed".to_owned(),
        1 => "1 change".to_owned(),
        count => format!("{count} changes"),
    };
    let value = v1::Changed {
        schema: v1::CHANGED.to_owned(),
        file: request.file.display().to_string(),
        changes,
        not_done,
        briefings: briefings.into_iter().collect(),
        notice,
    };
    let text = match format {
        "json" => json(&value)?,
        _ => status::changed_markdown(&value).map_err(internal)?,
    };
    Ok(clean(text, why))
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
        "take one of them out of `after`",
    ))
}

fn internal(error: TemplateError) -> AppError {
    AppError::Internal(error.to_string())
}
