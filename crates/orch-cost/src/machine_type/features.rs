//! What a type has besides processors and memory, and what of it a successor must keep.

use serde::Serialize;

/// Something that an instance may rely on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// Disks inside its host.
    LocalDisk,
    /// More network than its family's plain types.
    Network,
    /// Faster access to its remote disks.
    RemoteDisk,
    /// A higher clock rate.
    ClockRate,
    /// More memory, disk or processors of a special kind.
    Extra,
    /// Premium disks can be attached (Azure).
    PremiumStorage,
    /// Its network can pass by the host (Azure: accelerated networking).
    AcceleratedNetworking,
    /// Its memory is encrypted against its host.
    Confidential,
    /// It has its host for itself.
    Isolated,
    /// A second network for computers that work as one.
    Rdma,
    /// No hypervisor is below it.
    BareMetal,
}

impl Feature {
    /// Every feature.
    pub const ALL: [Self; 11] = [
        Self::LocalDisk,
        Self::Network,
        Self::RemoteDisk,
        Self::ClockRate,
        Self::Extra,
        Self::PremiumStorage,
        Self::AcceleratedNetworking,
        Self::Confidential,
        Self::Isolated,
        Self::Rdma,
        Self::BareMetal,
    ];

    fn bit(self) -> u16 {
        1 << self as u16
    }

    fn all_bits() -> u16 {
        Self::ALL.iter().fold(0, |all, one| all | one.bit())
    }
}

/// The features of a type: each is there, is not there, or is not known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Features {
    known: u16,
    has: u16,
}

/// Why a type cannot take the place of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Misses {
    /// It lacks what the other has.
    Lacks,
    /// Whether it has it, or whether the other needs it, is not known.
    NotKnown,
}

impl Features {
    /// Says of one feature whether it is there; `None` is not known.
    #[must_use]
    pub(super) fn with(mut self, feature: Feature, told: Option<bool>) -> Self {
        self.known &= !feature.bit();
        self.has &= !feature.bit();
        if let Some(there) = told {
            self.known |= feature.bit();
            if there {
                self.has |= feature.bit();
            }
        }
        self
    }

    /// Everything that is not said is known not to be there.
    #[must_use]
    pub(super) fn nothing_else(self) -> Self {
        Self {
            known: Feature::all_bits(),
            ..self
        }
    }

    /// Whether a feature is there, if that is known.
    pub fn get(self, feature: Feature) -> Option<bool> {
        (self.known & feature.bit() != 0).then_some(self.has & feature.bit() != 0)
    }

    /// Whether a type with these features can take the place of one with the others: it has each of them, or
    /// the other is known not to have it. Where it is not known whether the other has one, only a type of its own
    /// family, or one that has it, will do.
    pub(crate) fn replace(self, other: Self, same_family: bool) -> Result<(), Misses> {
        let needed = other.has & other.known;
        if needed & self.known & !self.has != 0 {
            return Err(Misses::Lacks);
        }
        let perhaps_needed = Feature::all_bits() & !other.known;
        let not_known = needed & !self.known != 0;
        let perhaps_missing = perhaps_needed & !(self.known & self.has) != 0;
        if not_known || perhaps_missing && !same_family {
            Err(Misses::NotKnown)
        } else {
            Ok(())
        }
    }
}
