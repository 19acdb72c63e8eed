//! Machine types of Google Cloud: processors and memory from a table or from the name of a custom type, the rest
//! from the series.

use rust_decimal::Decimal;
use smol_str::{SmolStr, format_smolstr};

use super::{Burst, Family, Feature, Features, MachineType, cell, digits, known_architecture};

/// Series whose types differ in processors, memory and features only.
const EXCHANGEABLE: [&str; 19] = [
    "c2", "c2d", "c3", "c3d", "c4", "c4a", "c4d", "c4n", "e2", "f1", "g1", "n1", "n2", "n2d", "n4",
    "n4a", "n4d", "t2a", "t2d",
];

/// Series on Arm processors.
const ARM: [&str; 4] = ["c4a", "n4a", "t2a", "a4x"];

/// Series to which a local disk can be attached one by one: whether it is, no type tells.
const LOCAL_DISK_OPTIONAL: [&str; 9] = ["a2", "c2", "c2d", "g2", "m1", "m3", "n1", "n2", "n2d"];
/// The series to which accelerators can be attached one by one.
const ACCELERATOR_OPTIONAL: &str = "n1";

/// Types that share processors: what they may use for ever, in percent of the processors that they see
/// (Compute Engine, "Shared-core machine types").
const SHARED: [(&str, i64); 5] = [
    ("e2-micro", 125),
    ("e2-small", 250),
    ("e2-medium", 500),
    ("f1-micro", 200),
    ("g1-small", 500),
];

/// Series with a sustained-use discount: percent that are left of the price of a machine that runs all month
/// (Compute Engine, "Sustained use discounts": up to 30 % and up to 20 %).
const SUSTAINED: [(&str, i64); 8] = [
    ("n1", 70),
    ("f1", 70),
    ("g1", 70),
    ("m1", 70),
    ("m2", 70),
    ("n2", 80),
    ("n2d", 80),
    ("c2", 80),
];

/// What is left of the price of a machine that runs all month.
pub(super) fn all_month(name: &str) -> Decimal {
    let series = series(name);
    SUSTAINED
        .iter()
        .find(|(known, _)| *known == series)
        .map_or(Decimal::ONE, |(_, percent)| {
            Decimal::new(*percent, 2).normalize()
        })
}

/// `custom-4-8192` is of the first series.
fn series(name: &str) -> &str {
    match name.split_once('-') {
        Some(("custom", _)) | None => "n1",
        Some((series, _)) => series,
    }
}

/// Network that every type has at least, in Mbit a second: so much a processor, up to so much; types that share
/// processors have half of what one processor has (Compute Engine, "Network bandwidth": the least of all series).
const MBPS_A_PROCESSOR: u32 = 2_000;
const MBPS_AT_LEAST: u32 = 10_000;
const MBPS_SHARED: u32 = 1_000;

fn network(machine: &MachineType) -> Option<u32> {
    if machine.burst.is_some() {
        return Some(MBPS_SHARED);
    }
    let processors = machine.vcpu?;
    Some(
        processors
            .saturating_mul(MBPS_A_PROCESSOR)
            .min(MBPS_AT_LEAST),
    )
}

/// A row of the table of types.
pub(super) fn from_row(row: [&'static str; 4]) -> Option<MachineType> {
    let [name, vcpu, gib, architecture] = row;
    let mut machine = named(SmolStr::new_static(name));
    machine.vcpu = cell(vcpu);
    machine.memory_gib = cell(gib);
    machine.architecture = known_architecture(architecture);
    machine.network_mbps = network(&machine);
    Some(machine)
}

/// What the name alone tells.
pub(super) fn named(name: SmolStr) -> MachineType {
    let series = series(&name);
    let letters = series
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(series.len());
    let (letter, rest) = series.split_at(letters);
    let (generation, _) = digits(rest);
    let with_disk = name.ends_with("lssd");
    let metal = name.ends_with("-metal");
    // A type with disks of its own says so; of the others some take them one by one, some never do.
    let local_disk = match (with_disk, LOCAL_DISK_OPTIONAL.contains(&series)) {
        (true, _) => Some(true),
        (false, true) => None,
        (false, false) => Some(false),
    };
    let accelerated = !EXCHANGEABLE.contains(&series) || series == ACCELERATOR_OPTIONAL;
    MachineType {
        architecture: Some(if ARM.contains(&series) {
            "arm64"
        } else {
            "x86_64"
        }),
        accelerators: (!accelerated).then_some(0),
        family: Family {
            name: series.into(),
            series: letter.into(),
            generation,
            exchangeable: EXCHANGEABLE.contains(&series),
        },
        features: Features::default()
            .nothing_else()
            .with(Feature::LocalDisk, local_disk)
            .with(Feature::BareMetal, Some(metal)),
        burst: SHARED
            .iter()
            .find(|(known, _)| *known == name)
            .map(|(_, share)| Burst::shared(Some(Decimal::new(*share, 1)))),
        name,
        ..MachineType::default()
    }
}

/// What a type of the customer's own making says in its name: `n2-custom-4-8192`, `custom-2-4096-ext`,
/// `e2-custom-medium-4096`.
pub(super) fn custom(name: &str) -> Option<MachineType> {
    let (series, size) = match name.strip_prefix("custom-") {
        Some(size) => ("n1", size),
        None => name.split_once("-custom-")?,
    };
    let size = size.strip_suffix("-ext").unwrap_or(size);
    let (processors, memory) = size.split_once('-')?;
    let shared = matches!(processors, "micro" | "small" | "medium");
    let vcpu: u32 = if shared { 2 } else { processors.parse().ok()? };
    let mib: Decimal = memory.parse().ok()?;
    let mut machine = named(name.into());
    machine.vcpu = Some(vcpu);
    machine.memory_gib = mib.checked_div(Decimal::from(1024));
    if shared {
        let like = format_smolstr!("{series}-{processors}");
        machine.burst = named(like).burst;
    }
    machine.network_mbps = network(&machine);
    Some(machine)
}
