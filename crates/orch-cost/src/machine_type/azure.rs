//! Sizes of Azure: processors and memory from a table, everything else from the name.
//!
//! The name is family, subfamily, processors, constrained processors after a dash, additive features, accelerator,
//! version (Microsoft Learn, "Azure VM sizes naming conventions"). Sizes before version 4 do not follow it in
//! everything; what their pages say stands in the tables here, and what is in neither is not known.

use rust_decimal::Decimal;
use smol_str::SmolStr;

use super::{Burst, Family, Feature, Features, MachineType, cell, digits, known_architecture};

/// Families whose members differ in size, processor, memory and features only.
const EXCHANGEABLE: [&str; 5] = ["A", "B", "D", "E", "F"];

/// From this version on the letter `d` says whether there is a local disk (Ddv4 and Ddsv4 were the first).
const LETTER_D_COUNTS: u32 = 4;
/// Sizes of these families and versions have a local disk without a letter that says so (their pages on
/// Microsoft Learn).
const WITH_LOCAL_DISK: [(&str, u32); 12] = [
    ("A", 1),
    ("A", 2),
    ("B", 1),
    ("D", 1),
    ("D", 2),
    ("D", 3),
    ("E", 3),
    ("F", 1),
    ("F", 2),
    ("DC", 2),
    ("G", 1),
    ("L", 1),
];
/// And these have none.
const WITHOUT_LOCAL_DISK: [(&str, u32); 1] = [("B", 2)];

/// Sizes that Azure calls previous generations or sold as an offer for a time.
const PREVIOUS: [(&str, u32); 6] = [("A", 1), ("D", 1), ("D", 2), ("F", 1), ("G", 1), ("H", 1)];

/// Families that count their versions in their own way, and the version of D with processors of the same time: B
/// and F without a version, Bsv2 (as Dv5), Fsv2 (as Dv4).
const AS_VERSION_OF_D: [(&str, u32, u32); 4] = [("B", 1, 3), ("B", 2, 5), ("F", 1, 2), ("F", 2, 4)];

/// Sizes of version 1 of B that take part in accelerated networking, by processors; the others do not.
const B1_ACCELERATED: [u32; 3] = [12, 16, 20];
/// D and E of this version and later, and F of version 6 and later, all do.
const ACCELERATED_SINCE: [(&str, u32); 3] = [("D", 4), ("E", 4), ("F", 6)];
/// D and E of version 3 and F of version 2 do from this many processors on; of the smallest the pages disagree.
const ACCELERATED_LARGE: [(&str, u32); 3] = [("D", 3), ("E", 3), ("F", 2)];
const LARGE: u32 = 4;

/// Network that sizes have at least, in Mbit a second a processor, up to [`MBPS_AT_LEAST`]: family, versions, and
/// what the smallest figure of their pages comes to (Microsoft Learn: Av2, DSv2, Dv3, Ev3, Fsv2; later ones more).
const MBPS_A_PROCESSOR: [(&str, std::ops::RangeInclusive<u32>, u32); 5] = [
    ("A", 2..=2, 250),
    ("D", 2..=2, 750),
    ("D", 3..=9, 400),
    ("E", 3..=9, 400),
    ("F", 2..=9, 400),
];
const MBPS_AT_LEAST: u32 = 10_000;
/// Families whose sizes all have the same (Microsoft Learn, "Bsv2-series", network).
const MBPS_OF_ALL: [(&str, u32); 3] = [("Bls_v2", 6_250), ("Bs_v2", 6_250), ("Bts_v2", 6_250)];

/// Credits of B sizes: size, processors, credits an hour, credits held at most (Microsoft Learn, "B-series" and
/// "Bsv2-series", CPU burst).
const CREDITS: [(&str, u32, i64, i64); 19] = [
    ("B1ls", 1, 3, 72),
    ("B1s", 1, 6, 144),
    ("B1ms", 1, 12, 288),
    ("B2s", 2, 24, 576),
    ("B2ms", 2, 36, 864),
    ("B4ms", 4, 54, 1_296),
    ("B8ms", 8, 81, 1_944),
    ("B12ms", 12, 121, 2_909),
    ("B16ms", 16, 162, 3_888),
    ("B20ms", 20, 203, 4_860),
    ("B2ts_v2", 2, 24, 576),
    ("B2ls_v2", 2, 36, 864),
    ("B2s_v2", 2, 48, 1_152),
    ("B4ls_v2", 4, 72, 1_728),
    ("B4s_v2", 4, 96, 2_304),
    ("B8ls_v2", 8, 144, 3_456),
    ("B8s_v2", 8, 192, 4_608),
    ("B16ls_v2", 16, 288, 6_912),
    ("B16s_v2", 16, 384, 9_216),
];

/// A size's name taken apart.
#[derive(Debug, PartialEq, Eq)]
struct Parts<'n> {
    /// `D`, `DC`, `NV`; of the first sizes without the `S` that stood for premium disks.
    series: &'n str,
    vcpu: Option<u32>,
    /// What is left of them where the size is cut for licences.
    constrained: Option<u32>,
    /// Small letters.
    letters: &'n str,
    /// Between the features and the version: an accelerator, a memory class.
    middle: &'n str,
    /// 1 where the name has none.
    version: u32,
    promotion: bool,
    /// The first sizes said premium disks by a capital letter: `DS2_v2`.
    capital_s: bool,
}

impl<'n> Parts<'n> {
    fn of(name: &'n str) -> Option<Self> {
        let name = name
            .strip_prefix("Standard_")
            .or_else(|| name.strip_prefix("Basic_"))?;
        let (name, promotion) = match name.strip_suffix("_Promo") {
            Some(name) => (name, true),
            None => (name, false),
        };
        let end = name.find(|c: char| !c.is_ascii_uppercase())?;
        let (series, rest) = name.split_at(end);
        let (vcpu, rest) = digits(rest);
        let (constrained, rest) = match rest.strip_prefix('-') {
            Some(rest) => digits(rest),
            None => (None, rest),
        };
        let end = rest
            .find(|c: char| !c.is_ascii_lowercase())
            .unwrap_or(rest.len());
        let (letters, rest) = rest.split_at(end);
        let (middle, version) = match rest.rsplit_once("_v") {
            Some((middle, version)) => (middle, version.parse().ok()?),
            None => (rest, 1),
        };
        let capital_s = matches!(series, "DS" | "GS");
        Some(Self {
            series: if capital_s { &series[..1] } else { series },
            vcpu,
            constrained,
            letters,
            middle,
            version,
            promotion,
            capital_s,
        })
    }

    fn has(&self, letter: char) -> Option<bool> {
        Some(self.letters.contains(letter))
    }

    fn is_one_of(&self, table: &[(&str, u32)]) -> bool {
        table.contains(&(self.series, self.version))
    }

    /// The version, as D counts.
    fn generation(&self) -> u32 {
        let own = (self.series, self.version);
        AS_VERSION_OF_D
            .iter()
            .find(|(series, version, _)| (*series, *version) == own)
            .map_or(self.version, |(_, _, of_d)| *of_d)
    }

    fn local_disk(&self) -> Option<bool> {
        if self.is_one_of(&WITH_LOCAL_DISK) || self.letters.contains('d') {
            Some(true)
        } else if self.version >= LETTER_D_COUNTS || self.is_one_of(&WITHOUT_LOCAL_DISK) {
            Some(false)
        } else {
            None
        }
    }

    fn accelerated_networking(&self) -> Option<bool> {
        if ACCELERATED_SINCE
            .iter()
            .any(|(series, since)| self.series == *series && self.version >= *since)
        {
            return Some(true);
        }
        match (self.series, self.version, self.vcpu?) {
            ("A", ..) => Some(false),
            ("B", 1, vcpu) => Some(B1_ACCELERATED.contains(&vcpu)),
            ("B", 2, _) => Some(true),
            (_, _, vcpu) if self.is_one_of(&ACCELERATED_LARGE) && vcpu >= LARGE => Some(true),
            _ => None,
        }
    }

    /// Sizes before version 3 of A and D count in their own way, so that a number is no number of processors.
    fn counts_processors(&self) -> bool {
        !matches!((self.series, self.version), ("A" | "D", 1 | 2) | ("G", 1))
            || self.series == "A" && self.version == 2
    }

    fn features(&self) -> Features {
        let accelerated = self.accelerated_networking();
        let premium = self.capital_s || self.letters.contains('s');
        Features::default()
            .nothing_else()
            .with(Feature::LocalDisk, self.local_disk())
            .with(Feature::Network, self.has('n'))
            .with(Feature::RemoteDisk, self.has('b'))
            .with(Feature::Extra, self.has('o'))
            .with(Feature::Isolated, self.has('i'))
            .with(Feature::Rdma, self.has('r'))
            // Sizes of M take premium disks without saying so.
            .with(
                Feature::PremiumStorage,
                (premium || self.series != "M").then_some(premium),
            )
            .with(Feature::AcceleratedNetworking, accelerated)
            .with(
                Feature::Confidential,
                Some(matches!(self.series, "DC" | "EC" | "NCC")),
            )
    }

    fn family(&self) -> SmolStr {
        let s = if self.capital_s { "S" } else { "" };
        let of = format!("{}{s}{}{}", self.series, self.letters, self.middle);
        match self.version {
            1 => of.into(),
            version => format!("{of}_v{version}").into(),
        }
    }
}

/// A row of the table of sizes.
pub(super) fn from_row(row: [&'static str; 4]) -> Option<MachineType> {
    let [name, vcpu, gib, architecture] = row;
    let mut machine = named(SmolStr::new_static(name));
    machine.vcpu = cell(vcpu);
    machine.memory_gib = cell(gib);
    machine.memory_rounded = machine.memory_gib.is_some();
    machine.architecture = known_architecture(architecture);
    machine.network_mbps = network(&machine);
    Some(machine)
}

fn network(machine: &MachineType) -> Option<u32> {
    let family = &machine.family;
    let generation = family.generation?;
    let of_all = MBPS_OF_ALL.iter().find(|(name, _)| family.name == *name);
    if let Some((_, all)) = of_all {
        return Some(*all);
    }
    let (_, _, each) = MBPS_A_PROCESSOR
        .iter()
        .find(|(series, versions, _)| family.series == *series && versions.contains(&generation))?;
    Some(machine.vcpu?.saturating_mul(*each).min(MBPS_AT_LEAST))
}

/// What the name alone tells.
pub(super) fn named(name: SmolStr) -> MachineType {
    let mut machine = MachineType {
        family: Family {
            name: name.clone(),
            series: name.clone(),
            ..Family::default()
        },
        name: name.clone(),
        ..MachineType::default()
    };
    let Some(parts) = Parts::of(&name) else {
        return machine;
    };
    if parts.counts_processors() {
        machine.vcpu = parts.constrained.or(parts.vcpu);
    }
    machine.family = Family {
        name: parts.family(),
        series: parts.series.into(),
        generation: Some(parts.generation()),
        // An accelerator, a memory class or a special edition in the middle is a thing of its own.
        exchangeable: EXCHANGEABLE.contains(&parts.series) && parts.middle.is_empty(),
    };
    machine.features = parts.features();
    let previous = parts.promotion || parts.is_one_of(&PREVIOUS) || name.starts_with("Basic_");
    machine.current_generation = previous.then_some(false);
    // Only N sizes have accelerators; how many, no table of ours says.
    machine.accelerators = (!parts.series.starts_with('N')).then_some(0);
    if parts.series == "B" {
        machine.burst = Some(burst(&name));
    }
    machine
}

/// B sizes with processors of AMD or Arm have the credits of those with processors of Intel, by their pages; only
/// figures that were seen are in the table, so theirs are not known.
fn burst(name: &str) -> Burst {
    let size = name.trim_start_matches("Standard_");
    let known = CREDITS.iter().find(|(known, ..)| *known == size);
    match known {
        Some((_, vcpu, an_hour, most)) => {
            Burst::of_credits(*vcpu, Decimal::from(*an_hour), Decimal::from(*most))
        }
        None => Burst::shared(None),
    }
}
