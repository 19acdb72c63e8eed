//! `orch catalog update`: a cloud's own price list, fetched part by part into the user's tables.

use std::collections::BTreeSet;
use std::io::{BufReader, Seek as _};
use std::path::{Path, PathBuf};

use orch_collect::{CollectError, Pages, PriceList, PricePart, Progress, Run};
use orch_cost::catalog::import::{Imported, import};
use orch_cost::catalog::regions;
use orch_model::{Cause, Provider, Text};

use super::progress::{Part, Partial, make_private};
use super::{EVERY_REGION, EVERYWHERE};
use crate::config::catalogue_dir;
use crate::exit::{Exit, ExitCode};
use crate::output::write_output;
use crate::setup::{Chosen, Setup};
use crate::watch::Watch;
use crate::words::unknown_word;
use crate::{AppError, Mistake, clouds};

/// An update as asked for.
#[derive(Debug, Clone, Default)]
pub struct CatalogueRequest {
    /// Which cloud, which regions, and the configuration.
    pub setup: Setup,
    /// The folder of the tables; the user's own when not named.
    pub dir: Option<PathBuf>,
}

/// An update that came to its end.
#[derive(Debug)]
pub struct CatalogueUpdated {
    /// What was written, line by line.
    pub text: String,
    /// How the program ends.
    pub exit: Exit,
}

/// Fetches the price list of one cloud and writes its tables.
///
/// # Errors
/// Options that cannot be meant, a cloud that does not answer; what was fetched until then is kept.
pub fn catalog_update(
    request: &CatalogueRequest,
    watch: &Watch,
) -> Result<CatalogueUpdated, AppError> {
    let chosen = Chosen::of(&request.setup)?;
    let provider = one_cloud(&chosen)?;
    let named = request.dir.as_deref().or(chosen.options.catalog.as_deref());
    let dir = named.map(Path::to_path_buf).or_else(catalogue_dir);
    let dir = dir.ok_or_else(|| {
        AppError::usage(Mistake::new(
            "nobody says whose folder the prices belong into",
            "name one with --dir DIR, or `[catalog] dir` in orch.toml",
        ))
    })?;
    let today = watch.now.format("%Y-%m-%d").to_string();
    let wanted = chosen.options.regions.clone().unwrap_or_default();
    let write = |path: &Path| {
        let path = path.to_path_buf();
        move |source| AppError::Write { path, source }
    };
    make_private(&dir).map_err(write(&dir))?;
    let partial = dir.join(format!("{provider}.partial"));
    let mut partial = Partial::open(partial, &today)?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|error| AppError::Internal(format!("no runtime: {error}")))?;
    let run = Run::new(
        &chosen.config.collect,
        watch.cancel.clone(),
        watch.events.clone(),
    );
    let (mut all, parts) = runtime.block_on(async {
        let list = clouds::price_list(provider, &chosen.options, &chosen.config.collect, &run);
        let list = list.await?;
        let asked = asked(provider, &wanted);
        let parts = list.parts(&asked).await;
        let parts = parts.map_err(|error| failed(provider, &error, &partial))?;
        let parts = of_regions(parts, &wanted)?;
        let mut all = Imported::default();
        for (place, part) in parts.iter().enumerate() {
            let told = format!("{provider} prices: {} of {} parts", place, parts.len());
            let fetching = Fetching {
                list: list.as_ref(),
                provider,
                run: &run,
                today: &today,
                told,
            };
            all.join(fetching.part(part, &mut partial).await?);
        }
        Ok::<_, AppError>((all, parts.len()))
    })?;
    all = all.composed(provider);
    let written = write_tables(provider, &dir, &all, &wanted)?;
    partial.remove();
    Ok(CatalogueUpdated {
        text: told(provider, &dir, &all, &written, parts),
        exit: Exit {
            code: ExitCode::Clean,
            why: "the prices are up to date".to_owned(),
        },
    })
}

fn one_cloud(chosen: &Chosen) -> Result<Provider, AppError> {
    match chosen.options.providers.as_deref() {
        Some([provider]) => Ok(*provider),
        _ => Err(AppError::usage(Mistake::new(
            "the prices of one cloud are fetched at a time",
            "type `orch catalog update --provider aws`, azure or gcp",
        ))),
    }
}

/// The regions to ask for. The list of Azure does not say which there are: those of the built-in tables are.
fn asked(provider: Provider, wanted: &[Text]) -> Vec<Text> {
    match (provider, wanted) {
        (Provider::Azure, []) => regions(provider)
            .into_iter()
            .map(Text::new_static)
            .collect(),
        _ => wanted.to_vec(),
    }
}

/// The parts of the regions that were named, and those of no region.
fn of_regions(parts: Vec<PricePart>, wanted: &[Text]) -> Result<Vec<PricePart>, AppError> {
    let known: BTreeSet<&str> = parts
        .iter()
        .filter_map(|part| part.region.as_deref())
        .collect();
    let missing = wanted
        .iter()
        .find(|region| !known.is_empty() && !known.contains(region.as_str()));
    if let Some(region) = missing {
        let names = known.iter().copied();
        return Err(AppError::usage(unknown_word("region", region, names)));
    }
    let asked = |part: &PricePart| {
        let of =
            |region: &String| wanted.is_empty() || wanted.iter().any(|one| *one == region.as_str());
        part.region.as_ref().is_none_or(of)
    };
    Ok(parts.into_iter().filter(asked).collect())
}

/// One update.
struct Fetching<'f> {
    list: &'f dyn PriceList,
    provider: Provider,
    run: &'f Run,
    today: &'f str,
    /// What the line of progress begins with.
    told: String,
}

impl Fetching<'_> {
    /// Fetches what is missing of a part; gives all of it.
    async fn part(&self, part: &PricePart, partial: &mut Partial) -> Result<Imported, AppError> {
        let (mut at, mut rows) = partial.so_far(&part.name);
        let mut pages = Pages::new(format!("{} prices", self.provider));
        // A list that leads back to where this run went on would never end.
        let broken =
            |error: CollectError, partial: &Partial| failed(self.provider, &error, partial);
        pages
            .follow(at.next.as_deref())
            .map_err(|error| broken(error, partial))?;
        while !at.done {
            self.run.emit(Progress::Fetching {
                provider: self.provider,
                what: Text::from(format!(
                    "{}, {}, page {}",
                    self.told,
                    part.name,
                    at.pages + 1
                )),
            });
            let (path, mut file) = partial.page()?;
            let next = self.list.page(part, at.next.as_deref(), &mut file).await;
            let next = next.map_err(|error| broken(error, partial))?;
            let read = |source| AppError::Read {
                path: path.clone(),
                source,
            };
            file.rewind().map_err(read)?;
            let mut page = Imported::default();
            import(self.provider, BufReader::new(file), self.today, &mut page).map_err(|error| {
                AppError::Input(Mistake::new(
                    format!("failed to {error} ({} {})", self.provider, part.name),
                    "run it again: it goes on there; if it fails again, the cloud has changed its list",
                ))
            })?;
            rows.join(page);
            at = Part {
                pages: at.pages + 1,
                done: next.is_none(),
                next: pages
                    .follow(next.as_deref())
                    .map_err(|error| broken(error, partial))?,
            };
            partial.keep(&part.name, &rows, at.clone())?;
        }
        Ok(rows)
    }
}

/// What it means that a part was not fetched.
fn failed(provider: Provider, error: &CollectError, partial: &Partial) -> AppError {
    let gap = error.recorded().clone();
    let first = match gap.cause {
        Cause::Throttled => "wait some minutes, then ",
        Cause::Undecodable => "check that no proxy answers in place of the cloud, then ",
        Cause::TimedOut | Cause::Unreachable => "check the network, then ",
        _ => "",
    };
    let again = format!(
        "{first}run it again: it goes on where it stopped (whole and kept in {}: {})",
        partial.dir().display(),
        plural(partial.whole(), "part")
    );
    let help = match (gap.cause, provider) {
        (Cause::Disabled, Provider::Gcp) => {
            "enable the Cloud Billing API (`gcloud services enable cloudbilling.googleapis.com`)"
                .to_owned()
        }
        (Cause::AuthExpired | Cause::Denied, Provider::Gcp) => {
            "set GOOGLE_API_KEY to a key of a project with the Cloud Billing API, or run \
             `gcloud auth application-default login`"
                .to_owned()
        }
        _ => again,
    };
    AppError::Fetch {
        what: format!("the prices of {provider}"),
        gap,
        help,
    }
}

/// Writes one table a region, each whole or not at all; gives the regions.
fn write_tables(
    provider: Provider,
    dir: &Path,
    all: &Imported,
    wanted: &[Text],
) -> Result<Vec<String>, AppError> {
    let known: BTreeSet<&str> = all.regions().into_iter().collect();
    let missing = wanted
        .iter()
        .find(|region| !known.contains(region.as_str()));
    if let Some(region) = missing {
        let names = known.iter().copied();
        return Err(AppError::usage(unknown_word("region", region, names)));
    }
    if known.is_empty() {
        return Err(AppError::Input(Mistake::new(
            format!("the price list of {provider} holds nothing that the catalogue knows"),
            "the cloud may have changed its list: the tables stay as they were",
        )));
    }
    let folder = dir.join(provider.as_str());
    make_private(&folder).map_err(|source| AppError::Write {
        path: folder.clone(),
        source,
    })?;
    let mut written = Vec::new();
    for region in known {
        let asked = wanted.is_empty() || wanted.iter().any(|wanted| *wanted == region);
        if !asked && region != EVERY_REGION {
            continue;
        }
        let name = match region {
            EVERY_REGION => EVERYWHERE,
            region => region,
        };
        let path = folder.join(format!("{name}.csv"));
        write_output(&path, |out| all.write(provider, region, out))?;
        written.push(region.to_owned());
    }
    Ok(written)
}

fn plural(count: usize, one: &str) -> String {
    match count {
        1 => format!("1 {one}"),
        several => format!("{several} {one}s"),
    }
}

fn told(
    provider: Provider,
    dir: &Path,
    all: &Imported,
    written: &[String],
    parts: usize,
) -> String {
    use std::fmt::Write as _;
    let mut text = String::new();
    let prices: usize = written.iter().map(|region| all.count(region)).sum();
    let regions = written
        .iter()
        .filter(|region| *region != EVERY_REGION)
        .count();
    // Writing to a text cannot fail.
    let _ = writeln!(
        text,
        "{provider}: {} of {}, from {} of the price list, in {}",
        plural(prices, "price"),
        plural(regions, "region"),
        plural(parts, "part"),
        dir.display()
    );
    for (why, count) in &all.skipped {
        let _ = writeln!(text, "  left out {count}: {why}");
    }
    text
}
