//! Findings that somebody accepted for a time: what they match, and which matched nothing or ran out.

use chrono::{Days, NaiveDate};
use orch_model::{Finding, Fingerprint, State, Text, Time, Uid};

/// How many days before its end a waiver is called expiring.
const EXPIRING_DAYS: u64 = 14;

/// What a waiver is for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Waived {
    /// One finding.
    Fingerprint(Fingerprint),
    /// The findings of a rule on the resources whose uid, short id or name fits the pattern: `*` stands for
    /// any text, `?` for one character.
    Rule {
        /// The rule's id or an alias of it.
        rule: Text,
        /// The pattern.
        resource: Text,
    },
}

/// Accepts findings until a day.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Waiver {
    /// Which.
    pub what: Waived,
    /// Why.
    pub reason: Text,
    /// Who takes the responsibility.
    pub owner: Text,
    /// The last day, UTC, inclusive.
    pub until: NaiveDate,
}

/// What became of a waiver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum WaiverStatus {
    /// It covers findings.
    Matched,
    /// It covers findings and ends within 14 days.
    Expiring,
    /// It covers nothing and can go.
    MatchesNothing,
    /// Its last day is over; it covers nothing any more.
    Expired,
}

/// A waiver after an evaluation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WaiverState {
    /// The waiver.
    pub waiver: Waiver,
    /// What became of it.
    pub status: WaiverStatus,
    /// How many findings it covers, or would cover if it were not expired.
    pub findings: u64,
}

impl Waiver {
    fn covers(&self, finding: &Finding, resolve: &dyn Fn(&str) -> Option<Text>) -> bool {
        match &self.what {
            Waived::Fingerprint(fingerprint) => *fingerprint == finding.fingerprint,
            Waived::Rule { rule, resource } => {
                (*rule == finding.rule || resolve(rule).is_some_and(|id| id == finding.rule))
                    && fits_resource(resource, &finding.resource, &finding.name)
            }
        }
    }
}

fn fits_resource(pattern: &str, uid: &Uid, name: &str) -> bool {
    [uid.as_str(), uid.short(), name]
        .into_iter()
        .any(|text| fits(pattern, text))
}

/// Marks the findings that waivers cover; the waiver that lasts longest counts. `resolve` finds the id of a
/// rule by an alias.
pub(crate) fn waive(
    findings: &mut [Finding],
    waivers: &[Waiver],
    as_of: Time,
    resolve: &dyn Fn(&str) -> Option<Text>,
) -> Vec<WaiverState> {
    let today = as_of.date_naive();
    let mut states = Vec::with_capacity(waivers.len());
    for waiver in waivers {
        let expired = waiver.until < today;
        let mut covered = 0;
        for finding in findings
            .iter_mut()
            .filter(|finding| waiver.covers(finding, resolve))
        {
            covered += 1;
            let longer = match &finding.state {
                State::Open => true,
                State::Waived { until, .. } => *until < waiver.until,
            };
            if !expired && longer {
                finding.state = State::Waived {
                    reason: waiver.reason.clone(),
                    owner: waiver.owner.clone(),
                    until: waiver.until,
                };
            }
        }
        let soon = today
            .checked_add_days(Days::new(EXPIRING_DAYS))
            .unwrap_or(NaiveDate::MAX);
        let status = match covered {
            _ if expired => WaiverStatus::Expired,
            0 => WaiverStatus::MatchesNothing,
            _ if waiver.until <= soon => WaiverStatus::Expiring,
            _ => WaiverStatus::Matched,
        };
        states.push(WaiverState {
            waiver: waiver.clone(),
            status,
            findings: covered,
        });
    }
    states
}

/// Whether a text fits a pattern of `*` and `?`, in time that grows with the product of both lengths.
fn fits(pattern: &str, text: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let text: Vec<char> = text.chars().collect();
    let (mut p, mut t) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while t < text.len() {
        match pattern.get(p) {
            Some('*') => {
                star = Some((p, t));
                p += 1;
            }
            Some(wanted) if *wanted == '?' || *wanted == text[t] => {
                p += 1;
                t += 1;
            }
            _ => {
                let Some((after, eaten)) = star else {
                    return false;
                };
                star = Some((after, eaten + 1));
                p = after + 1;
                t = eaten + 1;
            }
        }
    }
    pattern[p..].iter().all(|rest| *rest == '*')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("web-*", "web-1", true),
            ("web-*", "db-1", false),
            (
                "*:security-group/*",
                "arn:aws:ec2:r:1:security-group/sg-1",
                true,
            ),
            ("sg-?", "sg-1", true),
            ("sg-?", "sg-12", false),
            ("*", "", true),
            ("", "x", false),
            ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }
}
