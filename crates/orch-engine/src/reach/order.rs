//! Ordered rules: the first that matches decides, or hands on to the next firewall.

use std::rc::Rc;

use orch_model::kind::{FirewallRule, NetworkFirewall, RuleAction};
use orch_model::{Field, Uid};

use super::admission::{Admission, Open, untold};
use super::mark::Mark;
use super::path::Step;
use crate::netset::Packets;
use crate::value::Reasons;

/// One rule: what it does, and what it matches for certain and perhaps.
pub(super) struct Entry<'s> {
    pub(super) mark: Mark<'s>,
    pub(super) firewall: Option<&'s Uid>,
    pub(super) action: RuleAction,
    pub(super) matches: Admission,
}

/// What can become of packets: where it is not certain whether a rule matches, several things can.
pub(super) struct Chain<'s> {
    /// What may be undecided.
    pub(super) rest: Packets,
    pub(super) allowed: Packets,
    /// Let through whatever comes after.
    pub(super) always: Packets,
    pub(super) denied: Packets,
    /// Why it is not certain.
    pub(super) causes: Vec<Open>,
    pub(super) steps: Vec<Step<'s>>,
}

impl<'s> Chain<'s> {
    /// Nothing is decided.
    pub(super) fn new() -> Self {
        Self {
            rest: Packets::everything().clone(),
            allowed: Packets::nothing(),
            always: Packets::nothing(),
            denied: Packets::nothing(),
            causes: Vec::new(),
            steps: Vec::new(),
        }
    }

    /// Asks the rules of one firewall in order. What they hand on or do not match is asked of the next.
    pub(super) fn ask(&mut self, entries: impl IntoIterator<Item = Entry<'s>>) {
        let mut here = self.rest.clone();
        let mut next = Packets::nothing();
        for entry in entries {
            if here.is_empty() {
                break;
            }
            let sure = here.intersection(&entry.matches.sure);
            let mut hit = sure.clone();
            let mut lets = Admission::sure(sure.clone());
            for open in &entry.matches.open {
                let packets = here.intersection(&open.packets);
                if !packets.is_empty() {
                    hit = hit.union(&packets);
                    lets = lets.or(Admission::perhaps(packets.clone(), open.why.clone()));
                    self.causes.push(Open {
                        packets,
                        why: open.why.clone(),
                    });
                }
            }
            if hit.is_empty() {
                continue;
            }
            here = here.difference(&sure);
            match entry.action {
                RuleAction::Allow => self.allowed = self.allowed.union(&hit),
                RuleAction::AlwaysAllow => self.always = self.always.union(&hit),
                RuleAction::Deny => self.denied = self.denied.union(&hit),
                RuleAction::Next => next = next.union(&hit),
            }
            if matches!(entry.action, RuleAction::Allow | RuleAction::AlwaysAllow) {
                self.steps.push(Step {
                    mark: entry.mark,
                    lets: Some(Rc::new(lets)),
                    firewall: entry.firewall,
                });
            }
        }
        self.rest = here.union(&next);
    }

    /// A firewall of which nothing is known: it may do anything with what is undecided.
    pub(super) fn unknown(&mut self, why: Reasons) {
        if self.rest.is_empty() {
            return;
        }
        self.always = self.always.union(&self.rest);
        self.allowed = self.allowed.union(&self.rest);
        self.denied = self.denied.union(&self.rest);
        self.causes.push(Open {
            packets: self.rest.clone(),
            why,
        });
    }

    /// What it lets through when what nothing decides is refused.
    pub(super) fn admission(&self) -> Admission {
        let yes = self.allowed.union(&self.always);
        Admission::between(&yes, &self.denied.union(&self.rest), &self.causes)
    }
}

/// The rules of firewalls for arriving traffic that are in force, in the order in which they are asked: by
/// priority, refusals before permissions of the same priority.
pub(super) fn in_order<'s>(
    firewalls: impl IntoIterator<Item = (&'s Uid, &'s NetworkFirewall)>,
) -> Vec<(&'s Uid, &'s FirewallRule)> {
    let mut rules: Vec<_> = firewalls
        .into_iter()
        .flat_map(|(uid, body)| body.ingress.iter().map(move |rule| (uid, rule)))
        .filter(|(_, rule)| in_force(rule))
        .collect();
    rules.sort_by_key(|(_, rule)| {
        let place = match rule.priority {
            Field::Value(place) => place,
            Field::None => i64::MAX,
            // It may come before any other; whether it matches is then not certain.
            Field::NotRead => i64::MIN,
        };
        (place, rule.action != RuleAction::Deny)
    });
    rules
}

/// What a rule matches, given its place: where that is not known, another may come before it.
pub(super) fn placed(rule: &FirewallRule, matches: Admission) -> Admission {
    if rule.priority.is_not_read() {
        Admission::perhaps(
            matches.possible(),
            untold("priority", "the provider did not tell"),
        )
    } else {
        matches
    }
}

/// Whether a rule does anything. The sender chooses its port: a refusal of some of them refuses nobody.
pub(super) fn in_force(rule: &FirewallRule) -> bool {
    !(rule.disabled || rule.some_source_ports && rule.action == RuleAction::Deny)
}
