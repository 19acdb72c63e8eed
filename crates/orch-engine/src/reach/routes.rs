//! Where answers go: the most specific route decides, so routes part the address space.

use std::rc::Rc;
use std::sync::Arc;

use ipnet::IpNet;

use super::admission::Admission;
use super::mark::Mark;
use super::path::{Gate, Step};
use crate::netset::{Addresses, Packets};
use crate::value::{Reasons, union};

/// What a route means for answers to the internet.
#[derive(Debug, Clone)]
pub(super) enum Leads {
    Out,
    Elsewhere,
    Unknown(Reasons),
}

/// One route: among those to one block the smallest rank decides.
pub(super) struct Way<'s> {
    pub(super) to: IpNet,
    pub(super) rank: i64,
    pub(super) leads: Leads,
    pub(super) mark: Mark<'s>,
}

/// Lets those sources through to whom answers leave by a gateway to the internet. `differ` says why it is not
/// known where equally good routes disagree.
pub(super) fn gate<'s>(mut ways: Vec<Way<'s>>, differ: &Reasons) -> Gate<'s> {
    ways.sort_by_key(|way| (std::cmp::Reverse(way.to.prefix_len()), way.to, way.rank));
    let mut rest = Addresses::all();
    let mut lets = Admission::nothing();
    let mut steps = Vec::new();
    for equals in ways.chunk_by(|left, right| left.to == right.to && left.rank == right.rank) {
        let Some(first) = equals.first() else {
            continue;
        };
        let block = Addresses::of_nets([first.to]);
        let here = rest.intersection(&block);
        if here.is_empty() {
            continue;
        }
        rest = rest.difference(&block);
        let out = |way: &Way<'_>| matches!(way.leads, Leads::Out);
        let unknown = equals.iter().filter_map(|way| match &way.leads {
            Leads::Unknown(why) => Some(why.clone()),
            Leads::Out | Leads::Elsewhere => None,
        });
        let unknown = unknown.reduce(union);
        let all_out = equals.iter().all(out);
        if !all_out && unknown.is_none() && !equals.iter().any(out) {
            continue;
        }
        let packets = Packets::from_sources(&Arc::new(here));
        let out = if all_out {
            Admission::sure(packets)
        } else {
            Admission::perhaps(packets, unknown.unwrap_or_else(|| differ.clone()))
        };
        steps.push(Step {
            mark: first.mark.clone(),
            lets: Some(Rc::new(out.clone())),
            firewall: None,
        });
        lets = lets.or(out);
    }
    Gate {
        lets,
        steps,
        stop: Mark::NoRoute,
    }
}
