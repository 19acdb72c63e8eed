//! Whether a type can take the place of another, and what it would be like.

use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use serde::Serialize;
use smol_str::SmolStr;

use super::need::{Need, percent_of};
use super::recommend::Settings;
use super::{Effort, Measured, Risk, burst, effort};
use crate::catalog::{Offer, UnitPrice};
use crate::machine_type::{Feature, MachineType, Misses};
use crate::price::Amount;

/// Why a cheaper type was not taken. The first that holds counts, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Refusal {
    /// Its processors or its memory are not in the catalogue.
    SizeNotKnown,
    /// It has more processors, or as many where fewer were asked for.
    MoreProcessors,
    /// Another architecture.
    Architecture,
    /// Whether it has the same architecture is not known.
    ArchitectureNotKnown,
    /// One of both families is made for something special.
    Family,
    /// Two generations older or more.
    OlderGeneration,
    /// Its provider calls it a previous generation.
    PreviousGeneration,
    /// It runs on credits.
    Burstable,
    /// It has fewer accelerators.
    Accelerators,
    /// Whether accelerators are attached, or it has as many, is not known.
    AcceleratorsNotKnown,
    /// It lacks local disks, premium disks, accelerated networking or the like.
    Feature,
    /// Whether it has a feature, or whether the instance uses it, is not known.
    FeatureNotKnown,
    /// It has less memory, and memory use is not measured.
    LessMemory,
    /// Its memory is too small for the peak of use.
    MemoryNeed,
    /// Its processors are too few for the need.
    ProcessorNeed,
    /// It has less network, and the traffic is not measured.
    LessNetwork,
    /// Its network is too slow for the traffic.
    NetworkNeed,
    /// How fast its network is, is not known.
    NetworkNotKnown,
    /// Its baseline, or its credits, do not carry the use.
    Credits,
    /// Its price is derived, and derived prices were not asked for.
    DerivedPrice,
    /// More work than was asked for.
    Effort,
}

impl Refusal {
    /// As it is printed: why so many cheaper types were not taken.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SizeNotKnown => "size not known",
            Self::MoreProcessors => "not smaller",
            Self::Architecture => "another architecture",
            Self::ArchitectureNotKnown => "architecture not known",
            Self::Family => "a family for something else",
            Self::OlderGeneration => "an older generation",
            Self::PreviousGeneration => "called previous",
            Self::Burstable => "runs on credits",
            Self::Accelerators => "fewer accelerators",
            Self::AcceleratorsNotKnown => "accelerators not known",
            Self::Feature => "lacks a feature",
            Self::FeatureNotKnown => "features not known",
            Self::LessMemory => "less memory, and its use is not measured",
            Self::MemoryNeed => "too little memory",
            Self::ProcessorNeed => "too few processors",
            Self::LessNetwork => "less network, and its traffic is not measured",
            Self::NetworkNeed => "too slow a network",
            Self::NetworkNotKnown => "network not known",
            Self::Credits => "too few credits",
            Self::DerivedPrice => "only a derived price",
            Self::Effort => "more work than asked for",
        }
    }
}

/// A cheaper type on which the work fits.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Candidate {
    /// The type.
    pub instance_type: SmolStr,
    /// The work of moving there.
    pub effort: Effort,
    /// Its virtual processors.
    pub vcpu: u32,
    /// Its memory in GiB.
    pub memory_gib: Decimal,
    /// `x86_64`, `arm64`.
    pub architecture: Option<&'static str>,
    /// Local disks in GB, where it has any.
    pub local_disk_gb: Option<u32>,
    /// Whether its processors are of an older generation, and count for a fifth less.
    pub older_generation: bool,
    /// The need in percent of its processors.
    pub projected_need: Decimal,
    /// The 95th percentile of use in percent of its processors.
    pub projected_p95: f64,
    /// The 99th percentile.
    pub projected_p99: f64,
    /// The largest momentary use, where it was measured; above 100 the work waits in those moments.
    pub projected_peak: Option<f64>,
    /// The peak of memory use in percent of its memory, where it was measured.
    pub projected_memory: Option<f64>,
    /// Hours of the time looked back at in which the work would be above the target.
    pub hours_above: Option<f64>,
    /// Share of that time, 0 to 1; where the points are not at hand, at most.
    pub share_above: f64,
    /// The risk that it is too small.
    pub risk: Risk,
    /// What an hour costs at list price.
    pub hourly: Amount,
    /// What a whole month costs at list price, less what the cloud takes off by itself.
    pub monthly: Amount,
    /// What that saves a month of one instance; not known for a licensed system.
    pub saving: Option<Amount>,
    /// What a month would cost if commitments paid for it as they pay for the present type, where that is known.
    pub effective: Option<Amount>,
    /// Whether a price in it was derived and not published.
    pub derived: bool,
    /// As of when its price is.
    pub as_of: &'static str,
}

/// What a processor of one generation back may take longer for the same work, in hundredths: the largest step that
/// AWS states between two generations (Graviton3 up to 25 % faster than Graviton2, "Amazon EC2 C7g instances"; 15 %
/// between m5, m6i and m7i).
const GENERATION_BACK: Decimal = Decimal::from_parts(125, 0, 0, false, 2);

/// What all types are held against.
pub(super) struct Bounds<'b> {
    pub(super) now: &'b MachineType,
    pub(super) settings: &'b Settings,
    pub(super) cpu: &'b Measured,
    least_vcpu: Decimal,
    least_memory: Option<Decimal>,
    least_network: Option<Decimal>,
}

impl<'b> Bounds<'b> {
    pub(super) fn new(
        now: &'b MachineType,
        settings: &'b Settings,
        cpu: &'b Measured,
        need: &Need,
    ) -> Self {
        let profile = &settings.profile;
        Self {
            now,
            settings,
            cpu,
            least_vcpu: need.least_vcpu(profile),
            least_memory: need.least_memory(profile),
            least_network: need.least_network(profile),
        }
    }

    /// Whether an offer can take the place of the type now.
    pub(super) fn check(&self, offer: &Offer) -> Result<(), Refusal> {
        self.check_machine(offer.machine)?;
        if offer.price.derived && !self.settings.derived_prices {
            return Err(Refusal::DerivedPrice);
        }
        if effort(self.now, offer.machine) > self.settings.most_effort {
            return Err(Refusal::Effort);
        }
        Ok(())
    }

    /// Whether a machine can, whatever it costs.
    pub(super) fn check_machine(&self, spec: &MachineType) -> Result<(), Refusal> {
        let (Some(vcpu), Some(memory)) = (spec.vcpu, spec.memory_at_least()) else {
            return Err(Refusal::SizeNotKnown);
        };
        self.check_size(vcpu)?;
        self.check_architecture(spec)?;
        self.check_family(spec)?;
        self.check_equipment(spec)?;
        self.check_need(vcpu, memory, spec)
    }

    fn check_size(&self, vcpu: u32) -> Result<(), Refusal> {
        let most = self.now.vcpu.unwrap_or_default();
        let smaller = vcpu < most || vcpu == most && !self.settings.fewer_processors;
        if smaller {
            Ok(())
        } else {
            Err(Refusal::MoreProcessors)
        }
    }

    fn check_architecture(&self, spec: &MachineType) -> Result<(), Refusal> {
        match (self.now.architecture, spec.architecture) {
            (Some(now), Some(then)) if now == then => Ok(()),
            (Some(_), Some(_)) if self.settings.other_architecture => Ok(()),
            (Some(_), Some(_)) => Err(Refusal::Architecture),
            _ if self.now.family.name == spec.family.name => Ok(()),
            _ => Err(Refusal::ArchitectureNotKnown),
        }
    }

    fn check_family(&self, spec: &MachineType) -> Result<(), Refusal> {
        let (old, new) = (&self.now.family, &spec.family);
        if old.name == new.name {
            return self.check_burst(spec);
        }
        if !(old.exchangeable && new.exchangeable) {
            return Err(Refusal::Family);
        }
        if spec.current_generation == Some(false) {
            return Err(Refusal::PreviousGeneration);
        }
        match (old.generation, new.generation) {
            // One generation back is still sold as current, and its processors count for less.
            (Some(old), Some(new)) if new.saturating_add(1) >= old => self.check_burst(spec),
            _ => Err(Refusal::OlderGeneration),
        }
    }

    /// Never to a burstable type unasked: percentiles do not tell how long credits last.
    fn check_burst(&self, spec: &MachineType) -> Result<(), Refusal> {
        if spec.burst.is_some() && !self.settings.burstable {
            Err(Refusal::Burstable)
        } else {
            Ok(())
        }
    }

    fn check_equipment(&self, spec: &MachineType) -> Result<(), Refusal> {
        let same_family = self.now.family.name == spec.family.name;
        match (self.now.accelerators, spec.accelerators) {
            (Some(now), Some(then)) if then < now => return Err(Refusal::Accelerators),
            (Some(0), _) | (Some(_), Some(_)) => {}
            _ if same_family && spec.family.exchangeable => {}
            _ => return Err(Refusal::AcceleratorsNotKnown),
        }
        // A family has machines with and without a hypervisor; nobody moves between them by a change of size.
        let metal = |of: &MachineType| of.features.get(Feature::BareMetal);
        if metal(self.now) != metal(spec) {
            return Err(Refusal::Feature);
        }
        spec.features
            .replace(self.now.features, same_family)
            .map_err(Refusal::from)
    }

    fn check_need(&self, vcpu: u32, memory: Decimal, spec: &MachineType) -> Result<(), Refusal> {
        match self.least_memory {
            Some(least) if memory < least => return Err(Refusal::MemoryNeed),
            Some(_) => {}
            None if self.now.memory_at_least().is_none_or(|now| memory < now) => {
                return Err(Refusal::LessMemory);
            }
            None => {}
        }
        if Decimal::from(vcpu) < self.weighed(self.least_vcpu, spec) {
            return Err(Refusal::ProcessorNeed);
        }
        self.check_network(spec)?;
        match &spec.burst {
            Some(shared) if !burst::carries(shared, vcpu, self.cpu, self.scale(vcpu, spec)) => {
                Err(Refusal::Credits)
            }
            _ => Ok(()),
        }
    }

    /// Where the profile looks at the network: enough for the traffic, and never less than now where that is not
    /// measured.
    fn check_network(&self, spec: &MachineType) -> Result<(), Refusal> {
        if self.settings.profile.network.is_none() {
            return Ok(());
        }
        let has = spec.network_mbps.ok_or(Refusal::NetworkNotKnown)?;
        match self.least_network {
            Some(least) if Decimal::from(has) < least => Err(Refusal::NetworkNeed),
            Some(_) => Ok(()),
            None => match self.now.network_mbps {
                Some(now) if has >= now => Ok(()),
                Some(_) => Err(Refusal::LessNetwork),
                None => Err(Refusal::NetworkNotKnown),
            },
        }
    }

    /// How much longer its processors take for the same work than those of now, at most.
    fn slower(&self, spec: &MachineType) -> Decimal {
        if self.is_back(spec) {
            GENERATION_BACK
        } else {
            Decimal::ONE
        }
    }

    fn is_back(&self, spec: &MachineType) -> bool {
        self.now.family.name != spec.family.name
            && spec.family.generation < self.now.family.generation
    }

    /// What a need comes to in processors of another machine.
    pub(super) fn weighed(&self, vcpu: Decimal, spec: &MachineType) -> Decimal {
        vcpu.saturating_mul(self.slower(spec))
    }

    /// By how much a share of use grows on a type with so many processors.
    pub(super) fn scale(&self, vcpu: u32, spec: &MachineType) -> f64 {
        let processors = f64::from(self.now.vcpu.unwrap_or_default()) / f64::from(vcpu.max(1));
        processors * self.slower(spec).to_f64().unwrap_or(1.0)
    }
}

/// What goes into every row of the table of candidates.
pub(super) struct Rows<'r> {
    pub(super) bounds: &'r Bounds<'r>,
    pub(super) need: &'r Need,
    pub(super) peak: Option<f64>,
    /// What is paid at list price now, where that is known.
    pub(super) paid: Option<UnitPrice>,
    /// What part of its list price is really paid now.
    pub(super) paid_share: Option<Decimal>,
    pub(super) hours_a_month: u32,
}

impl Rows<'_> {
    pub(super) fn row(&self, offer: &Offer) -> Option<Candidate> {
        let spec = offer.machine;
        let settings = self.bounds.settings;
        let (vcpu, memory) = (spec.vcpu?, spec.memory_at_least()?);
        let scale = self.bounds.scale(vcpu, spec);
        let cpu = self.bounds.cpu;
        let limit = settings.profile.cpu_limit.to_f64()? / scale;
        let share_above = cpu.share_above(limit);
        let month = Decimal::from(self.hours_a_month);
        let measured = cpu.days() / f64::from(settings.lookback_days().max(1));
        let price = offer.price;
        Some(Candidate {
            instance_type: spec.name.clone(),
            effort: effort(self.bounds.now, spec),
            vcpu,
            memory_gib: memory,
            architecture: spec.architecture,
            local_disk_gb: spec.local_disk_gb.filter(|size| *size > 0),
            older_generation: self.bounds.is_back(spec),
            projected_need: percent_of(
                self.bounds.weighed(self.need.vcpu, spec),
                Decimal::from(vcpu),
            )?,
            projected_p95: cpu.p95 * scale,
            projected_p99: cpu.p99 * scale,
            projected_peak: self.peak.map(|peak| peak * scale),
            projected_memory: self
                .need
                .memory_gib
                .and_then(|used| percent_of(used, memory)?.to_f64()),
            hours_above: cpu.hours_above(limit),
            share_above,
            risk: Risk::of(share_above, measured),
            hourly: Amount(price.usd),
            monthly: Amount(price.for_a_month() * month),
            saving: self
                .paid
                .map(|paid| Amount((paid.for_a_month() - price.for_a_month()) * month)),
            effective: self
                .paid_share
                .map(|share| Amount(share * price.usd * month)),
            derived: price.derived || self.paid.is_some_and(|paid| paid.derived),
            as_of: price.as_of,
        })
    }
}

impl From<Misses> for Refusal {
    fn from(misses: Misses) -> Self {
        match misses {
            Misses::Lacks => Self::Feature,
            Misses::NotKnown => Self::FeatureNotKnown,
        }
    }
}
