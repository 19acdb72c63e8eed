//! What one specialist sees of a run: its findings, its resources, and what was not read of them.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use orch_model::{Dataset, Kind, Outcome, Provider, Resource, Scope, Snapshot, Uid};
use orch_report::v1::Finding;

use super::Options;
use super::commands::Commands;
use super::parts::Target;
use super::redact::Redaction;
pub(crate) use super::said::{
    cloud, count_of, joined, joined_by, joined_or, money, savings, shell,
};
use super::v1::{Metric, Section, Unread};
use crate::concern::{Concern, is_one_of};
use crate::kinds;
use crate::plan::timeline;
use crate::project::Project;
use crate::severity::SEVERITIES;
use crate::{Library, Run, Specialist};

/// Where everything that a section is made from comes together.
pub(crate) struct Scene<'a> {
    pub(crate) id: &'a str,
    pub(crate) specialist: &'a Specialist,
    pub(crate) library: &'a Library,
    pub(crate) run: &'a Run,
    pub(crate) project: Option<&'a Project>,
    /// When each task of the project is expected.
    pub(crate) expected: &'a Expected,
    pub(crate) options: &'a Options,
    /// What prints it, before `--run`: `orch brief --for terraform`.
    pub(crate) command: String,
    /// Its open findings, worst first.
    pub(crate) findings: Vec<&'a Finding>,
    /// The resources on its clouds: sections ask for one kind after the other.
    pub(crate) by_kind: BTreeMap<Kind, Vec<&'a Resource>>,
    /// What Terraform can import, once a section has asked for it.
    pub(crate) targets: OnceCell<Vec<Target<'a>>>,
}

/// The first and the last day of tasks, by their ids.
pub(crate) type Expected = BTreeMap<String, [NaiveDate; 2]>;

/// What all briefings or reviews of a run have in common.
pub(crate) struct Ground<'a> {
    pub(crate) run: &'a Run,
    pub(crate) project: Option<&'a Project>,
    pub(crate) library: &'a Library,
    pub(crate) options: &'a Options,
    pub(crate) redaction: Option<Redaction>,
    pub(crate) expected: Expected,
}

impl<'a> Ground<'a> {
    pub(crate) fn of(
        run: &'a Run,
        project: Option<&'a Project>,
        library: &'a Library,
        options: &'a Options,
    ) -> Self {
        // As `orch project status` has them; tasks that wait for each other have no days.
        let timeline = project.and_then(|project| timeline(project, options.today).ok());
        let rows = timeline.into_iter().flat_map(|timeline| timeline.rows);
        Self {
            run,
            project,
            library,
            options,
            redaction: Redaction::of(run, project, options),
            expected: rows.map(|row| (row.id, [row.first, row.last[1]])).collect(),
        }
    }
}

/// The resources of a run on the clouds of somebody.
pub(crate) fn by_kind<'a>(run: &'a Run, concern: &Concern) -> BTreeMap<Kind, Vec<&'a Resource>> {
    let mut by_kind: BTreeMap<Kind, Vec<&Resource>> = BTreeMap::new();
    let all = run.snapshot.iter().flat_map(|snapshot| &snapshot.resources);
    for resource in all.filter(|one| concern.has_provider(one.scope.provider.as_str())) {
        by_kind.entry(resource.kind()).or_default().push(resource);
    }
    by_kind
}

/// A section, and the numbers that its work shall move.
pub(crate) struct Part {
    pub(crate) section: Section,
    pub(crate) metrics: Vec<Metric>,
}

impl From<Section> for Part {
    fn from(section: Section) -> Self {
        Self {
            section,
            metrics: Vec::new(),
        }
    }
}

impl<'a> Scene<'a> {
    pub(crate) fn concern(&self) -> &'a Concern {
        &self.specialist.briefing
    }

    pub(crate) fn snapshot(&self) -> Option<&'a Snapshot> {
        self.run.snapshot.as_ref()
    }

    /// The accounts of the run on its clouds, as `provider account`, with the regions that were to be read.
    pub(crate) fn accounts(&self) -> Vec<(&'a str, &'a str, &'a [String])> {
        let accounts = self.run.report.run.accounts.iter();
        accounts
            .filter(|one| self.concern().has_provider(&one.provider))
            .map(|one| {
                (
                    one.provider.as_str(),
                    one.account.as_str(),
                    &one.regions[..],
                )
            })
            .collect()
    }

    /// The clouds of the run on which it works.
    pub(crate) fn providers(&self) -> BTreeSet<&'a str> {
        self.accounts()
            .into_iter()
            .map(|(provider, ..)| provider)
            .collect()
    }

    /// The resources of a kind on its clouds.
    pub(crate) fn resources(&self, kind: Kind) -> impl Iterator<Item = &'a Resource> {
        self.by_kind.get(&kind).into_iter().flatten().copied()
    }

    /// The kinds that are its.
    pub(crate) fn kinds(&self) -> impl Iterator<Item = Kind> + use<'a> {
        let concern = self.concern();
        let mine = move |kind: &Kind| concern.has_kind(kind.as_str());
        Kind::ALL.iter().copied().filter(mine)
    }

    /// How many resources of a kind were read, where that can be told.
    pub(crate) fn count(&self, kind: Kind) -> u64 {
        match self.snapshot() {
            Some(_) => self.by_kind.get(&kind).map_or(0, Vec::len) as u64,
            None if self.providers().is_empty() => 0,
            None => {
                let counts = &self.run.report.run.resources;
                counts.get(kind.as_str()).copied().unwrap_or(0)
            }
        }
    }

    /// Its findings of these rules.
    pub(crate) fn of_rules(&self, rules: &[String]) -> Vec<&'a Finding> {
        let of = |finding: &&&Finding| is_one_of(&finding.rule, rules);
        self.findings.iter().filter(of).copied().collect()
    }

    /// The ids among the rules of the run that are meant.
    pub(crate) fn rules(&self, rules: &[String]) -> Vec<&'a str> {
        let counts = self.run.report.rules.iter();
        counts
            .map(|counts| counts.rule.as_str())
            .filter(|id| is_one_of(id, rules) && self.concerns_rule(id))
            .collect()
    }

    /// Whether a rule can be asked on its clouds.
    fn concerns_rule(&self, id: &str) -> bool {
        self.options.rules.get(id).is_none_or(|rule| {
            rule.providers.is_empty()
                || rule
                    .providers
                    .iter()
                    .any(|provider| self.concern().has_provider(provider))
        })
    }

    /// Answers on these rules that are not known on its clouds, unassessed ones among them.
    pub(crate) fn unknown(&self, rules: &[&str]) -> u64 {
        let report = &self.run.report;
        let mine = |rule: &str, scope: &str| {
            let provider = scope.split(':').next().unwrap_or_default();
            rules.contains(&rule) && self.concern().has_provider(provider)
        };
        let unknown = report
            .unknown
            .iter()
            .filter(|one| mine(&one.rule, &one.scope));
        let unassessed = report
            .unassessed
            .iter()
            .filter(|one| mine(&one.rule, &one.scope));
        (unknown.count() + unassessed.count()) as u64
    }

    /// Those of them that a gap made unknown, for which an audit exits with 3.
    pub(crate) fn gaps(&self, rules: &[&str]) -> u64 {
        let report = &self.run.report;
        let mine = |rule: &str, scope: &str| {
            let provider = scope.split(':').next().unwrap_or_default();
            rules.contains(&rule) && self.concern().has_provider(provider)
        };
        let is_gap = |cause: &str| !matches!(cause, "untold" | "excluded");
        let unknown = report.unknown.iter().filter(|one| {
            mine(&one.rule, &one.scope) && one.reasons.iter().any(|why| is_gap(&why.cause))
        });
        let unassessed = report
            .unassessed
            .iter()
            .filter(|one| mine(&one.rule, &one.scope) && is_gap(&one.reason.cause));
        (unknown.count() + unassessed.count()) as u64
    }

    /// Whether any resource on its clouds was judged by one of these rules.
    pub(crate) fn was_asked(&self, rules: &[&str]) -> bool {
        let counts = self.run.report.rules.iter();
        counts
            .filter(|counts| rules.contains(&counts.rule.as_str()))
            .filter(|counts| counts.pass + counts.fail + counts.unknown + counts.unassessed > 0)
            .any(|counts| self.has_ground(&counts.rule))
    }

    /// Whether there is anything on its clouds that a rule speaks of: counts of rules are those of all clouds.
    fn has_ground(&self, rule: &str) -> bool {
        if self.providers().is_empty() || !self.concerns_rule(rule) {
            return false;
        }
        let (Some(_), Some(note)) = (self.snapshot(), self.options.rules.get(rule)) else {
            return true;
        };
        let kinds = note.kinds.iter().filter_map(|kind| kind.parse().ok());
        kinds.into_iter().any(|kind| self.count(kind) > 0) || self.unknown(&[rule]) > 0
    }

    /// The open findings by severity, worst first, without those there are none of.
    pub(crate) fn severities(&self, findings: &[&Finding]) -> String {
        let parts: Vec<String> = SEVERITIES
            .iter()
            .filter_map(|severity| {
                let count = findings
                    .iter()
                    .filter(|one| one.severity == *severity)
                    .count();
                (count > 0).then(|| format!("{count} {severity}"))
            })
            .collect();
        joined(&parts)
    }

    /// A resource by its uid, where it was read.
    pub(crate) fn resource(&self, uid: &Uid) -> Option<&'a Resource> {
        let resources = &self.snapshot()?.resources;
        let place = resources
            .binary_search_by(|resource| resource.uid.cmp(uid))
            .ok()?;
        resources.get(place)
    }

    /// What a thing is called by its uid, where it was read.
    pub(crate) fn name_of(&self, uid: &Uid) -> String {
        match self.resource(uid) {
            Some(resource) => self.named(resource),
            None => self.marked(uid.short()),
        }
    }

    /// What was not read of these kinds on its clouds, and what would read it; what the user left out is not among it.
    pub(crate) fn unread(&self, wanted: &[Kind]) -> Vec<Unread> {
        let datasets: Vec<Dataset> = wanted.iter().copied().map(Dataset::Kind).collect();
        self.unread_datasets(&datasets)
    }

    /// The same of anything that can be read.
    pub(crate) fn unread_datasets(&self, wanted: &[Dataset]) -> Vec<Unread> {
        self.missing(wanted, false)
    }

    /// All of it, what was left out too.
    pub(crate) fn all_unread(&self) -> Vec<Unread> {
        let wanted: Vec<Dataset> = self.kinds().map(Dataset::Kind).collect();
        self.missing(&wanted, true)
    }

    fn missing(&self, wanted: &[Dataset], left_out_too: bool) -> Vec<Unread> {
        let providers = self.providers();
        if providers.is_empty() {
            return self.no_cloud();
        }
        let Some(snapshot) = self.snapshot() else {
            return vec![Unread {
                what: format!("the resources behind {}", self.marked(&self.run.name)),
                why: "it is a report, which has findings and counts and not what it was computed from"
                    .to_owned(),
                command: format!("orch collect --provider {} --out after", joined_by(&providers, ",")),
            }];
        };
        // What failed comes first, then what nobody reads, then what was left out.
        let mut by_why: BTreeMap<(u8, String, String, String), Vec<String>> = BTreeMap::new();
        for provider in providers {
            for dataset in wanted {
                for (rank, place, one) in missing_of(snapshot, provider, *dataset) {
                    if rank < LEFT_OUT || left_out_too {
                        let whats = by_why
                            .entry((rank, one.why, place, one.command))
                            .or_default();
                        whats.push(one.what);
                    }
                }
            }
        }
        let several = |whats: Vec<String>| {
            const NAMED: usize = 3;
            if whats.len() <= NAMED + 1 {
                return joined(&whats);
            }
            let rest = whats.len() - NAMED;
            format!("{} and {rest} other kinds", whats[..NAMED].join(", "))
        };
        by_why
            .into_iter()
            .map(|((_, why, place, command), whats)| Unread {
                what: format!("{}{place}", several(whats)),
                why,
                command,
            })
            .collect()
    }

    fn no_cloud(&self) -> Vec<Unread> {
        let clouds = &self.concern().providers;
        let command = match clouds.first() {
            Some(cloud) => format!("orch collect --provider {cloud} --out after"),
            None => "orch collect --provider aws --out after".to_owned(),
        };
        vec![Unread {
            what: format!("everything of {}", self.specialist.title),
            why: "no account of it is part of this run".to_owned(),
            command,
        }]
    }

    /// Whether every read of a kind on its clouds that was not left out is complete.
    pub(crate) fn is_complete(&self, kind: Kind) -> bool {
        let Some(snapshot) = self.snapshot() else {
            return false;
        };
        let mut asked = false;
        for read in &snapshot.reads {
            let mine = self.concern().has_provider(read.scope.provider.as_str());
            if !mine || !read.datasets.contains(&Dataset::Kind(kind)) {
                continue;
            }
            match read.outcome {
                Outcome::Complete => asked = true,
                Outcome::Excluded(_) => {}
                Outcome::Partial(_) | Outcome::Failed(_) => return false,
            }
        }
        asked
    }

    /// `read completely, and there is none`, or that it is not known whether there is one.
    pub(crate) fn none_of(&self, kind: Kind) -> String {
        let things = kinds::named(2, kind.as_str());
        if self.is_complete(kind) {
            let regions: BTreeSet<&str> = self
                .accounts()
                .iter()
                .flat_map(|(.., regions)| regions.iter())
                .map(String::as_str)
                .collect();
            let places = count_of(regions.len(), "region", "regions");
            format!("No {things}: {places} were read for them, and there are none.")
        } else {
            format!("Whether there are {things} is not known.")
        }
    }

    /// The command that shows all findings of a rule in this run.
    pub(crate) fn show_rule(&self, rule: &str) -> String {
        self.commands().rule(rule)
    }

    /// The command that prints a section in full.
    pub(crate) fn show_section(&self, section: &str) -> String {
        self.commands().section(section)
    }

    fn commands(&self) -> Commands {
        Commands::on(&self.command, &self.run.name, self.snapshot().is_some())
    }
}

/// What has to be done before the same read tells more: nothing changes by asking once more without a right or a region.
fn next_read(provider: &str, regions: &str, why: String, collect: String) -> (String, String) {
    if why.contains("denied") {
        let why = format!(
            "{why}; `orch permissions --provider {provider}` lists the rights that the reader needs first"
        );
        return (why.replace('`', ""), collect);
    }
    if why.contains("not opted in") && provider == "aws" && !regions.contains(',') {
        let why = "not opted in: nothing runs there before the account enables the region";
        let enable = format!("aws account enable-region --region-name {regions}");
        return (why.to_owned(), enable);
    }
    (why, collect)
}

/// Ranks of what is missing.
const FAILED: u8 = 0;
const READ_BY_NOBODY: u8 = 1;
const LEFT_OUT: u8 = 2;

/// What is missing of a dataset on a cloud: its rank, where, and what would read it.
fn missing_of(snapshot: &Snapshot, provider: &str, dataset: Dataset) -> Vec<(u8, String, Unread)> {
    let what = match dataset {
        Dataset::Kind(kind) => kinds::named(2, kind.as_str()).to_owned(),
        Dataset::Series(metric) => format!("measurements of {metric}"),
        Dataset::Costs => "the bill".to_owned(),
    };
    let mine = |collector: &&orch_model::CollectorNote| {
        collector.datasets.contains(&dataset)
            && collector
                .provider
                .is_none_or(|of: Provider| of.as_str() == provider)
    };
    if !snapshot.collectors.iter().any(|collector| mine(&collector)) {
        let read_by = match dataset {
            Dataset::Kind(kind) => kinds::note(kind.as_str())
                .and_then(|note| note.read.get(provider))
                .map(String::as_str),
            Dataset::Series(_) | Dataset::Costs => Some("orch"),
        };
        let (why, command) = match read_by {
            // There is no such thing on this cloud.
            None => return Vec::new(),
            Some("orch") => (
                "this snapshot was taken without it".to_owned(),
                format!("orch collect --provider {provider} --out after"),
            ),
            Some(native) => (
                format!("no collector of orch reads it on {}", cloud(provider)),
                native.to_owned(),
            ),
        };
        return vec![(READ_BY_NOBODY, String::new(), Unread { what, why, command })];
    }
    let mut by_why: BTreeMap<(u8, String), BTreeSet<&str>> = BTreeMap::new();
    let ours = |scope: &Scope| scope.provider.as_str() == provider;
    for read in snapshot.reads.iter().filter(|read| ours(&read.scope)) {
        if !read.datasets.contains(&dataset) {
            continue;
        }
        let why = match &read.outcome {
            Outcome::Complete => continue,
            Outcome::Partial(gap) => (FAILED, format!("read in part: {gap}")),
            Outcome::Failed(gap) => (FAILED, gap.to_string()),
            Outcome::Excluded(option) => (LEFT_OUT, format!("left out: {option}")),
        };
        by_why.entry(why).or_default().insert(&read.scope.region);
    }
    let missing = by_why.into_iter().map(|((rank, why), regions)| {
        let regions = joined_by(&regions, ",");
        let place = format!(" in {}", regions.replace(',', ", "));
        let collect = format!("orch collect --provider {provider} --regions {regions} --out after");
        let (why, command) = next_read(provider, &regions, why, collect);
        (
            rank,
            place,
            Unread {
                what: what.clone(),
                why,
                command,
            },
        )
    });
    missing.collect()
}
