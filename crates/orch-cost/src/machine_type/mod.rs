//! What an instance type offers, as far as its cloud's tables and its name tell.

mod aws;
mod azure;
mod features;
mod gcp;

use orch_model::Provider;
use rust_decimal::Decimal;
use smol_str::SmolStr;

pub(crate) use features::Misses;
pub use features::{Feature, Features};

/// An instance type. What is not known is `None`, and nothing is concluded from that.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct MachineType {
    /// The type: `m5.large`, `Standard_D4s_v5`, `n2-standard-4`.
    pub name: SmolStr,
    /// Virtual processors.
    pub vcpu: Option<u32>,
    /// Memory in GiB; exact, because it is compared and never added.
    pub memory_gib: Option<Decimal>,
    /// Whether the memory was rounded down to whole GiB where the figure comes from.
    pub memory_rounded: bool,
    /// `x86_64`, `arm64`.
    pub architecture: Option<&'static str>,
    /// Accelerators.
    pub accelerators: Option<u32>,
    /// Whether the provider still calls it current.
    pub current_generation: Option<bool>,
    /// Network in Mbit a second: of AWS the baseline, of the others the least that their pages list for it.
    pub network_mbps: Option<u32>,
    /// Local disks in GB.
    pub local_disk_gb: Option<u32>,
    /// The line of types that it belongs to.
    pub family: Family,
    /// What it has besides processors and memory.
    pub features: Features,
    /// How its processors are shared, where they are.
    pub burst: Option<Burst>,
}

/// A line of types that differ in size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Family {
    /// Its name: `m5d`, `Dads_v5`, `n2`.
    pub name: SmolStr,
    /// What stays when a new generation comes: `m`, `D`, `n`.
    pub series: SmolStr,
    /// Which generation it is, comparable between the series of one cloud.
    pub generation: Option<u32>,
    /// Whether its members differ from those of other such families in processor, memory and features alone,
    /// so that work may move between them. Others stay in their own family.
    pub exchangeable: bool,
}

/// A type whose processors are its own only for a share of the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Burst {
    /// What it may use for ever, in percent of all its processors; not known for every type.
    pub baseline: Option<Decimal>,
    /// Credits that it earns in an hour, each good for one processor for one minute; none where there is no
    /// account of them.
    pub credits_an_hour: Option<Decimal>,
    /// Credits that it can hold.
    pub most_credits: Option<Decimal>,
}

impl Burst {
    /// Earns credits by the hour and holds at most so many.
    fn of_credits(vcpu: u32, an_hour: Decimal, most: Decimal) -> Self {
        Self {
            baseline: baseline(an_hour, vcpu),
            credits_an_hour: Some(an_hour),
            most_credits: Some(most),
        }
    }

    /// Shares its processors without an account.
    fn shared(baseline: Option<Decimal>) -> Self {
        Self {
            baseline,
            credits_an_hour: None,
            most_credits: None,
        }
    }
}

/// Use at which as many credits are earned as spent, in percent: credits an hour ÷ processors ÷ 60 minutes
/// (Amazon EC2 User Guide, "Key concepts for burstable performance instances").
pub fn baseline(credits_an_hour: Decimal, vcpu: u32) -> Option<Decimal> {
    let minutes = Decimal::from(vcpu).checked_mul(Decimal::from(60))?;
    credits_an_hour
        .checked_mul(Decimal::ONE_HUNDRED)?
        .checked_div(minutes)
}

impl MachineType {
    /// Memory that it has at most: rounded figures hide up to a GiB.
    pub fn memory_at_most(&self) -> Option<Decimal> {
        let hidden = if self.memory_rounded {
            Decimal::ONE
        } else {
            Decimal::ZERO
        };
        self.memory_gib.map(|memory| memory + hidden)
    }

    /// Memory that it has at least.
    pub fn memory_at_least(&self) -> Option<Decimal> {
        self.memory_gib
    }
}

/// A row of a cloud's table of types.
pub(crate) fn from_row(provider: Provider, row: &[&'static str]) -> Option<MachineType> {
    match provider {
        Provider::Aws => aws::from_row(row.try_into().ok()?),
        Provider::Azure => azure::from_row(row.try_into().ok()?),
        Provider::Gcp => gcp::from_row(row.try_into().ok()?),
    }
}

/// A type of the customer's own making, by its name.
pub(crate) fn custom(provider: Provider, name: &str) -> Option<MachineType> {
    (provider == Provider::Gcp)
        .then(|| gcp::custom(name))
        .flatten()
}

/// What is left of the price of a type that runs all month, where the cloud takes off by itself.
pub(crate) fn all_month(provider: Provider, name: &str) -> Decimal {
    match provider {
        Provider::Gcp => gcp::all_month(name),
        Provider::Aws | Provider::Azure => Decimal::ONE,
    }
}

/// Series of Google Cloud by the series that follow them: the first series for everything has two.
const FOLLOWED_BY: [(&str, &str); 2] = [("n", "n"), ("n", "e")];

/// Whether a type is of a newer generation of the same series as another one, of the same size and with everything
/// that the other has. Disks that are attached to a machine of Google Cloud one by one no type tells, so they are not
/// looked at.
pub(crate) fn succeeds(provider: Provider, new: &MachineType, old: &MachineType) -> bool {
    let (to, from) = (&new.family, &old.family);
    let series = to.series == from.series
        || provider == Provider::Gcp
            && FOLLOWED_BY.contains(&(from.series.as_str(), to.series.as_str()));
    let newer = to
        .generation
        .zip(from.generation)
        .is_some_and(|(to, from)| to > from);
    let memory = new
        .memory_at_least()
        .zip(old.memory_at_least())
        .is_some_and(|(new, old)| new >= old);
    series
        && newer
        && to.exchangeable
        && from.exchangeable
        && new.current_generation != Some(false)
        && new.vcpu.is_some()
        && new.vcpu == old.vcpu
        && memory
        && new.architecture.is_some()
        && new.architecture == old.architecture
        && new.burst.is_some() == old.burst.is_some()
        && new
            .features
            .replace(old.features, provider == Provider::Gcp)
            .is_ok()
}

/// A type that stands in no table of ours but was read from its cloud: its name tells the family.
pub fn read(provider: Provider, read: &orch_model::kind::ComputeInstanceType) -> MachineType {
    let name = read.instance_type.clone();
    let mut machine = match provider {
        Provider::Aws => aws::named(name),
        Provider::Azure => azure::named(name),
        Provider::Gcp => gcp::named(name),
    };
    machine.vcpu = u32::try_from(read.vcpu).ok();
    machine.memory_gib = Decimal::from(read.memory_mib).checked_div(Decimal::from(1024));
    machine.memory_rounded = false;
    machine.architecture = read
        .architectures
        .first()
        .and_then(|architecture| known_architecture(architecture));
    machine.accelerators = u32::try_from(read.accelerators).ok();
    machine.current_generation = read.current_generation.value().copied();
    if read.burstable.value() == Some(&true) {
        machine.burst.get_or_insert(Burst::shared(None));
    }
    machine
}

/// The architectures there are, so that they are compared as words of ours.
fn known_architecture(word: &str) -> Option<&'static str> {
    ["x86_64", "arm64", "x86_64_mac", "arm64_mac"]
        .into_iter()
        .find(|known| *known == word)
}

/// An empty cell is not known.
fn cell<T: std::str::FromStr>(text: &str) -> Option<T> {
    text.parse().ok()
}

/// The leading digits of a text and what follows them.
fn digits(text: &str) -> (Option<u32>, &str) {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, rest) = text.split_at(end);
    (number.parse().ok(), rest)
}

#[cfg(test)]
mod tests;
