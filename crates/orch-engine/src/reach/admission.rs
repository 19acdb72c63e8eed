//! What is let through: packets of which it is certain, and packets of which it is not known, with why.

use std::sync::Arc;

use orch_model::Resource;

use crate::inventory::Unseen;
use crate::netset::{Addresses, Packets};
use crate::value::{Reasons, union};

/// Packets that may be let through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Open {
    pub(super) packets: Packets,
    /// What is missing or not modelled.
    pub(super) why: Reasons,
}

/// What is let through. A packet that is in none of it is refused.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Admission {
    /// What is let through for certain.
    pub(super) sure: Packets,
    /// What may be, beside that.
    pub(super) open: Vec<Open>,
}

/// One reason that no read explains.
pub(super) fn untold(what: &str, why: &str) -> Reasons {
    Unseen::untold(what, why).0
}

/// Why a part of a resource was not read: the gap of the call for it, or these words.
pub(super) fn unread(resource: &Resource, path: &str, what: &str, why: &str) -> Reasons {
    Unseen::of_part(resource, path).map_or_else(|| untold(what, why), |unseen| unseen.0)
}

impl Admission {
    /// Nothing.
    pub(super) fn nothing() -> Self {
        Self::default()
    }

    /// Everything.
    pub(super) fn everything() -> Self {
        Self::sure(Packets::everything().clone())
    }

    /// These for certain.
    pub(super) fn sure(sure: Packets) -> Self {
        Self {
            sure,
            open: Vec::new(),
        }
    }

    /// These perhaps.
    pub(super) fn perhaps(packets: Packets, why: Reasons) -> Self {
        let mut admission = Self::nothing();
        admission.add_open(packets, why);
        admission
    }

    /// Everything perhaps.
    pub(super) fn unknown(why: Reasons) -> Self {
        Self::perhaps(Packets::everything().clone(), why)
    }

    fn add_open(&mut self, packets: Packets, why: Reasons) {
        if packets.is_empty() {
            return;
        }
        match self.open.iter_mut().find(|open| open.why == why) {
            Some(open) => open.packets = open.packets.union(&packets),
            None => self.open.push(Open { packets, why }),
        }
    }

    /// What is not refused for certain.
    pub(super) fn possible(&self) -> Packets {
        self.open
            .iter()
            .fold(self.sure.clone(), |all, open| all.union(&open.packets))
    }

    /// Whether everything is refused for certain.
    pub(super) fn is_nothing(&self) -> bool {
        self.sure.is_empty() && self.open.is_empty()
    }

    /// What either lets through.
    #[must_use]
    pub(super) fn or(mut self, other: Self) -> Self {
        self.sure = self.sure.union(&other.sure);
        for open in other.open {
            self.add_open(open.packets, open.why);
        }
        self.settle()
    }

    /// What both let through.
    #[must_use]
    pub(super) fn and(&self, other: &Self) -> Self {
        let mut both = Self::sure(self.sure.intersection(&other.sure));
        for (one, two) in [(self, other), (other, self)] {
            if one.open.is_empty() {
                continue;
            }
            let possible = two.possible();
            for open in &one.open {
                both.add_open(open.packets.intersection(&possible), open.why.clone());
            }
        }
        both
    }

    /// What of it comes from these sources.
    #[must_use]
    pub(super) fn only_from(&self, sources: &Arc<Addresses>) -> Self {
        self.map(|packets| packets.only_from(sources))
    }

    /// The same done to what is certain and to what is not.
    #[must_use]
    pub(super) fn map(&self, change: impl Fn(&Packets) -> Packets) -> Self {
        let mut changed = Self::sure(change(&self.sure));
        for open in &self.open {
            changed.add_open(change(&open.packets), open.why.clone());
        }
        changed.settle()
    }

    /// Takes what is certain out of what is not.
    #[must_use]
    pub(super) fn settle(mut self) -> Self {
        let open = std::mem::take(&mut self.open);
        for open in open {
            self.add_open(open.packets.difference(&self.sure), open.why);
        }
        self
    }

    /// What certainty there is of these packets when `of` tells of every packet what can come of it: let
    /// through where only `yes` can, open where both can, for the reasons of `causes`.
    pub(super) fn between(yes: &Packets, no: &Packets, causes: &[Open]) -> Self {
        let mut found = Self::sure(yes.difference(no));
        let both = yes.intersection(no);
        if !both.is_empty() {
            for cause in causes {
                found.add_open(cause.packets.intersection(&both), cause.why.clone());
            }
        }
        found
    }

    /// Every reason for which it is not all certain.
    pub(super) fn reasons(&self) -> Option<Reasons> {
        self.open.iter().map(|open| open.why.clone()).reduce(union)
    }
}
