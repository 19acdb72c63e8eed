//! Recommendations for everything in a snapshot: single instances, and groups as a whole.

use std::collections::{BTreeMap, BTreeSet};

use chrono::Duration;
use orch_engine::{Inventory, Unseen};
use orch_model::kind::{ComputeInstance, InstanceState};
use orch_model::{
    Body, Cause, Dataset, Field, Kind, Metric, Money, Provider, Reason, Resource, Scope, Series,
    Statistic, Time, Uid, Why,
};
use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;
use smol_str::SmolStr;

use super::burst;
use super::database::{Databases, databases};
use super::idle::{Answer, IDLE, Question};
use super::recommend::{Input, Settings, recommend};
use super::volume::{Disks, disks};
use super::{Group, Measured, Network, Recommendation};
use crate::catalog::Origin;
use crate::commitment::PaidByMachine;
use crate::instance_type::{Licence, licence, machine_of};
use crate::machine_type::MachineType;
use crate::price::HOURS_A_MONTH;

/// How to look at an estate.
#[derive(Debug, Clone, PartialEq)]
pub struct EstateSettings {
    /// How to look at each instance.
    pub settings: Settings,
    /// Days with points that it takes to judge; all but one of those looked back at where none is given.
    pub least_days: Option<f64>,
    /// What a bill says that instances really cost.
    pub paid: PaidByMachine,
}

impl EstateSettings {
    /// The defaults, with these settings for each instance.
    pub fn of(settings: Settings) -> Self {
        Self {
            settings,
            least_days: None,
            paid: PaidByMachine::default(),
        }
    }

    fn least_days(&self) -> f64 {
        let all = f64::from(self.settings.lookback_days());
        self.least_days.unwrap_or((all - 1.0).max(1.0))
    }
}

/// What a recommendation is about.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Subject {
    /// The instance; of a group its first running member.
    pub uid: Uid,
    /// Its name; of a group the group's.
    pub name: SmolStr,
    /// Where it is.
    pub scope: Scope,
    /// The group, where one starts and stops it: the group is changed, never a member.
    pub group: Option<Group>,
}

impl Subject {
    /// One resource.
    pub(super) fn of(resource: &Resource) -> Self {
        Self {
            uid: resource.uid.clone(),
            name: resource.name.clone(),
            scope: resource.scope.clone(),
            group: None,
        }
    }
}

/// A subject with what comes of looking at it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Entry {
    /// What it is about.
    pub subject: Subject,
    /// What comes of it.
    pub recommendation: Recommendation,
    /// By whose published thresholds it is idle: then it is to be deleted and not made smaller.
    pub idle_by: Vec<&'static str>,
    /// What of its metrics could not be read: with it the answer might be another.
    pub gaps: Vec<String>,
    /// What else its owner should know: credits that ran out, or that are paid for.
    pub notes: Vec<String>,
}

/// A subject of which nothing can be said.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unjudged {
    /// What it is about.
    pub subject: Subject,
    /// Why.
    pub why: Vec<String>,
    /// Whether that is because something could not be read.
    pub gap: bool,
}

/// A place whose instances were not completely read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NotRead {
    /// Where.
    pub scope: Scope,
    /// Why.
    pub why: Vec<String>,
}

/// Why nothing can be said: the reasons, and whether one of them is that something could not be read.
pub(super) struct Unsaid {
    pub(super) why: Vec<String>,
    pub(super) gap: bool,
}

impl From<Unseen> for Unsaid {
    fn from(unseen: Unseen) -> Self {
        Self {
            gap: unseen
                .0
                .iter()
                .any(|reason| matches!(reason.why, Why::Gap { .. })),
            why: unseen.0.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Unsaid {
    /// Of something that not every cloud's collectors read: where none does, that is no gap.
    pub(super) fn of_some_clouds(unseen: Unseen) -> Self {
        let failed = |reason: &Reason| match &reason.why {
            Why::Gap { gap, .. } => gap.cause != Cause::NotCollected,
            Why::Excluded(_) | Why::Untold(_) => false,
        };
        Self {
            gap: unseen.0.iter().any(failed),
            ..unseen.into()
        }
    }
}

impl From<String> for Unsaid {
    fn from(why: String) -> Self {
        Self {
            why: vec![why],
            gap: false,
        }
    }
}

impl From<Reason> for Unsaid {
    fn from(reason: Reason) -> Self {
        reason.to_string().into()
    }
}

/// Everything there is to say of an estate.
#[derive(Debug, Clone, PartialEq)]
pub struct Estate {
    /// Sorted by saving, the largest first; then by uid.
    pub entries: Vec<Entry>,
    /// Sorted by uid.
    pub unjudged: Vec<Unjudged>,
    /// Places whose instances were not completely read, sorted.
    pub not_read: Vec<NotRead>,
    /// Disks.
    pub disks: Disks,
    /// Database servers.
    pub databases: Databases,
    /// What the tables of prices and types that were used say of themselves, by cloud.
    pub origins: Vec<(Provider, Origin)>,
}

/// What a metric of one instance came to.
#[derive(Default)]
struct Metrics {
    peak: Option<f64>,
    last_days: Option<f64>,
    received: Option<Measured>,
    sent: Option<Measured>,
    memory: Option<Measured>,
    least_credits: Option<f64>,
    days: BTreeMap<i64, f64>,
}

/// Looks at every running instance. `open` opens the points of the snapshot; they are read twice, so that only the
/// points of one instance, or of the members of groups, are in memory at a time.
///
/// # Errors
/// What `open` or reading points answers.
pub fn rightsize<E, I>(
    inventory: &Inventory<'_>,
    open: impl Fn() -> Result<I, E>,
    settings: &EstateSettings,
) -> Result<Estate, E>
where
    I: Iterator<Item = Result<Series, E>>,
{
    let snapshot = inventory.snapshot();
    let running = running(inventory);
    let until = snapshot.as_of;
    let lookback = settings.settings.lookback_days();
    let mut metrics: BTreeMap<&str, Metrics> = BTreeMap::new();
    for series in open()? {
        let series = series?;
        if let Some((uid, _)) = running.get_key_value(series.uid.as_str()) {
            metrics
                .entry(*uid)
                .or_default()
                .take(&series, until, lookback);
        }
    }
    let mut work = Work {
        inventory,
        settings,
        metrics,
        groups: BTreeMap::new(),
        measured: BTreeSet::new(),
        entries: Vec::new(),
        unjudged: Vec::new(),
    };
    for series in open()? {
        let series = series?;
        if (series.metric, series.statistic) != (Metric::Cpu, Statistic::Average) {
            continue;
        }
        if let Some((uid, (resource, instance))) = running.get_key_value(series.uid.as_str()) {
            work.measured.insert(*uid);
            let cpu = Measured::of_series(&series, until, lookback);
            work.instance(resource, instance, cpu);
        }
    }
    for (uid, (resource, instance)) in &running {
        if !work.measured.contains(uid) {
            work.instance(resource, instance, None);
        }
    }
    Ok(work.finish())
}

type Running<'s> = BTreeMap<&'s str, (&'s Resource, &'s ComputeInstance)>;

fn running<'s>(inventory: &Inventory<'s>) -> Running<'s> {
    let resources = inventory.snapshot().resources.iter();
    resources
        .filter_map(|resource| match &resource.body {
            Body::ComputeInstance(instance)
                if instance.state == Field::Value(InstanceState::Running) =>
            {
                Some((resource.uid.as_str(), (resource, &**instance)))
            }
            _ => None,
        })
        .collect()
}

/// Days over which Azure Advisor looks at the largest average.
const LAST_DAYS: i64 = 3;

impl Metrics {
    /// Everything but the points of processor use, which stay on the disk.
    fn take(&mut self, series: &Series, until: Time, lookback: u32) {
        let Some(measured) = Measured::of_series(series, until, lookback) else {
            return;
        };
        match (series.metric, series.statistic) {
            (Metric::Cpu, Statistic::Maximum) => self.peak = Some(measured.max),
            (Metric::Cpu, Statistic::Average) => {
                let last = Measured::of_series(series, until, LAST_DAYS as u32);
                self.last_days = last.map(|last| last.max);
            }
            (Metric::NetworkIn, Statistic::Sum) => {
                self.add_days(series, until, lookback);
                self.received = Some(measured.without_points());
            }
            (Metric::NetworkOut, Statistic::Sum) => {
                self.add_days(series, until, lookback);
                self.sent = Some(measured.without_points());
            }
            (Metric::MemoryAvailable, Statistic::Average) => {
                self.memory = Some(measured.without_points());
            }
            (Metric::CreditBalance, _) => self.least_credits = Some(measured.min),
            _ => {}
        }
    }

    fn add_days(&mut self, series: &Series, until: Time, lookback: u32) {
        let since = until - Duration::days(i64::from(lookback));
        let mut at = series.start;
        for value in &series.values {
            if let Some(value) = value.filter(|_| at >= since && at < until) {
                let day = at.timestamp().div_euclid(86_400);
                *self.days.entry(day).or_default() += value;
            }
            at += Duration::seconds(i64::from(series.step_s));
        }
    }

    fn network(&self) -> Option<Network> {
        let (received, sent) = (self.received.as_ref()?, self.sent.as_ref()?);
        Some(Network {
            received: received.clone(),
            sent: sent.clone(),
        })
    }

    fn busiest_day(&self) -> Option<f64> {
        self.network()?;
        self.days.values().copied().reduce(f64::max)
    }
}

/// What comes of looking at one subject.
struct Judged {
    recommendation: Recommendation,
    idle_by: Vec<&'static str>,
    notes: Vec<String>,
}

/// What working above its baseline costs an instance that runs on credits, where it may go on without any.
fn surplus(machine: &MachineType, cpu: &Measured) -> Option<String> {
    let price = match machine.family.name.as_str() {
        "t2" | "t3" | "t3a" => burst::SURPLUS_T3,
        "t4g" => burst::SURPLUS_T4G,
        _ => return None,
    };
    let baseline = machine.burst.as_ref()?.baseline?;
    let mean = Decimal::from_f64(cpu.mean)?;
    let month = Decimal::from(HOURS_A_MONTH);
    let charge = burst::surplus_charge(mean, baseline, machine.vcpu?, month, price);
    (charge > Decimal::ZERO).then(|| {
        format!(
            "works at {:.1} % in the mean, above its baseline of {} %: in unlimited mode that costs {} USD a month on top, in standard mode it is held back",
            cpu.mean,
            baseline.normalize(),
            Money::usd(charge).rounded()
        )
    })
}

/// A member of a group, kept until all are there.
struct Member<'s> {
    resource: &'s Resource,
    instance: &'s ComputeInstance,
    cpu: Option<Measured>,
}

struct Work<'w, 's> {
    inventory: &'w Inventory<'s>,
    settings: &'w EstateSettings,
    metrics: BTreeMap<&'w str, Metrics>,
    groups: BTreeMap<(&'s Scope, &'s str), Vec<Member<'s>>>,
    measured: BTreeSet<&'w str>,
    entries: Vec<Entry>,
    unjudged: Vec<Unjudged>,
}

impl<'s> Work<'_, 's> {
    fn instance(
        &mut self,
        resource: &'s Resource,
        instance: &'s ComputeInstance,
        cpu: Option<Measured>,
    ) {
        let member = Member {
            resource,
            instance,
            cpu,
        };
        match &instance.scaling_group {
            Field::Value(group) => {
                let place = (&resource.scope, group.as_str());
                self.groups.entry(place).or_default().push(member);
            }
            Field::None | Field::NotRead => self.judge(&[member], None),
        }
    }

    /// One recommendation for equal instances.
    fn judge(&mut self, members: &[Member<'s>], group: Option<&str>) {
        let Some(first) = members.first() else {
            return;
        };
        let resource = first.resource;
        let subject = Subject {
            uid: resource.uid.clone(),
            name: group.map_or_else(|| resource.name.clone(), SmolStr::new),
            scope: resource.scope.clone(),
            group: group.map(|name| Group {
                name: name.into(),
                members: u32::try_from(members.len()).unwrap_or(u32::MAX),
            }),
        };
        match self.recommendation(members) {
            Ok(Judged {
                recommendation,
                idle_by,
                notes,
            }) => self.entries.push(Entry {
                gaps: self.gaps(&subject.scope),
                subject,
                recommendation,
                idle_by,
                notes,
            }),
            Err(Unsaid { why, gap }) => self.unjudged.push(Unjudged { subject, why, gap }),
        }
    }

    fn recommendation(&self, members: &[Member<'s>]) -> Result<Judged, Unsaid> {
        let [first, rest @ ..] = members else {
            return Err("the group has no members".to_owned().into());
        };
        let scope = &first.resource.scope;
        let alike = |one: &Member<'_>| one.instance.instance_type == first.instance.instance_type;
        if !rest.iter().all(alike) {
            return Err("the group mixes types".to_owned().into());
        }
        let read = |metric| self.inventory.state(Dataset::Series(metric), scope);
        read(Metric::Cpu)?;
        let machine = machine_of(first.resource, first.instance, self.inventory)?;
        let Licence { not_known } = licence(
            self.settings.settings.prices,
            first.resource,
            first.instance,
        )?;
        let cpus: Option<Vec<Measured>> = members.iter().map(|one| one.cpu.clone()).collect();
        let cpu = cpus
            .and_then(|cpus| Measured::highest(&cpus))
            .ok_or_else(|| "processor use: the cloud holds no points of it".to_owned())?;
        let least = self.settings.least_days();
        if cpu.days() < least {
            let days = cpu.days();
            let why =
                format!("processor use: measured on {days:.1} days, and {least:.1} are needed");
            return Err(why.into());
        }
        let of = |one: &Member<'_>| self.metrics.get(one.resource.uid.as_str());
        let worst = |figure: fn(&Metrics) -> Option<f64>| {
            let all: Option<Vec<f64>> = members.iter().map(|one| figure(of(one)?)).collect();
            all.and_then(|all| all.into_iter().reduce(f64::max))
        };
        let peak = worst(|metrics| metrics.peak);
        let networks: Option<Vec<Network>> = members.iter().map(|one| of(one)?.network()).collect();
        // A series that was not completely read may be cut off where reading broke.
        let whole = read(Metric::NetworkIn).is_ok() && read(Metric::NetworkOut).is_ok();
        let network = networks
            .filter(|_| whole)
            .and_then(|all| Network::highest(&all));
        let memories: Option<Vec<Measured>> =
            members.iter().map(|one| of(one)?.memory.clone()).collect();
        let memory = memories
            .filter(|_| read(Metric::MemoryAvailable).is_ok())
            .and_then(|all| Measured::highest(&all));
        let paid_share = self.paid_share(members);
        let input = Input {
            provider: scope.provider,
            region: &scope.region,
            machine: &machine,
            price_not_known: not_known.as_ref(),
            cpu: &cpu,
            peak,
            memory_available: memory.as_ref(),
            network: network.as_ref(),
            instances: u32::try_from(members.len()).unwrap_or(u32::MAX),
            paid_share: paid_share.filter(|share| is_plain(*share)),
        };
        let recommendation = recommend(&input, &self.settings.settings)?;
        let question = Question {
            vcpu: recommendation.now.vcpu,
            cpu: &cpu,
            peak,
            last_days: worst(|metrics| metrics.last_days),
            network: network.as_ref(),
            busiest_day_bytes: worst(Metrics::busiest_day).filter(|_| whole),
            network_mbps: machine.network_mbps,
        };
        let idle = IDLE
            .iter()
            .filter(|idle| of_cloud(idle.name, scope.provider))
            .filter(|idle| idle.ask(&question) == Answer::Yes);
        let ran_out = members.iter().any(|one| {
            let least = of(one).and_then(|metrics| metrics.least_credits);
            least.is_some_and(|least| least <= 0.0)
        });
        let empty = ran_out.then(|| "its credits ran out in the time measured".to_owned());
        let odd = paid_share.filter(|share| !is_plain(*share)).map(|share| {
            let percent = (share * Decimal::ONE_HUNDRED).round_dp(1).normalize();
            format!(
                "the bill says that {percent} % of its list price was paid: something else than hours of this type is in it (a licence, a refund, a currency), so that it is not used here"
            )
        });
        Ok(Judged {
            recommendation,
            idle_by: idle.map(|idle| idle.name).collect(),
            notes: empty
                .into_iter()
                .chain(surplus(&machine, &cpu))
                .chain(odd)
                .collect(),
        })
    }

    /// What of the metrics that may be looked at should have been read and was not.
    fn gaps(&self, scope: &Scope) -> Vec<String> {
        let looks = self.settings.settings.profile.network.is_some();
        let network = [Metric::NetworkIn, Metric::NetworkOut];
        let metrics = network.into_iter().filter(|_| looks);
        let reasons = metrics
            .chain([Metric::MemoryAvailable])
            .filter_map(|metric| self.inventory.state(Dataset::Series(metric), scope).err())
            .flat_map(|unseen| unseen.0.iter().cloned().collect::<Vec<_>>())
            .filter(|reason| match &reason.why {
                Why::Gap { gap, .. } => gap.cause != Cause::NotCollected,
                Why::Excluded(_) | Why::Untold(_) => false,
            });
        let all: BTreeSet<String> = reasons.map(|reason| reason.to_string()).collect();
        all.into_iter().collect()
    }

    /// The mean of what part of their list price the members really cost; only where that is known of each.
    fn paid_share(&self, members: &[Member<'_>]) -> Option<Decimal> {
        let paid = &self.settings.paid;
        let known = members
            .iter()
            .map(|one| paid.of(&one.resource.uid)?.share());
        let all: Option<Vec<Decimal>> = known.collect();
        let all = all?;
        let count = Decimal::from(all.len());
        all.into_iter().sum::<Decimal>().checked_div(count)
    }

    fn finish(mut self) -> Estate {
        for ((_, name), mut members) in std::mem::take(&mut self.groups) {
            members.sort_unstable_by(|left, right| left.resource.uid.cmp(&right.resource.uid));
            self.judge(&members, Some(name));
        }
        self.entries.sort_by(|left, right| {
            let by = |entry: &Entry| std::cmp::Reverse(entry.recommendation.saving);
            (by(left), &left.subject.uid).cmp(&(by(right), &right.subject.uid))
        });
        self.unjudged
            .sort_by(|left, right| left.subject.uid.cmp(&right.subject.uid));
        let looks = &self.settings.settings;
        let least = self.settings.least_days();
        let disks = disks(self.inventory, looks, least);
        let databases = databases(self.inventory, looks, least);
        let of_instances = self.entries.iter().map(|entry| &entry.subject);
        let of_disks = disks.entries.iter().map(|entry| &entry.subject);
        let of_databases = databases.entries.iter().map(|entry| &entry.subject);
        let mut clouds: BTreeMap<Provider, BTreeSet<&str>> = BTreeMap::new();
        for subject in of_instances.chain(of_disks).chain(of_databases) {
            let regions = clouds.entry(subject.scope.provider).or_default();
            regions.insert(subject.scope.region.as_str());
        }
        let origins = clouds.iter().flat_map(|(provider, regions)| {
            let of = looks.prices.origins(*provider, regions).into_iter();
            of.map(move |origin| (*provider, origin))
        });
        let origins = origins.collect();
        Estate {
            not_read: not_read(self.inventory, Kind::ComputeInstance),
            disks,
            databases,
            origins,
            entries: self.entries,
            unjudged: self.unjudged,
        }
    }
}

/// The places whose resources of a kind were not completely read. One that no collector reads is no gap.
pub(super) fn not_read(inventory: &Inventory<'_>, kind: Kind) -> Vec<NotRead> {
    let places = inventory.snapshot().scopes.iter();
    places
        .filter(|scope| !scope.is_global())
        .filter_map(|scope| {
            let unseen = inventory.state(Dataset::Kind(kind), scope).err()?;
            let Unsaid { why, gap } = match kind {
                Kind::ComputeInstance => unseen.into(),
                _ => Unsaid::of_some_clouds(unseen),
            };
            (gap || kind == Kind::ComputeInstance).then(|| NotRead {
                scope: scope.clone(),
                why,
            })
        })
        .collect()
}

/// An advisor speaks of its own cloud.
fn of_cloud(name: &str, provider: Provider) -> bool {
    name.starts_with(provider.as_str())
}

/// Whether what was paid can be the price of the hours of a type: more than nothing, and no more than the list price
/// (with a hair for what bills round).
fn is_plain(share: Decimal) -> bool {
    share > Decimal::ZERO && share <= Decimal::new(1_005, 3)
}
