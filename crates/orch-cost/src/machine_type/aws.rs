//! Types of AWS: a table of what the cloud itself says of them, and the letters of their names.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::{Burst, Family, Feature, Features, MachineType, cell, digits, known_architecture};

/// Families whose members differ in size, processor and memory only, and may be exchanged for one another.
/// Burstable ones may become these; others (accelerators, very large memory) stay in their own.
const EXCHANGEABLE: [&str; 4] = ["c", "m", "r", "t"];

/// What a letter after the generation promises (Amazon EC2 User Guide, "Instance type naming conventions").
const LETTERS: [(char, Feature); 4] = [
    ('n', Feature::Network),
    ('b', Feature::RemoteDisk),
    ('z', Feature::ClockRate),
    ('e', Feature::Extra),
];

/// T2 has the processors of M4, T3 those of M5, T4g those of M6g.
const T_IS_YOUNGER: u32 = 2;

/// Burstable types: size, processors, credits an hour and credits held at most, both in tenths (Amazon EC2 User
/// Guide, "Key concepts for burstable performance instances", the credit table). T3a and T4g are as T3.
const CREDITS: [(&str, u32, i64, i64); 14] = [
    ("t2.nano", 1, 30, 720),
    ("t2.micro", 1, 60, 1_440),
    ("t2.small", 1, 120, 2_880),
    ("t2.medium", 2, 240, 5_760),
    ("t2.large", 2, 360, 8_640),
    ("t2.xlarge", 4, 540, 12_960),
    ("t2.2xlarge", 8, 816, 19_584),
    ("t3.nano", 2, 60, 1_440),
    ("t3.micro", 2, 120, 2_880),
    ("t3.small", 2, 240, 5_760),
    ("t3.medium", 2, 240, 5_760),
    ("t3.large", 2, 360, 8_640),
    ("t3.xlarge", 4, 960, 23_040),
    ("t3.2xlarge", 8, 1_920, 46_080),
];
const AS_T3: [&str; 2] = ["t3a", "t4g"];

/// What flex types may use for ever, in percent (Amazon EC2 M7i-flex: "40 percent baseline").
const FLEX_BASELINE: i64 = 40;

/// A row of the table of types.
pub(super) fn from_row(row: [&'static str; 10]) -> Option<MachineType> {
    let [
        name,
        vcpu,
        gib,
        architecture,
        accelerators,
        current,
        burst,
        metal,
        disk,
        network,
    ] = row;
    let mut machine = named(SmolStr::new_static(name));
    machine.vcpu = cell(vcpu);
    machine.memory_gib = cell(gib);
    machine.architecture = known_architecture(architecture);
    machine.accelerators = cell(accelerators);
    machine.current_generation = cell(current);
    machine.network_mbps = cell(network);
    machine.local_disk_gb = cell(disk);
    let disk: Option<u32> = cell(disk);
    machine.features = machine
        .features
        .with(Feature::LocalDisk, disk.map(|size| size > 0))
        .with(Feature::BareMetal, cell(metal));
    if cell(burst) == Some(true) {
        machine.burst.get_or_insert(Burst::shared(None));
    }
    Some(machine)
}

/// What the name alone tells.
pub(super) fn named(name: SmolStr) -> MachineType {
    let family_name = name.split('.').next().unwrap_or(&name);
    let series_end = family_name
        .find(|c: char| c.is_ascii_digit())
        .unwrap_or(family_name.len());
    let (series, rest) = family_name.split_at(series_end);
    let (number, letters) = digits(rest);
    let (letters, flex) = match letters.split_once('-') {
        Some((letters, "flex")) => (letters, true),
        Some((letters, _)) => (letters, false),
        None => (letters, false),
    };
    let mut features = Features::default();
    for (letter, feature) in LETTERS {
        features = features.with(feature, Some(letters.contains(letter)));
    }
    features = features
        .nothing_else()
        .with(Feature::LocalDisk, letters.contains('d').then_some(true))
        .with(Feature::BareMetal, Some(name.contains(".metal")));
    let generation = match number {
        Some(number) if series == "t" => number.checked_add(T_IS_YOUNGER),
        other => other,
    };
    MachineType {
        family: Family {
            name: family_name.into(),
            series: series.into(),
            generation,
            exchangeable: EXCHANGEABLE.contains(&series),
        },
        features,
        burst: burst(&name, family_name, series, flex),
        name,
        ..MachineType::default()
    }
}

/// Burstable types earn credits: their processors are not all theirs. T families, and `flex` types.
fn burst(name: &str, family: &str, series: &str, flex: bool) -> Option<Burst> {
    if flex {
        return Some(Burst::shared(Some(Decimal::from(FLEX_BASELINE))));
    }
    if series != "t" {
        return None;
    }
    let size = name.split('.').nth(1).unwrap_or_default();
    let family = if AS_T3.contains(&family) {
        "t3"
    } else {
        family
    };
    let known = CREDITS.iter().find(|(known, ..)| {
        known
            .strip_prefix(family)
            .and_then(|rest| rest.strip_prefix('.'))
            == Some(size)
    });
    Some(match known {
        Some((_, vcpu, an_hour, most)) => {
            Burst::of_credits(*vcpu, Decimal::new(*an_hour, 1), Decimal::new(*most, 1))
        }
        None => Burst::shared(None),
    })
}
