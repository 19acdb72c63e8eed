//! `orch plan …` and `orch specialist …`: requests and runs in, analyses, projects and pictures out.

mod library;
mod runs;

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use chrono::NaiveDate;
use orch_plan::plan::{self, Ask, PlanError, PlanView};
use orch_plan::{Analysis, Library, Run};

use crate::output::write_new;
use crate::project::OnDisk;
use crate::setup::Setup;
use crate::words::{Mistake, unknown_word};
use crate::{AppError, Time};
pub use library::library;
pub use runs::run;
pub(crate) use runs::{Runs, run_with};

/// The formats of lists and analyses.
const FORMATS: [&str; 2] = ["table", "json"];
/// The formats of plans.
const PICTURES: [&str; 4] = ["table", "mermaid", "svg", "json"];
/// Working places of one specialist that nobody has.
const MOST_AT_A_TIME: u32 = 100;

/// What `orch plan analyze` and `orch plan new` are asked.
#[derive(Debug, Clone, Default)]
pub struct PlanRequest {
    /// What somebody asks for, in words.
    pub text: Option<String>,
    /// The snapshot directory or report whose findings belong to it.
    pub run: Option<PathBuf>,
    /// A folder with more specialists and patterns.
    pub library: Option<PathBuf>,
    /// Options and configuration with which a snapshot is evaluated.
    pub setup: Setup,
}

impl PlanRequest {
    fn run(&self) -> Result<Option<Run>, AppError> {
        let path = self.run.as_deref();
        path.map(|path| run(path, &self.setup)).transpose()
    }
}

/// Analyses a request.
///
/// # Errors
/// Nothing to analyse, or what keeps the run or the library from being read.
pub fn analyze(request: &PlanRequest, today: NaiveDate) -> Result<Analysis, AppError> {
    let library = library(request.library.as_deref())?;
    match (&request.text, request.run()?) {
        (Some(text), _) => Ok(orch_plan::analyse(&library, text).with_deadline(text, today)),
        (None, Some(run)) => Ok(plan::analyse_run(&library, &run)),
        (None, None) => Err(AppError::usage(Mistake::new(
            "there is nothing to analyse",
            "type `orch plan analyze \"what you want\"` or `orch plan analyze --from RUN`",
        ))),
    }
}

/// Writes an analysis.
///
/// # Errors
/// A format that there is not; those of `out`.
pub fn write_analysis(
    analysis: &Analysis,
    format: Option<&str>,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match format {
        Some("json") => orch_report::write_json(analysis, out),
        _ => plan::analysis_table(analysis, width, out),
    }
}

/// Whether a format is one of lists and analyses.
///
/// # Errors
/// One that is not, with a suggestion.
pub fn check_format(format: Option<&str>) -> Result<(), AppError> {
    known(format, &FORMATS)
}

/// Whether a format is one of plans.
///
/// # Errors
/// One that is not, with a suggestion.
pub fn check_picture(format: Option<&str>) -> Result<(), AppError> {
    known(format, &PICTURES)
}

fn known(format: Option<&str>, formats: &[&str]) -> Result<(), AppError> {
    match format {
        Some(word) if !formats.contains(&word) => Err(AppError::usage(unknown_word(
            "format",
            word,
            formats.iter().copied(),
        ))),
        _ => Ok(()),
    }
}

/// What `orch plan new` is asked beside that.
#[derive(Debug, Clone, Default)]
pub struct NewPlan {
    /// The name of the project.
    pub name: Option<String>,
    /// The workflow pattern.
    pub pattern: Option<String>,
    /// The clouds.
    pub clouds: Vec<String>,
    /// The first day, as typed; today where none is.
    pub start: Option<String>,
    /// The day by which it is to be done, as typed.
    pub target: Option<String>,
    /// `specialist=number`, as typed.
    pub limits: Vec<String>,
    /// The file to write; it must not be there.
    pub out: PathBuf,
}

/// Plans a project and writes its file. The plan is given back to be shown.
///
/// # Errors
/// What keeps it from a plan, and a file that is there already.
pub fn new(request: &PlanRequest, new: &NewPlan, today: NaiveDate) -> Result<PlanView, AppError> {
    let library = library(request.library.as_deref())?;
    let mut mistakes = Vec::new();
    let mut day = |option: &str, text: &Option<String>| {
        let day = text.as_deref().map(|text| parsed(option, text))?;
        day.map_err(|mistake| mistakes.push(mistake)).ok()
    };
    let start = day("--start", &new.start).unwrap_or(today);
    let target = day("--target", &new.target);
    let limits = limits(&new.limits, &mut mistakes);
    let named = new.pattern.is_some() && !new.clouds.is_empty();
    if request.text.is_none() && request.run.is_none() && !named {
        mistakes.push(Mistake::new(
            "there is nothing to plan",
            "type `orch plan new \"what you want\"`, or `orch plan new --run RUN` to plan the findings of a run, or name \
             both --pattern and --clouds",
        ));
    }
    let mut ask = Ask {
        request: request.text.as_deref().unwrap_or_default(),
        name: new.name.as_deref(),
        pattern: new.pattern.as_deref(),
        clouds: &new.clouds,
        start,
        target,
        today,
        limits: &limits,
        run: None,
    };
    let odd = plan::check(&library, &ask);
    mistakes.extend(odd.iter().map(|error| refusal(error, new, today)));
    match free_place(&new.out) {
        Err(error) if mistakes.is_empty() => return Err(error),
        Err(error) => mistakes.push(Mistake {
            message: error.to_string(),
            help: error.next_step(),
        }),
        Ok(()) => {}
    }
    if !mistakes.is_empty() {
        return Err(AppError::Usage(mistakes));
    }
    let run = request.run()?;
    ask.run = run.as_ref();
    let project = plan::propose(&library, &ask).map_err(|error| refused(&error, new, today))?;
    let text = plan::written(&project).map_err(|error| AppError::Internal(error.to_string()))?;
    readable(&text, &library, today)?;
    let view = plan::view(&library, &project, project.start.max(today))
        .map_err(|error| AppError::Internal(error.to_string()))?;
    write_new(&new.out, &text)?;
    Ok(view)
}

/// Whether orch itself reads what it is about to write: words of a library or of a report may be none that a project takes.
fn readable(text: &str, library: &Library, today: NaiveDate) -> Result<(), AppError> {
    let Err(mistakes) = orch_plan::project::read_on(text, library, Some(today)) else {
        return Ok(());
    };
    let told: Vec<&str> = mistakes.iter().map(|one| one.message.as_str()).collect();
    Err(AppError::Input(Mistake::new(
        format!(
            "failed to plan: no command could read the file: {}",
            told.join("; ")
        ),
        "name it otherwise in the folder of --library or in the report; nothing is written",
    )))
}

/// Whether a new file can be written there.
fn free_place(path: &Path) -> Result<(), AppError> {
    if fs::symlink_metadata(path).is_ok() {
        return Err(AppError::Write {
            path: path.to_path_buf(),
            source: io::ErrorKind::AlreadyExists.into(),
        });
    }
    crate::check_output(path)
}

fn refused(error: &PlanError, new: &NewPlan, today: NaiveDate) -> AppError {
    let mistake = refusal(error, new, today);
    match error {
        // What is written in a file of the library.
        PlanError::CannotSkip { .. } | PlanError::Schedule(_) => AppError::Input(mistake),
        _ => AppError::usage(mistake),
    }
}

fn refusal(error: &PlanError, new: &NewPlan, today: NaiveDate) -> Mistake {
    match error {
        // The first day was not typed: whoever reads of it has to know where it comes from.
        PlanError::Backwards { target, .. } if new.start.is_none() => Mistake::new(
            format!(
                "failed to plan: the target {target} lies before {today}, the first day of the plan"
            ),
            format!(
                "the plan begins today where --start names no other day: give a --target of {today} or later, or an \
                 earlier --start"
            ),
        ),
        _ => Mistake::new(format!("failed to plan: {error}"), error.help()),
    }
}

/// The day that counts as today: the one that was typed, else that of the clock.
///
/// # Errors
/// What is no day.
pub fn today(typed: Option<&str>, now: Time) -> Result<NaiveDate, AppError> {
    match typed {
        Some(text) => date("--today", text),
        None => Ok(now.date_naive()),
    }
}

/// A day as people type it.
///
/// # Errors
/// What is no day.
pub fn date(option: &str, text: &str) -> Result<NaiveDate, AppError> {
    parsed(option, text).map_err(AppError::usage)
}

fn parsed(option: &str, text: &str) -> Result<NaiveDate, Mistake> {
    // Signs and years of five digits are understood too, and nobody means them.
    let day = text.parse().ok().filter(|_| text.len() == 10);
    let day = day.ok_or_else(|| {
        let message = format!("{option}: `{}` is no day", orch_report::visible(text));
        Mistake::new(message, "write it as 2026-03-31")
    })?;
    match orch_plan::project::out_of_time(day) {
        Some(help) => Err(Mistake::new(
            format!("{option}: no project is on {day}"),
            help,
        )),
        None => Ok(day),
    }
}

/// `terraform=2` for each; what is none is a mistake.
fn limits(typed: &[String], mistakes: &mut Vec<Mistake>) -> BTreeMap<String, u32> {
    let mut limits = BTreeMap::new();
    for text in typed {
        let pair = text.split_once('=').and_then(|(id, number)| {
            let number: u32 = number.trim().parse().ok()?;
            let fits = (1..=MOST_AT_A_TIME).contains(&number);
            fits.then(|| (id.trim().to_owned(), number))
        });
        let Some((id, number)) = pair else {
            let message = format!("--limit: `{}` is no limit", orch_report::visible(text));
            mistakes.push(Mistake::new(
                message,
                "write a specialist and how many tasks it does at a time: terraform=2",
            ));
            continue;
        };
        limits.insert(id, number);
    }
    limits
}

/// A plan of a project's file on a day.
///
/// # Errors
/// A file that cannot be read, or whose tasks cannot be put in order.
pub fn show(file: &Path, library: Option<&Path>, today: NaiveDate) -> Result<PlanView, AppError> {
    let library = self::library(library)?;
    let held = OnDisk::read(file, &library)?;
    plan::view(&library, &held.project, today).map_err(|error| {
        let message = format!("failed to schedule `{}`: {error}", file.display());
        AppError::Input(Mistake::new(message, error.help()))
    })
}

/// Writes a plan in a format; `progress` for how far it is instead of its dates.
///
/// # Errors
/// Those of `out`.
pub fn write_plan(
    plan: &PlanView,
    format: Option<&str>,
    progress: bool,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    let picture = match (format, progress) {
        (Some("json"), _) => return orch_report::write_json(plan, out),
        (Some("mermaid"), false) => plan::gantt(plan),
        (Some("mermaid"), true) => plan::progress(plan),
        (Some("svg"), false) => plan::gantt_svg(plan),
        (Some("svg"), true) => plan::progress_svg(plan),
        _ => return plan::table(plan, width, out),
    };
    out.write_all(picture.as_bytes())
}

/// The specialists; only that of an id, where one is given.
///
/// # Errors
/// An id that there is not, with a suggestion.
pub fn specialists(
    dir: Option<&Path>,
    id: Option<&str>,
) -> Result<plan::SpecialistsView, AppError> {
    let library = library(dir)?;
    if let Some(id) = id.filter(|id| !library.specialists.contains_key(*id)) {
        let known = library.specialists.keys().map(String::as_str);
        return Err(AppError::usage(unknown_word("specialist", id, known)));
    }
    Ok(plan::specialists(&library, id))
}

/// Writes specialists: a list, or all about each.
///
/// # Errors
/// Those of `out`.
pub fn write_specialists(
    specialists: &plan::SpecialistsView,
    format: Option<&str>,
    list: bool,
    width: usize,
    out: &mut dyn Write,
) -> io::Result<()> {
    match (format, list) {
        (Some("json"), _) => orch_report::write_json(specialists, out),
        (_, true) => specialists.list(width, out),
        (_, false) => specialists.pages(out),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_and_days_are_told_with_the_way_to_write_them() {
        let mut mistakes = Vec::new();
        let typed = ["aws=2", "aws", "gcp=0", "gcp=1000", "gcp=-1", "gcp=two"];
        let limits = limits(&typed.map(str::to_owned), &mut mistakes);
        assert_eq!((limits["aws"], limits.len(), mistakes.len()), (2, 1, 5));
        for wrong in ["2026-02-30", "+12026-01-01", "tomorrow"] {
            assert!(date("--start", wrong).is_err(), "{wrong}");
        }
    }

    fn today() -> NaiveDate {
        date("--today", "2026-11-23").unwrap()
    }

    #[test]
    fn a_pattern_and_clouds_need_no_words_and_all_mistakes_are_told_at_once() {
        let dir = tempfile::tempdir().unwrap();
        let good = NewPlan {
            pattern: Some("migration".to_owned()),
            clouds: vec!["aws".to_owned()],
            out: dir.path().join("plan.toml"),
            ..NewPlan::default()
        };
        let plan = new(&PlanRequest::default(), &good, today()).unwrap();
        assert!(plan.of > 5 && plan.start == today());
        let bad = NewPlan {
            pattern: Some("migratoin".to_owned()),
            clouds: vec!["asw".to_owned(), "gpc".to_owned()],
            start: Some("soon".to_owned()),
            target: Some("2026-11-01".to_owned()),
            limits: vec!["terraform".to_owned(), "nobody=2".to_owned()],
            ..good
        };
        let error = new(&PlanRequest::default(), &bad, today()).unwrap_err();
        let AppError::Usage(mistakes) = error else {
            panic!("{error}");
        };
        let told: Vec<&str> = mistakes.iter().map(|one| one.message.as_str()).collect();
        for part in [
            "--start: `soon` is no day",
            "--limit: `terraform` is no limit",
            "there is no pattern `migratoin`",
            "there is no cloud `asw`",
            "there is no cloud `gpc`",
            "there is no specialist `nobody`",
            "lies before the start 2026-11-23",
            "there is such a file already",
        ] {
            let is_told = told.iter().any(|one| one.contains(part));
            assert!(is_told, "{part}: {told:#?}");
        }
    }

    #[test]
    fn the_deadline_of_the_words_is_the_target() {
        let dir = tempfile::tempdir().unwrap();
        let plan = |text: &str, name: &str| {
            let request = PlanRequest {
                text: Some(text.to_owned()),
                ..PlanRequest::default()
            };
            let wanted = NewPlan {
                out: dir.path().join(name),
                ..NewPlan::default()
            };
            new(&request, &wanted, today()).unwrap()
        };
        let sure = plan("migrate our data centre to GCP by 2026-12-04", "sure.toml");
        let target = sure.target.unwrap();
        assert_eq!(target.date.to_string(), "2026-12-04");
        assert_eq!(target.verdict, "late");
        assert!(target.late[0] > 0);
        let several = plan("migrate our data centre to GCP by March", "several.toml");
        assert_eq!(several.target.unwrap().date.to_string(), "2027-03-01");
        let mut notes = several.notes.iter();
        let note = notes.find(|one| one.starts_with("The target")).unwrap();
        assert!(
            note.contains("`by march`") && note.contains("earliest"),
            "{note}"
        );
        let text = fs::read_to_string(dir.path().join("several.toml")).unwrap();
        assert!(
            text.contains("`target = 2027-03-31`"),
            "the other day is to be decided on: {text}"
        );
        let none = plan("migrate our data centre to GCP by 03/04/2027", "none.toml");
        assert_eq!(none.target, None);
        let read = show(&dir.path().join("none.toml"), None, today()).unwrap();
        assert_eq!(read, none);
    }

    #[test]
    fn a_first_day_long_past_is_told_and_work_is_expected_from_today_on() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = NewPlan {
            pattern: Some("migration".to_owned()),
            clouds: vec!["aws".to_owned()],
            start: Some("2026-10-01".to_owned()),
            out: dir.path().join("plan.toml"),
            ..NewPlan::default()
        };
        let plan = new(&PlanRequest::default(), &wanted, today()).unwrap();
        let note = plan.notes.iter().find(|one| one.contains("2026-10-01"));
        let note = note.unwrap_or_else(|| panic!("{:#?}", plan.notes));
        assert!(note.contains("53 days before 2026-11-23"), "{note}");
        assert_eq!(plan.today, today());
        assert!(plan.tasks.iter().all(|task| task.first >= today()));
        let shown = show(&dir.path().join("plan.toml"), None, today()).unwrap();
        assert_eq!(shown, plan);
    }

    #[test]
    fn a_target_before_today_says_where_the_first_day_comes_from() {
        let dir = tempfile::tempdir().unwrap();
        let wanted = NewPlan {
            pattern: Some("migration".to_owned()),
            clouds: vec!["aws".to_owned()],
            target: Some("2026-11-01".to_owned()),
            out: dir.path().join("plan.toml"),
            ..NewPlan::default()
        };
        let error = new(&PlanRequest::default(), &wanted, today()).unwrap_err();
        let AppError::Usage(mistakes) = error else {
            panic!("{error}");
        };
        assert_eq!(
            mistakes[0].message,
            "failed to plan: the target 2026-11-01 lies before 2026-11-23, the first day of the plan"
        );
    }
}
