//! Right-sizing of a snapshot from end to end.

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::PathBuf;

use orch_cost::rightsizing::{
    Effort, Entry, EstateSettings, PROFILES, Profile, Settings, rightsize as judge,
};
use orch_engine::Inventory;
use orch_model::{Dataset, Kind, Metric};
use orch_report::View;
use orch_report::rightsize::{Head, build, json, table, v1};
use orch_snapshot::{Needs, load, raw_series};
use rust_decimal::Decimal;

use crate::catalog::prices;
use crate::exit::{Exit, ExitCode};
use crate::setup::read_config;
use crate::words::unknown_word;
use crate::{AppError, Mistake};

/// The formats of the report; the first is the default.
const FORMATS: [&str; 2] = ["table", "json"];
/// How much work a change may be, by name.
const EFFORTS: [(&str, Effort); 4] = [
    ("very-low", Effort::VeryLow),
    ("low", Effort::Low),
    ("medium", Effort::Medium),
    ("high", Effort::High),
];
/// The metrics that are read.
const READ: [Metric; 5] = [
    Metric::Cpu,
    Metric::NetworkIn,
    Metric::NetworkOut,
    Metric::MemoryAvailable,
    Metric::CreditBalance,
];
/// How many candidates are listed where nothing else is said.
const LISTED: usize = 3;

/// Right-sizing as asked for.
#[derive(Debug, Clone, Default)]
pub struct RightsizeRequest {
    /// The snapshot.
    pub snapshot: PathBuf,
    /// The name of the profile.
    pub profile: Option<String>,
    /// Days to look back.
    pub lookback: Option<u32>,
    /// What to take for the peak of memory use, in percent, where it is not measured.
    pub assume_memory: Option<String>,
    /// The most work that a change may be.
    pub effort: Option<String>,
    /// Types of another architecture too.
    pub other_architecture: bool,
    /// Types that run on credits too.
    pub burstable: bool,
    /// Only types with a published price.
    pub published_prices: bool,
    /// How many candidates to list.
    pub top: Option<usize>,
    /// The format of the report.
    pub format: Option<String>,
    /// The folder with price tables of the user's own.
    pub catalog: Option<PathBuf>,
    /// The configuration file; `orch.toml` in the working directory, if it is there, when not named.
    pub config: Option<PathBuf>,
}

/// Right-sizing that came to its end.
#[derive(Debug)]
pub struct Rightsized {
    /// How the program ends.
    pub exit: Exit,
    report: v1::Report,
    json: bool,
}

impl Rightsized {
    /// Writes the report in the format asked for.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, view: &View, out: &mut dyn Write) -> io::Result<()> {
        if self.json {
            return json(&self.report, out);
        }
        table(&self.report, view.width, out)
    }
}

/// Looks at every running instance of a snapshot.
///
/// # Errors
/// Options that cannot be meant, and everything that keeps the snapshot from being read.
pub fn rightsize(request: &RightsizeRequest) -> Result<Rightsized, AppError> {
    let mut settings = settings(request)?;
    let configured = read_config(request.config.as_deref())?.options.catalog;
    settings.settings.prices = prices(request.catalog.as_deref().or(configured.as_deref()))?;
    let json = match &request.format {
        Some(format) => chosen("format", format, &FORMATS)? == "json",
        None => false,
    };
    let dir = &request.snapshot;
    let snapshot = load(dir, &needs())?;
    let inventory = Inventory::new(&snapshot);
    let estate = judge(&inventory, || raw_series(dir), &settings)?;
    let head = Head {
        version: env!("CARGO_PKG_VERSION"),
        as_of: snapshot.as_of,
        settings: &settings.settings,
    };
    // A gap matters where nothing cheaper was found: what could not be read may have kept it off.
    let hindered = |entry: &&Entry| !entry.gaps.is_empty() && entry.recommendation.chosen.is_none();
    let gaps = estate.unjudged.iter().filter(|one| one.gap).count()
        + estate.entries.iter().filter(hindered).count();
    Ok(Rightsized {
        exit: exit(gaps, estate.not_read.len()),
        report: build(&head, &estate),
        json,
    })
}

/// What is read of the snapshot.
fn needs() -> Needs {
    let kinds = [Kind::ComputeInstance, Kind::ComputeInstanceType].map(Dataset::Kind);
    let series = READ.map(Dataset::Series);
    Needs(Some(
        kinds.into_iter().chain(series).collect::<BTreeSet<_>>(),
    ))
}

fn exit(gaps: usize, places: usize) -> Exit {
    if gaps == 0 && places == 0 {
        return Exit {
            code: ExitCode::Clean,
            why: "everything that was read is judged".to_owned(),
        };
    }
    Exit {
        code: ExitCode::Incomplete,
        why: format!(
            "incomplete view: {gaps} answers may be others because of gaps, instances of {places} places are not completely read"
        ),
    }
}

fn settings(request: &RightsizeRequest) -> Result<EstateSettings, AppError> {
    let names = PROFILES.each_ref().map(|profile| profile.name);
    let profile = match &request.profile {
        Some(name) => chosen("profile", name, &names)?,
        None => names[0],
    };
    let efforts = EFFORTS.each_ref().map(|(name, _)| *name);
    let effort = match &request.effort {
        Some(name) => chosen("effort", name, &efforts)?,
        None => "high",
    };
    let most_effort = EFFORTS.iter().find(|(name, _)| *name == effort);
    let settings = Settings {
        profile: Profile::named(profile).unwrap_or_default(),
        lookback_days: request.lookback,
        assume_memory: request.assume_memory.as_deref().map(percent).transpose()?,
        other_architecture: request.other_architecture,
        burstable: request.burstable,
        derived_prices: !request.published_prices,
        most_effort: most_effort.map_or(Effort::High, |(_, effort)| *effort),
        table: request.top.unwrap_or(LISTED).max(1),
        ..Settings::default()
    };
    Ok(EstateSettings {
        settings,
        ..EstateSettings::default()
    })
}

/// One of a few words.
fn chosen<'w>(what: &str, word: &str, words: &[&'w str]) -> Result<&'w str, AppError> {
    words
        .iter()
        .find(|known| **known == word)
        .copied()
        .ok_or_else(|| AppError::usage(unknown_word(what, word, words.iter().copied())))
}

fn percent(text: &str) -> Result<Decimal, AppError> {
    let number: Option<Decimal> = text.parse().ok();
    let within = |number: &Decimal| *number > Decimal::ZERO && *number <= Decimal::ONE_HUNDRED;
    number.filter(within).ok_or_else(|| {
        let message = format!("`{}` is no share of the memory", orch_report::visible(text));
        AppError::usage(Mistake::new(
            message,
            "write a number of percent above 0 and up to 100: 60",
        ))
    })
}
