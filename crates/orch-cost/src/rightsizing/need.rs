//! What an instance needs: the share that is used, times what there is.

use rust_decimal::Decimal;
use rust_decimal::prelude::FromPrimitive as _;
use serde::Serialize;

use super::profile::{Direction, Profile};
use super::{Measured, Network, Percentile};
use crate::machine_type::MachineType;

const GIB: Decimal = Decimal::from_parts(1 << 30, 0, 0, false, 0);

/// What must fit, without headroom.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Need {
    /// Processors: the profile's percentile of use × processors.
    pub vcpu: Decimal,
    /// Memory in GiB at its peak: what there is less the least that was free; none where it is not measured.
    pub memory_gib: Option<Decimal>,
    /// Network in Mbit a second, where the profile looks at it and it is measured.
    pub network_mbps: Option<Decimal>,
}

impl Need {
    /// The need of an instance; `None` where the processors of its type or their use are not numbers.
    pub(super) fn of(
        profile: &Profile,
        now: &MachineType,
        cpu: &Measured,
        memory: Option<Decimal>,
        network: Option<&Network>,
    ) -> Option<Self> {
        Some(Self {
            vcpu: share(cpu.at(profile.cpu_percentile), Decimal::from(now.vcpu?))?,
            memory_gib: memory,
            network_mbps: match (profile.network, network) {
                (Some((direction, _)), Some(network)) => Some(Decimal::from_f64(traffic(
                    direction,
                    network,
                    profile.cpu_percentile,
                ))?),
                _ => None,
            },
        })
    }

    /// The least share of processors of which the need takes at most the profile's limit.
    pub(super) fn least_vcpu(&self, profile: &Profile) -> Decimal {
        with_headroom(self.vcpu, profile.cpu_limit)
    }

    /// The least memory of which the need takes at most the profile's limit.
    pub(super) fn least_memory(&self, profile: &Profile) -> Option<Decimal> {
        self.memory_gib
            .map(|memory| with_headroom(memory, profile.memory_limit))
    }

    /// The least network of which the need takes at most the profile's limit.
    pub(super) fn least_network(&self, profile: &Profile) -> Option<Decimal> {
        let (_, limit) = profile.network?;
        self.network_mbps.map(|need| with_headroom(need, limit))
    }
}

/// A percentile of the traffic that a profile looks at, in Mbit a second.
pub(super) fn traffic(direction: Direction, network: &Network, percentile: Percentile) -> f64 {
    match direction {
        Direction::Busier => network.busier_mbps(percentile),
        Direction::Sent => network.sent_mbps(percentile),
    }
}

/// Percent of something.
pub(super) fn share(percent: f64, of: Decimal) -> Option<Decimal> {
    Decimal::from_f64(percent)?
        .checked_mul(of)?
        .checked_div(Decimal::ONE_HUNDRED)
}

/// What a need is of something, in percent.
pub(super) fn percent_of(need: Decimal, of: Decimal) -> Option<Decimal> {
    need.checked_mul(Decimal::ONE_HUNDRED)?.checked_div(of)
}

fn with_headroom(need: Decimal, limit: Decimal) -> Decimal {
    percent_of(need, limit).unwrap_or(Decimal::MAX)
}

/// The peak of memory use in GiB, from the bytes that were free. Of a size whose memory was rounded down the most that
/// it can have counts, so that use is never taken for less than it was.
pub(super) fn memory_used(now: &MachineType, available: &Measured) -> Option<Decimal> {
    let free = Decimal::from_f64(available.min)?.checked_div(GIB)?;
    Some((now.memory_at_most()? - free).max(Decimal::ZERO))
}
