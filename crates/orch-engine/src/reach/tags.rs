//! Which addresses the service tags of Azure stand for.
//!
//! Only those whose addresses are the same for everybody and for ever, as documented on 2026-11-01. The lists
//! of the others are published anew every week: an old one would turn "may match" into a wrong certainty.

use std::sync::{Arc, LazyLock};

use orch_model::Cidr;

use super::path::internet;
use crate::netset::Addresses;

/// What a tag stands for.
pub(super) enum Tag {
    /// These addresses.
    Addresses(Arc<Addresses>),
    /// The network itself and those it is joined with.
    VirtualNetwork,
    /// Addresses that are not known here.
    Unknown,
}

/// The address from which the platform probes the health of what it balances. It is in no block for special
/// purposes, and yet nobody on the internet has it.
const PLATFORM: &str = "168.63.129.16/32";

static PLATFORM_ADDRESS: LazyLock<Arc<Addresses>> = LazyLock::new(|| {
    let block = PLATFORM.parse::<Cidr>();
    Arc::new(Addresses::of(block.iter()))
});

/// The address of the platform.
pub(super) fn platform() -> &'static Arc<Addresses> {
    &PLATFORM_ADDRESS
}

/// What a name among the peers of a rule stands for.
pub(super) fn meaning(name: &str) -> Tag {
    let is = |known: &str| name.eq_ignore_ascii_case(known);
    if is("Internet") {
        Tag::Addresses(Arc::clone(internet()))
    } else if is("AzureLoadBalancer") {
        Tag::Addresses(Arc::clone(platform()))
    } else if is("VirtualNetwork") {
        Tag::VirtualNetwork
    } else {
        Tag::Unknown
    }
}
