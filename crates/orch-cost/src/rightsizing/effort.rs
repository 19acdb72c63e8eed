//! How much work it is to move to another type.

use serde::Serialize;

use crate::machine_type::MachineType;

/// The work of a change (AWS Compute Optimizer User Guide, "Migration effort").
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effort {
    /// Another size of the same family: stop, change, start.
    VeryLow,
    /// A newer generation of the same series: drivers and images may need a look.
    Low,
    /// Another family: the processor, its speed and the ratio to memory may differ.
    Medium,
    /// Another architecture: software must be built for it.
    High,
}

impl Effort {
    /// As it is printed.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::VeryLow => "very low",
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        }
    }
}

/// The work of moving from one type to another. An architecture that is not known counts as another one.
pub fn effort(from: &MachineType, to: &MachineType) -> Effort {
    let (old, new) = (&from.family, &to.family);
    let same_architecture = from.architecture.is_some() && from.architecture == to.architecture;
    if old.name == new.name && (same_architecture || from.architecture == to.architecture) {
        Effort::VeryLow
    } else if !same_architecture {
        Effort::High
    } else if old.series == new.series
        && old
            .generation
            .zip(new.generation)
            .is_some_and(|(old, new)| new > old)
    {
        Effort::Low
    } else {
        Effort::Medium
    }
}
