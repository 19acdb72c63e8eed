//! `orch brief` and `orch review`: texts for specialists, from a run and, where there is one, a project.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use orch_plan::brief::{self as briefs, BriefError, Options, Redact, rule_notes};
use orch_plan::project::Project;
use orch_plan::{Library, review as reviews};
use serde::Serialize;

use crate::output::{self, write_output};
use crate::plans;
use crate::project::OnDisk;
use crate::setup::{Prepared, Setup};
use crate::words::{Mistake, unknown_word};
use crate::{AppError, Time};

/// The formats; the first is the default.
const FORMATS: [&str; 2] = ["markdown", "json"];
/// How many rows a list shows people; programs get all of them.
const ROWS: usize = 12;

/// Briefings or reviews as asked for.
#[derive(Debug, Clone, Default)]
pub struct BriefRequest {
    /// The specialist or the area; `all` for each of them.
    pub whom: String,
    /// A snapshot directory or a report in JSON.
    pub run: PathBuf,
    /// The file of the project.
    pub project: Option<PathBuf>,
    /// The day that counts as today, where it is not that of `now`.
    pub today: Option<String>,
    /// The time.
    pub now: Time,
    /// The directory to write to, one file each.
    pub out: Option<PathBuf>,
    /// The format.
    pub format: Option<String>,
    /// The most bytes of one text.
    pub max_bytes: Option<usize>,
    /// What is replaced by pseudonyms.
    pub redact: Vec<String>,
    /// One section only.
    pub section: Option<String>,
    /// A folder with more specialists.
    pub library: Option<PathBuf>,
    /// Rules and configuration.
    pub setup: Setup,
}

/// What a request asks about, understood.
struct Asked {
    json: bool,
    options: Options,
    run: orch_plan::Run,
    project: Option<Project>,
    library: Library,
}

impl Asked {
    fn of(request: &BriefRequest) -> Result<Self, AppError> {
        let format = request.format.as_deref().unwrap_or(FORMATS[0]);
        if !FORMATS.contains(&format) {
            return Err(AppError::usage(unknown_word("format", format, FORMATS)));
        }
        let json = format == "json";
        let mut redact = BTreeSet::new();
        for word in &request.redact {
            let known = Redact::ALL.map(Redact::as_str);
            let one = word
                .parse()
                .map_err(|_| AppError::usage(unknown_word("thing to redact", word, known)))?;
            redact.insert(one);
        }
        if let Some(out) = &request.out {
            check_directory(out)?;
        }
        let library = plans::library(request.library.as_deref())?;
        let today = plans::today(request.today.as_deref(), request.now)?;
        let project = match request.project.as_deref() {
            Some(path) => Some(OnDisk::read_on(path, &library, Some(today))?.project),
            None => None,
        };
        let prepared = Prepared::of(&request.setup)?;
        // All of a section, or of what a program reads.
        let rows = (!json && request.section.is_none()).then_some(ROWS);
        Ok(Self {
            json,
            options: Options {
                rows,
                redact,
                today: Some(today),
                rules: rule_notes(&prepared.catalog),
            },
            run: plans::run_with(&request.run, &prepared)?,
            project,
            library,
        })
    }
}

/// Briefs one specialist or all of them: the text to print, or nothing where files were written.
///
/// # Errors
/// Options that cannot be meant, and runs or projects that cannot be read.
pub fn brief(request: &BriefRequest) -> Result<String, AppError> {
    each(request, |asked, whom| {
        let ids: Vec<String> = match whom {
            "all" => asked.library.specialists.keys().cloned().collect(),
            one => vec![one.to_owned()],
        };
        let made = briefs::briefs(
            &ids,
            &asked.run,
            asked.project.as_ref(),
            &asked.library,
            &asked.options,
        );
        let named = |brief: briefs::v1::Brief| (format!("brief-{}", brief.specialist.id), brief);
        Ok(made.map_err(told)?.into_iter().map(named).collect())
    })
}

/// Reviews one area or all of them.
///
/// # Errors
/// Those of [`brief`].
pub fn review(request: &BriefRequest) -> Result<String, AppError> {
    each(request, |asked, whom| {
        let areas: Vec<&str> = match whom {
            "all" => reviews::AREAS.to_vec(),
            one => vec![one],
        };
        let unknown = areas.iter().find(|area| !reviews::AREAS.contains(area));
        if let Some(area) = unknown {
            return Err(AppError::usage(unknown_word("area", area, reviews::AREAS)));
        }
        let made = reviews::reviews(
            &areas,
            &asked.run,
            asked.project.as_ref(),
            &asked.library,
            &asked.options,
        );
        let named = |review: reviews::v1::Review| (format!("review-{}", review.area), review);
        Ok(made.map_err(told)?.into_iter().map(named).collect())
    })
}

/// A briefing or a review: what can be printed as a whole, in part, or within so many bytes.
trait Text: Serialize {
    fn markdown(&self) -> Result<String, BriefError>;
    fn section(&self, id: &str) -> Result<String, BriefError>;
    fn fit(
        &mut self,
        most: usize,
        render: impl Fn(&Self) -> Result<String, BriefError>,
    ) -> Result<String, BriefError>;
}

impl Text for briefs::v1::Brief {
    fn markdown(&self) -> Result<String, BriefError> {
        briefs::markdown(self)
    }

    fn section(&self, id: &str) -> Result<String, BriefError> {
        briefs::section_text(self, id)
    }

    fn fit(
        &mut self,
        most: usize,
        render: impl Fn(&Self) -> Result<String, BriefError>,
    ) -> Result<String, BriefError> {
        briefs::fit(self, most, render)
    }
}

impl Text for reviews::v1::Review {
    fn markdown(&self) -> Result<String, BriefError> {
        reviews::markdown(self)
    }

    fn section(&self, id: &str) -> Result<String, BriefError> {
        reviews::section_text(self, id)
    }

    fn fit(
        &mut self,
        most: usize,
        render: impl Fn(&Self) -> Result<String, BriefError>,
    ) -> Result<String, BriefError> {
        reviews::fit(self, most, render)
    }
}

/// Makes all texts that are asked for, each with its name, and prints or writes them.
fn each<T: Text>(
    request: &BriefRequest,
    make: impl Fn(&Asked, &str) -> Result<Vec<(String, T)>, AppError>,
) -> Result<String, AppError> {
    let asked = Asked::of(request)?;
    let most = request.max_bytes.unwrap_or(usize::MAX);
    let mut texts = Vec::new();
    for (name, mut one) in make(&asked, &request.whom)? {
        let text = match &request.section {
            Some(section) => one.section(section),
            None if asked.json => one.fit(most, |one| json(one)),
            None => one.fit(most, T::markdown),
        };
        texts.push((name, text.map_err(told)?));
    }
    deliver(request, asked.json, texts)
}

fn ending(json: bool) -> &'static str {
    if json { "json" } else { "md" }
}

fn json(value: &impl Serialize) -> Result<String, BriefError> {
    output::json(value).map_err(|error| BriefError::Template(error.to_string()))
}

/// Prints texts one after the other, or writes each to its file.
fn deliver(
    request: &BriefRequest,
    json: bool,
    mut texts: Vec<(String, String)>,
) -> Result<String, AppError> {
    let Some(out) = &request.out else {
        if json && texts.len() > 1 {
            // Several values in one stream are no JSON: one array is.
            let all: Vec<String> = texts
                .iter()
                .map(|(_, text)| text.trim_end().to_owned())
                .collect();
            return Ok(format!("[{}]\n", all.join(",\n")));
        }
        let all: Vec<String> = texts.drain(..).map(|(_, text)| text).collect();
        return Ok(all.join("\n"));
    };
    make_directory(out)?;
    let mut told = String::new();
    for (name, text) in texts {
        let (kind, whom) = name.split_once('-').unwrap_or(("text", &name));
        let path = out.join(briefs::file_name(kind, whom, ending(json)));
        write_output(&path, |file| file.write_all(text.as_bytes()))?;
        told.push_str(&format!("{}\n", path.display()));
    }
    Ok(told)
}

fn check_directory(out: &Path) -> Result<(), AppError> {
    if out.exists() && !out.is_dir() {
        return Err(AppError::usage(Mistake::new(
            format!("failed to write into `{}`: it is a file", out.display()),
            "name a directory; it is made where there is none",
        )));
    }
    Ok(())
}

/// A new directory is for its owner only; one that is there stays as it is.
fn make_directory(out: &Path) -> Result<(), AppError> {
    if out.is_dir() {
        return Ok(());
    }
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(out).map_err(|source| AppError::Write {
        path: out.to_path_buf(),
        source,
    })
}

fn told(error: BriefError) -> AppError {
    match error {
        BriefError::Nobody { id, known } => AppError::usage(unknown_word(
            "specialist",
            &id,
            known.iter().map(String::as_str),
        )),
        BriefError::NoSection { id, known } => AppError::usage(unknown_word(
            "section",
            &id,
            known.iter().map(String::as_str),
        )),
        error @ BriefError::TooLong { .. } => AppError::usage(Mistake::new(
            error.to_string(),
            "raise --max-bytes, or ask for one part with --section",
        )),
        BriefError::Template(why) => AppError::Internal(why),
    }
}
