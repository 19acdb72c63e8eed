//! What commands change in a project file, and what they tell of it.

use std::collections::BTreeSet;
use std::path::PathBuf;

use chrono::NaiveDate;
use orch_plan::project::{Change, Project, edit, reconcile, waits};
use orch_plan::results::{self, last_run};
use orch_plan::status::{self, Wish, v1};

use super::{OnDisk, ProjectAsk, ProjectRequest, Telling, clean, input, internal, refused};
use crate::AppError;
use crate::exit::{Exit, ExitCode, Said};
use crate::output::{json, read_text};
use crate::words::{Mistake, unknown_word};

impl Telling<'_> {
    /// Makes the changes in the file. Where somebody else was faster they are made in what that one wrote, unless they were
    /// computed from what it was before.
    fn write(&self, changes: &[Change], on: NaiveDate) -> Result<Vec<String>, AppError> {
        const TRIES: usize = 40;
        let is_of_person = matches!(
            self.request.ask,
            ProjectAsk::Change(_) | ProjectAsk::Measure { .. } | ProjectAsk::Import { .. }
        );
        let mut anew: Option<OnDisk> = None;
        for _ in 0..if is_of_person { TRIES } else { 1 } {
            let held = anew.as_ref().unwrap_or(self.held);
            let (text, said) = edit(&held.text, self.library, changes, on).map_err(refused)?;
            if text == held.text || held.replace(&text)? {
                return Ok(said);
            }
            let today = Some(self.today);
            anew = Some(OnDisk::read_on(&self.request.file, self.library, today)?);
        }
        Err(self.held.changed())
    }

    /// Changes the file and tells what was done.
    pub(super) fn change(
        &self,
        changes: &[Change],
        on: NaiveDate,
        not_done: Vec<String>,
        notice: Option<(String, Vec<String>)>,
    ) -> Result<Said, AppError> {
        let said = self.write(changes, on)?;
        let (notice, briefings) = notice.map_or((None, None), |(notice, owners)| {
            (Some(notice), Some(owners))
        });
        let owners = match briefings {
            Some(owners) => owners.into_iter().collect(),
            None => owners(&self.held.project, changes),
        };
        changed(self.request, self.format, said, not_done, owners, notice)
    }

    pub(super) fn import(&self, files: &[PathBuf]) -> Result<Said, AppError> {
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

    pub(super) fn reprioritize(
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
            let count = shown.options.len();
            let noun = if count == 1 { "option" } else { "options" };
            let why = format!("{count} {noun}, nothing is changed");
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
            let run = last_run(project, self.today);
            status::notice(shown, *number, reason, (&file, run.as_deref())).map_err(internal)?
        };
        let chosen = shown.options.iter().find(|one| one.number == *number);
        let briefings = chosen.map(|one| one.briefings.clone()).unwrap_or_default();
        self.change(&changes, self.today, Vec::new(), Some((notice, briefings)))
    }

    pub(super) fn reconcile(&self, run: &orch_plan::Run) -> Result<Said, AppError> {
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
        if let Some(as_of) = as_of.filter(|as_of| *as_of > self.today) {
            return Err(AppError::Input(Mistake::new(
                format!(
                    "failed to compare: the run is of {as_of}, after today, {}",
                    self.today
                ),
                format!("say --today {as_of}, or name an earlier run"),
            )));
        }
        let mut not_done = found.not_proven.clone();
        not_done.extend(found.too_early);
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
    if !out.is_empty() {
        out.push(
            "a [[task]] with their `rule`, `scopes` and `findings` (fingerprints, as `orch audit --format json` has them) \
             takes them into the project"
                .to_owned(),
        );
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
    let waits = waits(project);
    let concerned = project.tasks.iter().filter(|task| {
        let mut after = waits.get(task.id.as_str()).into_iter().flatten();
        touched.contains(&task.id.as_str()) || after.any(|id| touched.contains(id))
    });
    concerned.map(|task| task.owner.clone()).collect()
}

/// What a command did, as it is told.
pub(super) fn changed(
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
