//! How many operations and bytes a second the types of disks deliver.

use orch_model::Provider;

/// What sets the speed of a type of disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Speed {
    /// It is bought: so much is included, and so much can be had.
    Bought(Bought),
    /// It comes with the size.
    Sized(BySize),
}

/// Speed that is bought.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Bought {
    /// The least operations a second that can be had.
    pub(super) least_iops: i64,
    /// The most.
    pub(super) most_iops: i64,
    /// The most for each GiB.
    pub(super) iops_a_gib: i64,
    /// MiB a second that are there whatever the operations; every one above takes four operations a second.
    pub(super) included_throughput: i64,
    /// The most MiB a second.
    pub(super) most_throughput: i64,
    /// Whether MiB a second are a setting, and not only what the operations bring with them.
    pub(super) sells_throughput: bool,
}

/// Speed that comes with the size: a floor and so much a GiB, up to the most. Per-GiB figures are hundredths.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct BySize {
    /// Operations a second: floor, hundredths a GiB, most.
    pub(super) iops: (i64, i64, i64),
    /// MiB a second: floor, hundredths a GiB, most.
    pub(super) throughput: (i64, i64, i64),
}

/// A type of disk.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct DiskType {
    /// Whose.
    pub(super) provider: Provider,
    /// Its name.
    pub(super) name: &'static str,
    /// Its largest size in GiB.
    pub(super) most_gib: i64,
    /// What sets its speed.
    pub(super) speed: Speed,
    /// What it promises less than the dearer types of its cloud.
    pub(super) less: Option<&'static str>,
    /// Whether a disk is made this type while it is in use.
    pub(super) in_place: bool,
}

/// The types that a disk may be moved to. AWS: "Amazon EBS volume types", of gp3 what every region had before
/// September 2025; Google Cloud: "About Persistent Disk performance", zonal disks, of pd-standard the reads. What a
/// machine lets through is less on small ones and is not looked at: it holds for every type of disk alike.
pub(super) const DISKS: [DiskType; 6] = [
    DiskType {
        provider: Provider::Aws,
        name: "gp3",
        most_gib: 16_384,
        speed: Speed::Bought(Bought {
            least_iops: 3_000,
            most_iops: 16_000,
            iops_a_gib: 500,
            included_throughput: 125,
            most_throughput: 1_000,
            sells_throughput: true,
        }),
        less: Some("99.8 % durability, where io2 promises 99.999 %"),
        in_place: true,
    },
    DiskType {
        provider: Provider::Aws,
        name: "io1",
        most_gib: 16_384,
        speed: Speed::Bought(Bought {
            least_iops: 100,
            most_iops: 64_000,
            iops_a_gib: 50,
            included_throughput: 0,
            most_throughput: 500,
            sells_throughput: false,
        }),
        less: Some("99.8 % durability, where io2 promises 99.999 %"),
        in_place: true,
    },
    DiskType {
        provider: Provider::Aws,
        name: "io2",
        most_gib: 16_384,
        speed: Speed::Bought(Bought {
            least_iops: 100,
            most_iops: 64_000,
            iops_a_gib: 500,
            included_throughput: 0,
            most_throughput: 500,
            sells_throughput: false,
        }),
        less: None,
        in_place: true,
    },
    DiskType {
        provider: Provider::Gcp,
        name: "pd-standard",
        most_gib: 65_536,
        speed: Speed::Sized(BySize {
            iops: (0, 75, 7_500),
            throughput: (0, 12, 1_200),
        }),
        less: Some("turning disks: milliseconds for each operation"),
        in_place: false,
    },
    DiskType {
        provider: Provider::Gcp,
        name: "pd-balanced",
        most_gib: 65_536,
        speed: Speed::Sized(BySize {
            iops: (3_000, 600, 80_000),
            throughput: (140, 28, 1_200),
        }),
        less: None,
        in_place: false,
    },
    DiskType {
        provider: Provider::Gcp,
        name: "pd-ssd",
        most_gib: 65_536,
        speed: Speed::Sized(BySize {
            iops: (6_000, 3_000, 100_000),
            throughput: (240, 48, 1_200),
        }),
        less: None,
        in_place: false,
    },
];

/// Operations a second that a MiB a second takes where it is not included (0.25 MiB/s an operation).
const IOPS_A_MIB: i64 = 4;

/// What a disk delivers, and what of it is a setting.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Delivered {
    /// Operations a second.
    pub(super) iops: i64,
    /// MiB a second.
    pub(super) throughput: i64,
    /// The setting of operations a second.
    pub(super) set_iops: Option<i64>,
    /// The setting of MiB a second.
    pub(super) set_throughput: Option<i64>,
}

impl DiskType {
    /// The least that can be had of this type at a size which delivers so much; `None` where it does not.
    pub(super) fn for_need(&self, gib: i64, iops: i64, throughput: i64) -> Option<Delivered> {
        if gib > self.most_gib {
            return None;
        }
        let delivered = match self.speed {
            Speed::Bought(bought) => bought.least(gib, iops, throughput)?,
            Speed::Sized(sized) => sized.at(gib),
        };
        (delivered.iops >= iops && delivered.throughput >= throughput).then_some(delivered)
    }
}

impl Bought {
    fn least(&self, gib: i64, iops: i64, throughput: i64) -> Option<Delivered> {
        let carries = match throughput > self.included_throughput {
            true => throughput.saturating_mul(IOPS_A_MIB),
            false => 0,
        };
        let iops = iops.max(carries).max(self.least_iops);
        let most = gib.saturating_mul(self.iops_a_gib).max(self.least_iops);
        if iops > most.min(self.most_iops) || throughput > self.most_throughput {
            return None;
        }
        let throughput = match self.sells_throughput {
            true => throughput.max(self.included_throughput),
            false => (iops / IOPS_A_MIB).min(self.most_throughput),
        };
        Some(Delivered {
            iops,
            throughput,
            set_iops: Some(iops),
            set_throughput: self.sells_throughput.then_some(throughput),
        })
    }
}

impl BySize {
    fn at(&self, gib: i64) -> Delivered {
        let of = |(floor, hundredths, most): (i64, i64, i64)| {
            most.min(floor + gib.saturating_mul(hundredths) / 100)
        };
        Delivered {
            iops: of(self.iops),
            throughput: of(self.throughput),
            set_iops: None,
            set_throughput: None,
        }
    }
}
