//! Every verdict, passes included, as a stream: for formats that list them and for the law's test.

use std::collections::BTreeSet;

use orch_model::{Reason, Scope, Text, Uid};

use super::finding::{Keys, key_text};
use super::judge::{Desk, Judgement, Room, Verdict};
use super::selected;
use crate::catalog::Catalog;
use crate::inventory::Inventory;
use crate::settings::Settings;

/// One verdict.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Answered<'a> {
    /// The rule's id.
    pub rule: &'a Text,
    /// The resource.
    pub resource: &'a Uid,
    /// Which of several problems of one rule on one resource; only a fail has one.
    pub key: Option<Text>,
    /// Where.
    pub scope: &'a Scope,
    /// The verdict.
    pub verdict: Verdict,
}

/// Tells every verdict of the selected rules, by kind, scope, resource and rule. Nothing is kept.
pub fn answers(
    catalog: &Catalog,
    inventory: &Inventory<'_>,
    settings: &Settings,
    mut tell: impl FnMut(Answered<'_>),
) {
    let selected = selected(catalog, settings);
    for (kind, scope, resources) in inventory.places() {
        let asked = catalog.asked(kind, scope.provider, &selected);
        let rules = asked.iter().map(|at| &catalog.rules()[*at]);
        let Some(desk) = Desk::of(catalog, inventory, kind, rules) else {
            continue;
        };
        let mut room = Room::default();
        let covered = resources
            .iter()
            .filter(|resource| settings.selection.covers(resource));
        for resource in covered {
            let seat = desk.take(resource, &mut room);
            for (place, asked) in desk.asked.iter().enumerate() {
                let mut say = |key: Option<Text>, verdict| {
                    tell(Answered {
                        rule: &asked.rule.id,
                        resource: &resource.uid,
                        key,
                        scope,
                        verdict,
                    });
                };
                match desk.judge(place, &seat) {
                    Judgement::Pass => say(None, Verdict::Pass),
                    Judgement::NotApplicable => say(None, Verdict::NotApplicable),
                    Judgement::Unknown(reasons) => say(None, Verdict::Unknown(owned(&reasons))),
                    Judgement::Fault(error) => say(None, Verdict::Fault(error)),
                    Judgement::Fail => {
                        let Keys {
                            keys,
                            unknown,
                            fault: _,
                        } = desk.keys(place, &seat);
                        for key in &keys {
                            say(key_text(key), Verdict::Fail);
                        }
                        if let Some(reasons) = unknown {
                            say(None, Verdict::Unknown(owned(&reasons)));
                        }
                    }
                }
            }
        }
    }
}

fn owned(reasons: &BTreeSet<Reason>) -> BTreeSet<Reason> {
    reasons.clone()
}
