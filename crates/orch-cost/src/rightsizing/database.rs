//! Which class a database server needs: the cheapest with a price on which its work fits.
//!
//! The same need and the same limits as of instances, on the machines that classes are named after. Memory is a
//! database's cache: it becomes less only where the user says what of it is needed (`--assume-memory`). The network is
//! not looked at, because no cloud tells that of a class.

use orch_engine::{Inventory, Unseen};
use orch_model::kind::DatabaseServer;
use orch_model::{Body, Dataset, Digest, Field, Kind, Metric, Provider, Resource, Statistic, Text};
use rust_decimal::Decimal;
use serde::Serialize;
use smol_str::{SmolStr, format_smolstr};

use super::candidate::Bounds;
use super::estate::{NotRead, Subject, Unjudged, Unsaid};
use super::need::percent_of;
use super::recommend::Settings;
use super::{Effort, Measured, Need, Percentile, effort};
use crate::catalog;
use crate::facts::unseen;
use crate::machine_type::{self, MachineType};
use crate::price::{Amount, Price, price};

/// A cheaper class on which the work fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassCandidate {
    /// The class.
    pub class: SmolStr,
    /// The work of moving there.
    pub effort: Effort,
    /// Its virtual processors.
    pub vcpu: u32,
    /// Its memory in GiB.
    pub memory_gib: Decimal,
    /// The need in percent of its processors.
    pub projected_need: Decimal,
    /// What a month costs, disk and all.
    pub price: Price,
    /// What that saves a month.
    pub saving: Amount,
}

/// What there is to say of a database server.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ClassEntry {
    /// The server.
    pub subject: Subject,
    /// Its engine.
    pub engine: SmolStr,
    /// Its class.
    pub class: SmolStr,
    /// Its virtual processors.
    pub vcpu: u32,
    /// Its memory in GiB.
    pub memory_gib: Option<Decimal>,
    /// What a month costs now.
    pub price: Price,
    /// The percentile of processor use that counts, in percent.
    pub used: f64,
    /// Processors needed.
    pub need_vcpu: Decimal,
    /// Length of a period in seconds.
    pub step_s: u32,
    /// Days that were measured.
    pub days: f64,
    /// The most connections at one time, where that was measured; nothing at all means that it is idle.
    pub connections: Option<f64>,
    /// The cheapest first.
    pub candidates: Vec<ClassCandidate>,
}

/// What there is to say of the database servers of an estate.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Databases {
    /// Sorted by saving, the largest first; then by uid.
    pub entries: Vec<ClassEntry>,
    /// Sorted by uid.
    pub unjudged: Vec<Unjudged>,
    /// Places whose servers were not completely read.
    pub not_read: Vec<NotRead>,
}

impl ClassEntry {
    /// What the cheapest candidate saves a month.
    pub fn saving(&self) -> Option<Amount> {
        self.candidates.first().map(|first| first.saving)
    }
}

/// Looks at every database server that has a class.
pub(super) fn databases(
    inventory: &Inventory<'_>,
    settings: &Settings,
    least_days: f64,
) -> Databases {
    let mut all = Databases {
        not_read: super::estate::not_read(inventory, Kind::DatabaseServer),
        ..Databases::default()
    };
    for resource in &inventory.snapshot().resources {
        let Body::DatabaseServer(server) = &resource.body else {
            continue;
        };
        if server.instance_type.value().is_none() {
            continue;
        }
        match look(resource, server, inventory, settings, least_days) {
            Ok(entry) => all.entries.push(entry),
            Err(unseen) => {
                let Unsaid { why, gap } = Unsaid::of_some_clouds(unseen);
                let subject = Subject::of(resource);
                all.unjudged.push(Unjudged { subject, why, gap });
            }
        }
    }
    all.entries.sort_by(|left, right| {
        let by = |entry: &ClassEntry| std::cmp::Reverse(entry.saving());
        (by(left), &left.subject.uid).cmp(&(by(right), &right.subject.uid))
    });
    all
}

/// Looks at one server.
fn look(
    resource: &Resource,
    server: &DatabaseServer,
    inventory: &Inventory<'_>,
    settings: &Settings,
    least_days: f64,
) -> Result<ClassEntry, Unseen> {
    let class = server
        .instance_type
        .value()
        .ok_or_else(|| Unseen::untold("class", "it has none, or none was read"))?;
    let asked = Asked {
        resource,
        server,
        class,
        inventory,
        settings,
        least_days,
    };
    asked.entry()
}

struct Asked<'a, 's> {
    resource: &'a Resource,
    server: &'a DatabaseServer,
    class: &'a Text,
    inventory: &'a Inventory<'s>,
    settings: &'a Settings,
    least_days: f64,
}

impl Asked<'_, '_> {
    fn entry(&self) -> Result<ClassEntry, Unseen> {
        let provider = self.resource.scope.provider;
        let machine = machine(provider, self.class).ok_or_else(|| {
            let why = format_smolstr!("the size of {} is not in the catalogue", self.class);
            Unseen::untold("class", why)
        })?;
        let now = price(self.resource).map_err(unseen)?;
        let cpu = self.cpu()?;
        if cpu.days() < self.least_days {
            let (days, least) = (cpu.days(), self.least_days);
            let why = format_smolstr!("measured on {days:.1} days, and {least:.1} are needed");
            return Err(Unseen::untold("processor use", why));
        }
        let mut settings = self.settings.clone();
        settings.profile.network = None;
        let profile = &settings.profile;
        let memory = settings.assume_memory.and_then(|share| {
            let memory = machine.memory_at_most()?;
            (memory * share).checked_div(Decimal::ONE_HUNDRED)
        });
        let not_a_number = || Unseen::untold("processor use", "its percentile is not a number");
        let need = Need::of(profile, &machine, &cpu, memory, None).ok_or_else(not_a_number)?;
        let mut candidates: Vec<ClassCandidate> = self
            .others(&machine)
            .into_iter()
            .filter_map(|(class, other)| {
                self.candidate(class, &other, &machine, &settings, &cpu, &need, &now)
            })
            .collect();
        candidates.sort_by(|left, right| {
            (left.price.monthly, &left.class).cmp(&(right.price.monthly, &right.class))
        });
        Ok(ClassEntry {
            subject: Subject::of(self.resource),
            engine: self.server.engine.clone(),
            class: self.class.clone(),
            vcpu: machine.vcpu.unwrap_or_default(),
            memory_gib: machine.memory_gib,
            price: now,
            used: cpu.at(profile.cpu_percentile),
            need_vcpu: need.vcpu,
            step_s: cpu.step_s,
            days: cpu.days(),
            connections: self.connections(),
            candidates,
        })
    }

    #[expect(clippy::too_many_arguments, reason = "what one row is held against")]
    fn candidate(
        &self,
        class: SmolStr,
        other: &MachineType,
        machine: &MachineType,
        settings: &Settings,
        cpu: &Measured,
        need: &Need,
        now: &Price,
    ) -> Option<ClassCandidate> {
        let bounds = Bounds::new(machine, settings, cpu, need);
        bounds.check_machine(other).ok()?;
        let mut server = self.server.clone();
        server.instance_type = Field::Value(class.clone());
        let then = price(&Resource {
            body: server.into(),
            ..self.resource.clone()
        })
        .ok()?;
        if then.monthly >= now.monthly || then.derived && !settings.derived_prices {
            return None;
        }
        let vcpu = other.vcpu?;
        Some(ClassCandidate {
            class,
            effort: effort(machine, other),
            vcpu,
            memory_gib: other.memory_at_least()?,
            projected_need: percent_of(bounds.weighed(need.vcpu, other), Decimal::from(vcpu))?,
            saving: Amount(now.monthly.0 - then.monthly.0),
            price: then,
        })
    }

    /// The classes that a server could have, with the machines they are named after. Only those with a price are
    /// candidates in the end.
    fn others(&self, now: &MachineType) -> Vec<(SmolStr, MachineType)> {
        let scope = &self.resource.scope;
        if scope.provider == Provider::Gcp {
            return custom_sizes(now);
        }
        let prefix = prefix(scope.provider);
        catalog::offers(scope.provider, &scope.region)
            .iter()
            .map(|offer| {
                let machine = offer.machine;
                (format_smolstr!("{prefix}{}", machine.name), machine.clone())
            })
            .collect()
    }

    fn cpu(&self) -> Result<Measured, Unseen> {
        let scope = &self.resource.scope;
        self.inventory
            .state(Dataset::Series(Metric::DatabaseCpu), scope)?;
        let digests: &[Digest] = self
            .inventory
            .digests(&self.resource.uid, Metric::DatabaseCpu);
        let average = digests
            .iter()
            .find(|digest| digest.statistic == Statistic::Average);
        let of = average.map(Measured::of_digest);
        of.ok_or_else(|| Unseen::untold("processor use", "the cloud holds no points of it"))
    }

    fn connections(&self) -> Option<f64> {
        let metric = Metric::DatabaseConnections;
        let scope = &self.resource.scope;
        self.inventory.state(Dataset::Series(metric), scope).ok()?;
        let digests = self.inventory.digests(&self.resource.uid, metric).iter();
        let most = digests.map(|digest| Measured::of_digest(digest).at(Percentile::Max));
        most.reduce(f64::max)
    }
}

/// What the names of classes begin with.
fn prefix(provider: Provider) -> &'static str {
    match provider {
        Provider::Aws => "db.",
        Provider::Azure | Provider::Gcp => "",
    }
}

/// The machine that a class is named after.
fn machine(provider: Provider, class: &str) -> Option<MachineType> {
    match provider {
        Provider::Gcp => {
            let name = class.strip_prefix("db-")?;
            machine_type::custom(provider, name)
                .or_else(|| catalog::machine(provider, name).map(|found| found.into_owned()))
        }
        Provider::Aws | Provider::Azure => {
            let name = class.strip_prefix(prefix(provider))?;
            catalog::machine(provider, name).map(|found| found.into_owned())
        }
    }
}

/// Processors of Cloud SQL's own sizes: one, or an even number up to 96. More than 6.5 GiB a processor there is not
/// (Cloud SQL documentation, "Machine series overview").
fn custom_sizes(now: &MachineType) -> Vec<(SmolStr, MachineType)> {
    let Some(memory) = now.memory_gib else {
        return Vec::new();
    };
    let most = Decimal::new(65, 1);
    std::iter::once(1)
        .chain((2..=96).step_by(2))
        .filter(|vcpu| memory <= most * Decimal::from(*vcpu))
        .filter_map(|vcpu| {
            let mib = (memory * Decimal::from(1024)).trunc();
            let name = format!("custom-{vcpu}-{mib}");
            let machine = machine_type::custom(Provider::Gcp, &name)?;
            Some((format_smolstr!("db-{name}"), machine))
        })
        .collect()
}
