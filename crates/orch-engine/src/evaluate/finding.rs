//! From a failed verdict to its findings: one per key, with message, evidence, saving and rank.

use orch_model::{
    Evidence, Finding, Fingerprint, Kind, Money, Rank, Resource, Saving, Severity, Shown, State,
    Text,
};
use rust_decimal::Decimal;

use super::judge::{Desk, Seat};
use crate::lang::{Frame, Program};
use crate::rule::{Filled, Programs, Rule, not_known};
use crate::settings::Settings;
use crate::value::{Answer, Reasons, Value, union};

/// What a failed verdict becomes.
#[derive(Default)]
pub(super) struct Fanned {
    pub(super) findings: Vec<Finding>,
    /// Why there may be more keys than findings.
    pub(super) unknown: Option<Reasons>,
    pub(super) faults: Vec<String>,
}

/// The keys of a failed verdict.
#[derive(Default)]
pub(super) struct Keys {
    /// One for each finding; null when the rule has no key.
    pub(super) keys: Vec<Value>,
    /// Why there may be more.
    pub(super) unknown: Option<Reasons>,
    pub(super) fault: Option<String>,
}

/// The severity of a finding.
struct Adjusted {
    severity: Severity,
    /// Why it is not the rule's own.
    because: Option<String>,
    /// What the evidence says of it.
    told: Option<String>,
}

/// A saving, or why it is not known.
#[derive(Default)]
struct Saved {
    saving: Option<Saving>,
    unknown: Option<String>,
}

impl<'s> Desk<'_, 's> {
    /// The findings of a rule that failed.
    pub(super) fn findings(
        &self,
        place: usize,
        seat: &mut Seat<'_, 's>,
        settings: &Settings,
    ) -> Fanned {
        let (rule, programs) = (self.asked[place].rule, self.asked[place].programs);
        let Keys {
            keys,
            unknown,
            fault,
        } = self.keys(place, seat);
        let (resource, view) = (seat.resource, self.shown(seat));
        let mut fanned = Fanned {
            unknown,
            faults: fault.into_iter().collect(),
            ..Fanned::default()
        };
        for key in &keys {
            let frame = view.frame(key);
            let finding = finding(
                rule,
                programs,
                resource,
                key,
                &frame,
                settings,
                &mut fanned.faults,
            );
            fanned.findings.push(finding);
        }
        fanned
    }

    /// What makes several findings of one failed verdict. Elements that are not known are told apart: a key
    /// is a part of a finding's identity and is never made up.
    pub(super) fn keys(&self, place: usize, seat: &Seat<'_, 's>) -> Keys {
        let single = || vec![Value::Null];
        let Some(program) = &self.asked[place].programs.key else {
            return Keys {
                keys: single(),
                ..Keys::default()
            };
        };
        let items = match program.elements(&self.seen(seat).frame(&Value::Null)) {
            Answer::Value(Value::List(items)) => items.to_vec(),
            Answer::Value(item) => vec![item],
            Answer::Unknown(reasons) => vec![Value::Unknown(reasons)],
            Answer::Error(error) => {
                let fault = Some(format!("in `key`: {error}"));
                return Keys {
                    keys: single(),
                    fault,
                    ..Keys::default()
                };
            }
        };
        let mut keys = Keys::default();
        for item in items {
            match item {
                Value::Null => {}
                Value::Unknown(reasons) => {
                    keys.unknown = Some(match keys.unknown.take() {
                        Some(known) => union(known, reasons),
                        None => reasons,
                    });
                }
                known if keys.keys.contains(&known) => {}
                known => keys.keys.push(known),
            }
        }
        if keys.keys.is_empty() && keys.unknown.is_none() {
            // The problem is there although the key names nothing: it must not get lost.
            keys.keys = single();
            keys.fault = Some("in `key`: it names nothing although `fails_if` holds".to_owned());
        }
        keys
    }
}

/// A key as it is printed and hashed.
pub(super) fn key_text(key: &Value) -> Option<Text> {
    (*key != Value::Null).then(|| Text::new(key.to_string()))
}

fn finding(
    rule: &Rule,
    programs: &Programs,
    resource: &Resource,
    key: &Value,
    frame: &Frame<'_>,
    settings: &Settings,
    faults: &mut Vec<String>,
) -> Finding {
    let Filled {
        text: message,
        faults: wrong,
    } = programs.message.fill(frame);
    faults.extend(
        wrong
            .into_iter()
            .map(|error| format!("in `message`: {error}")),
    );
    let Adjusted {
        severity,
        because,
        told,
    } = adjusted(rule, programs, frame, faults);
    let message = match because {
        Some(because) => format!("{message}; {because}"),
        None => message,
    };
    let evidence = programs
        .evidence
        .iter()
        .map(|(name, program)| Evidence {
            name: name.clone(),
            value: shown(name, program, frame, faults),
        })
        .chain(told.into_iter().map(|told| Evidence {
            name: Text::new_static("severity"),
            value: Shown::Text(told.into()),
        }))
        .collect();
    let saved = saved(rule, programs, frame, faults);
    let risk = settings.rank.risk(severity, rule.confidence);
    let money = saved.saving.as_ref().map_or(Decimal::ZERO, |saving| {
        saving
            .monthly
            .amount
            .checked_mul(settings.rank.points_per_unit)
            .unwrap_or(Decimal::MAX)
    });
    let key = key_text(key);
    let kind: Kind = resource.kind();
    Finding {
        fingerprint: Fingerprint::of(&rule.first_id, &resource.uid, key.as_deref()),
        rule: rule.id.clone(),
        resource: resource.uid.clone(),
        name: resource.name.clone(),
        kind,
        scope: resource.scope.clone(),
        key,
        category: rule.category,
        severity,
        confidence: rule.confidence,
        title: rule.title.clone(),
        message,
        evidence,
        saving: saved.saving,
        saving_unknown: saved.unknown,
        rank: Rank {
            total: risk.checked_add(money).unwrap_or(Decimal::MAX),
            risk,
            money,
        },
        state: State::Open,
    }
}

/// The first entry that holds decides. One of which it is not known never does, but is told.
fn adjusted(
    rule: &Rule,
    programs: &Programs,
    frame: &Frame<'_>,
    faults: &mut Vec<String>,
) -> Adjusted {
    let own = rule.severity;
    let mut open: Vec<String> = Vec::new();
    let mut not_known = |severity: Severity, why: String| {
        open.push(format!("not known whether it is {severity}: {why}"));
    };
    let mut found = None;
    for entry in &programs.adjust {
        match entry.holds.eval(frame) {
            Answer::Value(Value::Bool(true)) => {
                found = Some(entry);
                break;
            }
            Answer::Value(_) => {}
            Answer::Unknown(reasons) => {
                not_known(entry.severity, crate::rule::told(&reasons));
            }
            Answer::Error(error) => {
                faults.push(format!("in `adjust.if`: {error}"));
                not_known(entry.severity, error.to_string());
            }
        }
    }
    let mut told = open;
    let because = found.map(|entry| {
        let Filled {
            text,
            faults: wrong,
        } = entry.because.fill(frame);
        faults.extend(
            wrong
                .into_iter()
                .map(|error| format!("in `adjust.because`: {error}")),
        );
        told.insert(0, format!("{} instead of {own}: {text}", entry.severity));
        text
    });
    Adjusted {
        severity: found.map_or(own, |entry| entry.severity),
        because,
        told: (!told.is_empty()).then(|| told.join("; ")),
    }
}

fn shown(name: &str, program: &Program, frame: &Frame<'_>, faults: &mut Vec<String>) -> Shown {
    match program.eval(frame) {
        Answer::Value(value) => value.shown(program.ty()),
        Answer::Unknown(reasons) => Shown::Text(not_known(&reasons).into()),
        Answer::Error(error) => {
            faults.push(format!("in `evidence.{name}`: {error}"));
            Shown::Text(format!("not known: {error}").into())
        }
    }
}

fn saved(rule: &Rule, programs: &Programs, frame: &Frame<'_>, faults: &mut Vec<String>) -> Saved {
    let Some(program) = &programs.saving else {
        return Saved::default();
    };
    let amount = match program.eval(frame) {
        Answer::Value(Value::Money(amount)) => amount,
        Answer::Value(_) => return Saved::default(),
        Answer::Unknown(reasons) => {
            return Saved {
                unknown: Some(crate::rule::told(&reasons)),
                ..Saved::default()
            };
        }
        Answer::Error(error) => {
            faults.push(format!("in `saving`: {error}"));
            return Saved {
                unknown: Some(error.to_string()),
                ..Saved::default()
            };
        }
    };
    let derived = match programs
        .saving_derived
        .as_ref()
        .map(|program| program.eval(frame))
    {
        None | Some(Answer::Value(Value::Bool(false))) => false,
        Some(Answer::Error(error)) => {
            faults.push(format!("in `saving_derived`: {error}"));
            true
        }
        // A saving of which it is not known whether its price is published is not counted as published.
        Some(_) => true,
    };
    Saved {
        saving: Some(Saving {
            monthly: Money::usd(amount),
            derived,
            adds: rule.adds,
        }),
        unknown: None,
    }
}
