//! `orch cost`: a bill from a live account, a snapshot or billing files, analysed.

mod commitments;
#[cfg_attr(not(feature = "billing-files"), path = "no_files.rs")]
mod files;
mod remote;

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use orch_cost::bill::{Basis, Dimension, Period, Spending, basis, spending, without};
use orch_cost::charge::{Charge, charges};
use orch_cost::commitment::{Offer, PaidByMachine, Usage};
use orch_cost::rates::{Conversion, RATE_HOLDS_DAYS, Rates, convert};
use orch_model::{Dataset, Outcome, Provider, Scope, Snapshot, Text, Time};
use orch_report::View;
use orch_report::cost::{COST_FORMATS, CostFormat, CostInput, CostView, v1};
use orch_snapshot::{Form, Needs};

use crate::config::{COST_DAYS as READ_DAYS, rates};
use crate::exit::{Exit, ExitCode};
use crate::live::{self, Live};
use crate::pipeline::temporary;
use crate::setup::{Chosen, Setup};
use crate::watch::Watch;
use crate::words::{Mistake, unknown_word};

use crate::{AppError, clouds};
pub use remote::is_remote;

/// How many closed days a bill is about, when nothing else is said.
const COST_DAYS: u32 = 30;
/// How many services, regions, accounts and groups are shown, when nothing else is said.
const COST_TOP: usize = 10;
/// Days before the period that are read as well: the month as a whole, and what a day is compared with.
const BEFORE: u32 = 63;

/// A bill as asked for.
#[derive(Debug, Clone, Default)]
pub struct CostRequest {
    /// Options of the cloud, and the configuration.
    pub setup: Setup,
    /// The snapshot whose billing lines are looked at.
    pub snapshot: Option<PathBuf>,
    /// The billing file, or the directory of them.
    pub focus: Option<PathBuf>,
    /// How many closed days.
    pub days: Option<u32>,
    /// `--group-by`
    pub group_by: Vec<String>,
    /// `--basis`
    pub basis: Option<String>,
    /// `--top`
    pub top: Option<usize>,
    /// `--format`
    pub format: Option<String>,
    /// `--fail-on`
    pub fail_on: Option<String>,
    /// `--rates`: a file with what currencies are worth.
    pub rates: Option<PathBuf>,
    /// `--commitments`: what they cover, how far they are used, which to buy.
    pub commitments: bool,
    /// `--discount`: what commitments are offered for.
    pub discount: Vec<String>,
    /// `--rightsized`: the user's word that nothing is left to delete or to right-size.
    pub rightsized: bool,
}

/// A bill that was analysed.
pub struct CostOutcome {
    /// How the program ends.
    pub exit: Exit,
    analysis: v1::CostAnalysis,
    format: &'static CostFormat,
    top: usize,
}

impl CostOutcome {
    /// Writes the bill in the format asked for.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn write(&self, view: View, out: &mut dyn Write) -> io::Result<()> {
        self.write_as(self.format, view, out)
    }

    fn write_as(&self, format: &CostFormat, view: View, out: &mut dyn Write) -> io::Result<()> {
        let view = CostView {
            view,
            top: self.top,
        };
        (format.write)(&self.analysis, &view, out)
    }

    /// Writes every format into a directory: `cost-analysis.json`, `.md`, `.csv`, `.txt`, and `cost-commitments.csv`
    /// where commitments were asked for.
    ///
    /// # Errors
    /// Those of the file system.
    pub fn write_all(&self, directory: &Path, view: View) -> Result<(), AppError> {
        for format in COST_FORMATS
            .iter()
            .filter(|format| (format.fits)(&self.analysis))
        {
            let path = directory.join(format.file);
            crate::write_output(&path, |out| self.write_as(format, view, out))?;
        }
        Ok(())
    }
}

/// What is asked, with every word known.
struct Asked {
    days: u32,
    by: Vec<Dimension>,
    basis: Basis,
    format: &'static CostFormat,
    fails_on_budget: bool,
    offers: Vec<Offer>,
}

impl Asked {
    fn of(request: &CostRequest) -> Result<Self, AppError> {
        let mut mistakes = Vec::new();
        let mut by = Vec::new();
        for word in &request.group_by {
            match word.parse::<Dimension>() {
                Ok(dimension) if !by.contains(&dimension) => by.push(dimension),
                Ok(_) => {}
                Err(_) => {
                    let words = Dimension::words();
                    let known = words.iter().map(String::as_str);
                    mistakes.push(unknown_word("grouping", word, known));
                }
            }
        }
        let formats = || COST_FORMATS.iter().map(|format| format.name);
        let wanted = request.format.as_deref().unwrap_or("table");
        let format = COST_FORMATS.iter().find(|format| format.name == wanted);
        if format.is_none() {
            mistakes.push(unknown_word("format", wanted, formats()));
        }
        let bases = [Basis::Billed, Basis::Effective];
        let word = request.basis.as_deref().unwrap_or("billed");
        let basis = bases.into_iter().find(|basis| basis.as_str() == word);
        if basis.is_none() {
            mistakes.push(unknown_word("basis", word, bases.map(Basis::as_str)));
        }
        let fail_on = request.fail_on.as_deref().unwrap_or("never");
        if !["budget", "never"].contains(&fail_on) {
            mistakes.push(unknown_word("reason to fail", fail_on, ["budget", "never"]));
        }
        let options = &request.setup.options;
        // Billing is read of whole accounts: a bill that only seems to be of a region would be taken for it.
        for (option, regions) in [
            ("--regions", &options.regions),
            ("--exclude-region", &options.exclude_regions),
        ] {
            if !regions.is_empty() {
                mistakes.push(Mistake::new(
                    format!("{option} is not for bills: they are read of whole accounts"),
                    "leave it out, and see each region with --group-by region",
                ));
            }
        }
        let offers = commitments::offers(request, &mut mistakes);
        let days = request.days.unwrap_or(COST_DAYS);
        if !(1..=400).contains(&days) {
            mistakes.push(Mistake::new(
                format!("--days is {days}"),
                "name 1 to 400 days",
            ));
        }
        if request.top == Some(0) {
            mistakes.push(Mistake::new("--top is 0", "name 1 or more lines"));
        }
        match (format, basis) {
            (Some(format), Some(basis)) if mistakes.is_empty() => Ok(Self {
                days,
                by,
                basis,
                format,
                fails_on_budget: fail_on == "budget",
                offers,
            }),
            _ => Err(AppError::Usage(mistakes)),
        }
    }
}

/// What was read, from wherever.
#[derive(Default)]
struct Bill {
    charges: Vec<Charge>,
    as_of: Time,
    sources: Vec<v1::Source>,
    notes: Vec<String>,
    usage: Usage,
}

/// What of each row is kept beside its sums.
struct Kept {
    resources: bool,
    tags: Vec<Text>,
    commitments: bool,
}

/// The bill of files here or in a bucket.
fn bill_of_files(
    path: &Path,
    kept: &Kept,
    chosen: &Chosen,
    watch: &Watch,
) -> Result<Bill, AppError> {
    if !is_remote(path) {
        return files::bill(path, kept, watch.now);
    }
    let fetched = remote::fetch(path, chosen, watch)?;
    let mut bill = files::bill(fetched.dir.path(), kept, watch.now)?;
    bill.notes.push(fetched.note);
    Ok(bill)
}

/// What a bill in files says that each machine really cost, how many rows it has, and how many could not be read.
pub(crate) fn paid_by_machine(
    path: &Path,
    chosen: &Chosen,
    watch: &Watch,
) -> Result<(PaidByMachine, u64, u64), AppError> {
    let kept = Kept {
        resources: true,
        tags: Vec::new(),
        commitments: true,
    };
    let bill = bill_of_files(path, &kept, chosen, watch)?;
    let malformed = bill.sources.iter().flat_map(|source| &source.malformed);
    let malformed = malformed.map(|of| of.rows).sum();
    let rows = bill.sources.iter().map(|source| source.rows).sum();
    Ok((bill.usage.paid, rows, malformed))
}

/// Analyses a bill.
///
/// # Errors
/// Everything that keeps it from an analysis.
pub fn cost(request: &CostRequest, watch: &Watch) -> Result<CostOutcome, AppError> {
    let asked = Asked::of(request)?;
    let chosen = Chosen::of(&request.setup)?;
    let rates = request.rates.as_deref().map(rates::read).transpose()?;
    let mut kept = Kept {
        resources: false,
        tags: Vec::new(),
        commitments: request.commitments,
    };
    let budgeted = chosen.config.budgets.iter().flat_map(|budget| &budget.only);
    for dimension in asked
        .by
        .iter()
        .chain(budgeted.map(|(dimension, _)| dimension))
    {
        match dimension {
            Dimension::Tag(tag) if !kept.tags.contains(tag) => kept.tags.push(tag.clone()),
            Dimension::Resource => kept.resources = true,
            _ => {}
        }
    }
    let mut bill = match (&request.focus, &request.snapshot) {
        (Some(path), _) => bill_of_files(path, &kept, &chosen, watch)?,
        (None, Some(dir)) => of_snapshot(dir)?,
        (None, None) => live_bill(&chosen, asked.days, watch)?,
    };
    if request.focus.is_none() && !kept.tags.is_empty() {
        bill.notes.push(
            "billing lines that were read from a cloud carry no tags: group by tag with an export (--focus)".into(),
        );
    }
    let basis = basis(&bill.charges, asked.basis);
    if basis != asked.basis && !bill.charges.is_empty() {
        let (has, lacks) = (basis.as_str(), asked.basis.as_str());
        bill.notes.push(format!(
            "the data has no {lacks} cost: the figures are of the {has} cost"
        ));
    }
    let lacking = without(&bill.charges, basis);
    for (provider, rows) in &lacking {
        let (noun, verb) = match *rows {
            1 => ("row", "has"),
            _ => ("rows", "have"),
        };
        bill.notes.push(format!(
            "{rows} {noun} of {provider} {verb} no {} cost: what they cost is in no figure of it (see them with --basis {})",
            basis.as_str(),
            basis.other().as_str()
        ));
    }
    let without_basis: u64 = lacking.values().sum();
    let period = Period::until(bill.as_of, asked.days);
    if request.focus.is_some() {
        let before = bill
            .charges
            .iter()
            .filter(|charge| charge.key.day < period.from);
        let rows: u64 = before.map(|charge| charge.sums.rows).sum();
        if rows > 0 {
            bill.notes.push(format!(
                "{rows} rows are of days before {}: they are not in the totals (--days)",
                period.from
            ));
        }
        let later = bill.charges.iter().filter(|one| one.key.day > period.to);
        let rows: u64 = later.map(|charge| charge.sums.rows).sum();
        if rows > 0 {
            bill.notes.push(format!(
                "{rows} rows are of days after {}, which are still to come: they are not in the totals",
                period.to
            ));
        }
    }
    if request.focus.is_none() && kept.commitments {
        bill.usage = Usage::of_days(period.of(&bill.charges));
    }
    let commitments = match kept.commitments {
        true => Some(commitments::look(
            request,
            &chosen,
            &asked.offers,
            &period,
            &mut bill,
        )?),
        false => None,
    };
    let mut spent = spending(
        &chosen.config.budgets,
        &bill.charges,
        &kept.tags,
        bill.as_of,
    );
    let converted = rates
        .as_ref()
        .map(|rates| (in_one(&mut bill, rates, &period), &rates.to));
    if let Some((_, to)) = &converted {
        // A budget in the currency of the total is one of everything, whatever it was charged in.
        let all = spending(
            &chosen.config.budgets,
            &bill.charges,
            &kept.tags,
            bill.as_of,
        );
        for (own, all) in spent.iter_mut().zip(all) {
            if own.budget.currency == **to {
                *own = all;
            }
        }
    }
    let exit = ending(&bill, (without_basis, basis), &spent, asked.fails_on_budget);
    let analysis = orch_report::cost::build(CostInput {
        charges: &bill.charges,
        period,
        days: asked.days,
        basis,
        by: &asked.by,
        tags: &kept.tags,
        sources: bill.sources,
        conversions: converted.as_ref().map(|(all, to)| (all.as_slice(), *to)),
        commitments: commitments.as_ref().map(|(report, of)| (report, of)),
        budgets: &spent,
        notes: bill.notes,
        exit: orch_report::v1::Exit {
            code: exit.code.number(),
            why: exit.why.clone(),
        },
    });
    Ok(CostOutcome {
        exit,
        analysis,
        format: asked.format,
        top: request.top.unwrap_or(COST_TOP),
    })
}

/// Makes one currency of the bill's, as far as there are rates; what stays as it is, a note tells.
fn in_one(bill: &mut Bill, rates: &Rates, period: &Period) -> Vec<Conversion> {
    let charges = std::mem::take(&mut bill.charges);
    let converted = convert(charges, rates, period.from..=period.to);
    bill.charges = converted.charges;
    for one in converted.unconverted {
        bill.notes.push(format!(
            "{} is not converted to {} and has a total of its own: no rate holds for {} of its days, from {} on (a rate holds {RATE_HOLDS_DAYS} days)",
            one.currency, rates.to, one.days, one.first
        ));
    }
    converted.conversions
}

fn ending(
    bill: &Bill,
    (without, basis): (u64, Basis),
    spent: &[Spending],
    fails_on_budget: bool,
) -> Exit {
    let gaps: Vec<&str> = bill
        .sources
        .iter()
        .filter(|source| source.gap.is_some())
        .map(|source| source.name.as_str())
        .collect();
    let malformed: u64 = bill
        .sources
        .iter()
        .flat_map(|source| &source.malformed)
        .map(|malformed| malformed.rows)
        .sum();
    if !gaps.is_empty() {
        let why = format!("incomplete view: not all was read of {}", gaps.join(", "));
        let code = ExitCode::Incomplete;
        return Exit { code, why };
    }
    if malformed > 0 {
        let rows = if malformed == 1 { "row" } else { "rows" };
        let why = format!("incomplete view: {malformed} {rows} could not be read");
        let code = ExitCode::Incomplete;
        return Exit { code, why };
    }
    if without > 0 {
        let rows = if without == 1 { "row has" } else { "rows have" };
        let why = format!(
            "incomplete view: {without} {rows} no {} cost",
            basis.as_str()
        );
        let code = ExitCode::Incomplete;
        return Exit { code, why };
    }
    let untold = spent
        .iter()
        .filter_map(|one| Some((&one.budget.name, one.untold?)));
    if fails_on_budget && let Some((budget, why)) = untold.into_iter().next() {
        return Exit {
            code: ExitCode::Incomplete,
            why: format!("incomplete view: the budget {budget} cannot be judged: {why}"),
        };
    }
    let over: Vec<&str> = spent
        .iter()
        .filter(|spending| spending.is_over())
        .map(|spending| spending.budget.name.as_str())
        .collect();
    if fails_on_budget && !over.is_empty() {
        return Exit {
            code: ExitCode::Findings,
            why: format!("over budget: {}", over.join(", ")),
        };
    }
    Exit {
        code: ExitCode::Clean,
        why: match fails_on_budget {
            true => "no budget is over its last threshold".into(),
            false => "the bill is complete".into(),
        },
    }
}

fn of_snapshot(dir: &Path) -> Result<Bill, AppError> {
    let needs = Needs(Some([Dataset::Costs].into()));
    Ok(bill_of(&orch_snapshot::load(dir, &needs)?))
}

/// The bill of a snapshot, with what of it was not read.
fn bill_of(snapshot: &Snapshot) -> Bill {
    let reads_costs = |name: &str, provider: Provider| {
        snapshot.collectors.iter().any(|collector| {
            collector.name == name
                && collector.datasets.contains(&Dataset::Costs)
                && collector.provider.is_none_or(|own| own == provider)
        })
    };
    let mut sources: BTreeMap<Scope, v1::Source> = BTreeMap::new();
    for read in &snapshot.reads {
        if !reads_costs(&read.collector, read.scope.provider) {
            continue;
        }
        let gap = match &read.outcome {
            Outcome::Complete => None,
            Outcome::Partial(gap) | Outcome::Failed(gap) => {
                Some(format!("{} ({})", gap.cause, gap.detail))
            }
            Outcome::Excluded(option) => Some(format!("left out by {option}")),
        };
        let account = read.scope.global();
        let rows = snapshot
            .costs
            .iter()
            .filter(|line| {
                *line
                    .sub_account_id
                    .as_ref()
                    .unwrap_or(&line.billing_account_id)
                    == account.account
            })
            .count();
        let name = format!("{} {}", account.provider, account.account);
        sources.insert(
            account,
            v1::Source {
                name,
                format: read.collector.to_string(),
                rows: rows as u64,
                malformed: Vec::new(),
                lacking: Vec::new(),
                gap,
            },
        );
    }
    Bill {
        charges: charges(&snapshot.costs),
        as_of: snapshot.as_of,
        sources: sources.into_values().collect(),
        ..Bill::default()
    }
}

/// How many days are read for so many that are shown: as far back as the clouds tell at all.
fn days_read(configured: u32, shown: u32) -> u32 {
    configured.max((shown + BEFORE).min(*READ_DAYS.end()))
}

/// Reads nothing but billing from live accounts.
fn live_bill(chosen: &Chosen, days: u32, watch: &Watch) -> Result<Bill, AppError> {
    let Some(providers) = chosen.options.providers.as_deref() else {
        return Err(AppError::usage(Mistake::new(
            "there is no bill to look at",
            "type `orch cost --provider aws`, `orch cost --focus FILE` or `orch cost --snapshot DIR`",
        )));
    };
    let mut settings = chosen.config.collect.clone();
    settings.cost_days = days_read(settings.cost_days, days);
    let live = Live::connect(providers, &chosen.options, settings, watch)?;
    let selection = |provider| {
        let names = clouds::collectors_of(provider, |datasets| datasets.contains(&Dataset::Costs))?;
        Ok(orch_collect::Selection::of(names, "orch cost"))
    };
    let dir = temporary()?;
    let out = dir.path().join("snapshot");
    let (_, partial) = live::take(&live, selection, &out, watch)?;
    partial.seal(Form::Text)?;
    of_snapshot(&out)
}

#[cfg(test)]
#[cfg(feature = "billing-files")]
mod tests;
