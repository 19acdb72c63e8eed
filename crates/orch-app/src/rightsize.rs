//! `orch rightsize`: a live account or a snapshot, right-sized.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use orch_cost::rightsizing::{
    Effort, Entry, EstateSettings, PROFILES, Profile, Settings, rightsize as judge,
};
use orch_engine::Inventory;
use orch_model::{Dataset, Kind, Metric};
use orch_report::View;
use orch_report::rightsize::{Head, build, json, table, v1};
use orch_snapshot::{Form, Needs, load, raw_series};
use rust_decimal::Decimal;

use crate::exit::{Exit, ExitCode};
use crate::live::{self, Live};
use crate::pipeline::temporary;
use crate::setup::{Chosen, Setup};
use crate::watch::Watch;
use crate::words::unknown_word;
use crate::{AppError, Mistake, clouds};

/// The formats of the report; the first is the default.
const FORMATS: [&str; 2] = ["table", "json"];
/// How much work a change may be, by name.
const EFFORTS: [(&str, Effort); 4] = [
    ("very-low", Effort::VeryLow),
    ("low", Effort::Low),
    ("medium", Effort::Medium),
    ("high", Effort::High),
];
/// The metrics that are looked at.
const METRICS: [Metric; 9] = [
    Metric::Cpu,
    Metric::NetworkIn,
    Metric::NetworkOut,
    Metric::MemoryAvailable,
    Metric::CreditBalance,
    Metric::VolumeOperations,
    Metric::VolumeBytes,
    Metric::DatabaseCpu,
    Metric::DatabaseConnections,
];
/// How many candidates are listed where nothing else is said.
const LISTED: usize = 3;

/// Right-sizing as asked for.
#[derive(Debug, Clone, Default)]
pub struct RightsizeRequest {
    /// Options of the cloud, and the configuration.
    pub setup: Setup,
    /// The snapshot, where it is no live account.
    pub snapshot: Option<PathBuf>,
    /// The name of the preset.
    pub preset: Option<String>,
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

/// Looks at every running instance.
///
/// # Errors
/// Options that cannot be meant, and everything that keeps the cloud or the snapshot from being read.
pub fn rightsize(request: &RightsizeRequest, watch: &Watch) -> Result<Rightsized, AppError> {
    let chosen = Chosen::of(&request.setup)?;
    let settings = settings(request, &chosen.config.rightsizing)?;
    let json = match &request.format {
        Some(format) => known("format", format, &FORMATS).map_err(AppError::usage)? == "json",
        None => false,
    };
    if let Some(dir) = &request.snapshot {
        return judged(dir, &settings, json);
    }
    let temporary = temporary()?;
    let out = temporary.path().join("snapshot");
    take(&chosen, settings.settings.lookback_days(), &out, watch)?;
    judged(&out, &settings, json)
}

/// Reads instances and what is measured of them, and nothing else.
fn take(chosen: &Chosen, lookback: u32, out: &Path, watch: &Watch) -> Result<(), AppError> {
    let Some(providers) = chosen.options.providers.as_deref() else {
        return Err(AppError::usage(Mistake::new(
            "there is nothing to look at",
            "type `orch rightsize --provider aws` or `orch rightsize --snapshot DIR`",
        )));
    };
    let mut collect = chosen.config.collect.clone();
    collect.metric_days = collect.metric_days.max(lookback);
    let live = Live::connect(providers, &chosen.options, collect, watch)?;
    let selection = |provider| {
        let wanted = |datasets: &[Dataset]| read().any(|one| datasets.contains(&one));
        let names = clouds::collectors_of(provider, wanted)?;
        Ok(orch_collect::Selection::of(names, "orch rightsize"))
    };
    let (_, partial) = live::take(&live, selection, out, watch)?;
    partial.seal(Form::Text)?;
    Ok(())
}

fn judged(dir: &Path, settings: &EstateSettings, json: bool) -> Result<Rightsized, AppError> {
    let snapshot = load(dir, &needs())?;
    let inventory = Inventory::new(&snapshot);
    let estate = judge(&inventory, || raw_series(dir), settings)?;
    let head = Head {
        version: env!("CARGO_PKG_VERSION"),
        as_of: snapshot.as_of,
        settings: &settings.settings,
    };
    // A gap matters where nothing cheaper was found: what could not be read may have kept it off.
    let hindered = |entry: &&Entry| !entry.gaps.is_empty() && entry.recommendation.chosen.is_none();
    let unjudged = estate
        .unjudged
        .iter()
        .chain(&estate.disks.unjudged)
        .chain(&estate.databases.unjudged);
    let gaps =
        unjudged.filter(|one| one.gap).count() + estate.entries.iter().filter(hindered).count();
    Ok(Rightsized {
        exit: exit(
            gaps,
            estate.not_read.len() + estate.disks.not_read.len() + estate.databases.not_read.len(),
        ),
        report: build(&head, &estate),
        json,
    })
}

/// What is read of a snapshot, and of a live account.
fn read() -> impl Iterator<Item = Dataset> {
    let kinds = [
        Kind::ComputeInstance,
        Kind::ComputeInstanceType,
        Kind::StorageVolume,
        Kind::DatabaseServer,
    ]
    .map(Dataset::Kind);
    kinds.into_iter().chain(METRICS.map(Dataset::Series))
}

/// The same as the needs of loading.
pub(crate) fn needs() -> Needs {
    Needs(Some(read().collect()))
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
            "incomplete view: {gaps} answers may be others because of gaps, {places} places are not completely read"
        ),
    }
}

/// What the configuration says of right-sizing; the command line wins.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Choice {
    pub(crate) preset: Option<&'static str>,
    pub(crate) lookback: Option<u32>,
    pub(crate) assume_memory: Option<Decimal>,
    pub(crate) effort: Option<Effort>,
    pub(crate) other_architecture: bool,
    pub(crate) burstable: bool,
    pub(crate) published_prices: bool,
}

fn settings(request: &RightsizeRequest, choice: &Choice) -> Result<EstateSettings, AppError> {
    let preset = typed(&request.preset, preset)?.or(choice.preset);
    let effort = typed(&request.effort, effort)?.or(choice.effort);
    let memory = typed(&request.assume_memory, percent)?.or(choice.assume_memory);
    let settings = Settings {
        profile: preset.and_then(Profile::named).unwrap_or_default(),
        lookback_days: request.lookback.or(choice.lookback),
        assume_memory: memory,
        other_architecture: request.other_architecture || choice.other_architecture,
        burstable: request.burstable || choice.burstable,
        derived_prices: !(request.published_prices || choice.published_prices),
        most_effort: effort.unwrap_or(Effort::High),
        table: request.top.unwrap_or(LISTED).max(1),
        ..Settings::default()
    };
    Ok(EstateSettings {
        settings,
        ..EstateSettings::default()
    })
}

fn typed<T>(
    word: &Option<String>,
    of: impl Fn(&str) -> Result<T, Mistake>,
) -> Result<Option<T>, AppError> {
    let found = word.as_deref().map(of).transpose();
    found.map_err(AppError::usage)
}

/// The preset of a name.
pub(crate) fn preset(name: &str) -> Result<&'static str, Mistake> {
    let names = PROFILES.each_ref().map(|profile| profile.name);
    known("preset", name, &names)
}

/// The effort of a name.
pub(crate) fn effort(name: &str) -> Result<Effort, Mistake> {
    let names = EFFORTS.each_ref().map(|(name, _)| *name);
    let name = known("effort", name, &names)?;
    let found = EFFORTS.iter().find(|(known, _)| *known == name);
    Ok(found.map_or(Effort::High, |(_, effort)| *effort))
}

/// One of a few words.
fn known<'w>(what: &str, word: &str, words: &[&'w str]) -> Result<&'w str, Mistake> {
    let found = words.iter().find(|known| **known == word).copied();
    found.ok_or_else(|| unknown_word(what, word, words.iter().copied()))
}

/// A share of the memory in percent.
pub(crate) fn percent(text: &str) -> Result<Decimal, Mistake> {
    let number: Option<Decimal> = text.parse().ok();
    let within = |number: &Decimal| *number > Decimal::ZERO && *number <= Decimal::ONE_HUNDRED;
    number.filter(within).ok_or_else(|| {
        let message = format!("`{}` is no share of the memory", orch_report::visible(text));
        Mistake::new(
            message,
            "write a number of percent above 0 and up to 100: 60",
        )
    })
}
