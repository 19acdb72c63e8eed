//! What is one row of the list: the findings of one rule on one resource.

use std::collections::{BTreeMap, BTreeSet};

use rust_decimal::Decimal;

use super::grouped;
use crate::format::GroupBy;
use crate::v1::Finding;
use crate::{Report, visible};

/// How many keys of one row are spelt out.
const KEYS_AT_MOST: usize = 12;

/// The findings of one rule on one resource, which are shown as one row.
pub(super) struct Row<'r> {
    pub(super) findings: Vec<&'r Finding>,
}

impl Row<'_> {
    pub(super) fn first(&self) -> &Finding {
        self.findings[0]
    }

    /// ` ×3` where the row stands for three findings.
    pub(super) fn times(&self) -> String {
        match self.findings.len() {
            1 => String::new(),
            number => format!(" ×{number}"),
        }
    }

    /// The message; with several keys the title and the keys.
    pub(super) fn message(&self) -> String {
        let first = self.first();
        if self.findings.len() == 1 {
            return visible(&first.message).into_owned();
        }
        let mut keys: Vec<&str> = self
            .findings
            .iter()
            .filter_map(|finding| finding.key.as_deref())
            .collect();
        if keys.is_empty() {
            return visible(&first.title).into_owned();
        }
        // Ports in the order of numbers, not of their first digits.
        keys.sort_by_key(|key| (key.parse::<u64>().unwrap_or(u64::MAX), *key));
        let mut text = format!(
            "{}: {}",
            first.title,
            keys[..keys.len().min(KEYS_AT_MOST)].join(", ")
        );
        if keys.len() > KEYS_AT_MOST {
            text.push_str(&format!(" and {} more", keys.len() - KEYS_AT_MOST));
        }
        visible(&text).into_owned()
    }

    /// The saving: `12.30`, `~12.30` when a price was derived, `?` when it is not known.
    pub(super) fn saving(&self, currency: bool) -> String {
        let savings: Vec<_> = self
            .findings
            .iter()
            .filter_map(|finding| finding.saving.as_ref())
            .collect();
        let amount = |text: &str| text.parse::<Decimal>().unwrap_or_default();
        let best = savings
            .iter()
            .filter(|saving| !saving.adds)
            .max_by_key(|s| amount(&s.amount));
        let added: Decimal = savings
            .iter()
            .filter(|saving| saving.adds)
            .map(|saving| amount(&saving.amount))
            .sum();
        let Some(sample) = savings.first() else {
            let unknown = self
                .findings
                .iter()
                .any(|finding| finding.saving_unknown.is_some());
            return if unknown {
                "?".to_owned()
            } else {
                String::new()
            };
        };
        let sum = best.map_or(Decimal::ZERO, |saving| amount(&saving.amount)) + added;
        let derived = if savings.iter().any(|saving| saving.derived) {
            "~"
        } else {
            ""
        };
        let unit = if currency {
            format!(" {}", visible(&sample.currency))
        } else {
            String::new()
        };
        format!("{derived}{}{unit}", grouped(&sum.to_string()))
    }
}

/// The findings of the list, without what only other formats print: there may be very many. Waived findings
/// stay off.
pub(super) fn listed(report: &Report) -> Vec<Finding> {
    // Growing step by step would take twice the room.
    let mut listed = Vec::with_capacity(report.findings.len());
    let open = report
        .findings
        .iter()
        .filter(|finding| finding.state == "open");
    listed.extend(open.map(|finding| Finding {
        evidence: BTreeMap::new(),
        remediation: None,
        compliance: BTreeMap::new(),
        ..finding
    }));
    listed
}

/// One row for each rule and resource, in the order of their first finding.
pub(super) fn rows(findings: &[Finding]) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = Vec::new();
    let mut places: BTreeMap<(&str, &str), usize> = BTreeMap::new();
    for finding in findings {
        let place = *places
            .entry((&finding.rule, &finding.resource.uid))
            .or_insert_with(|| {
                rows.push(Row {
                    findings: Vec::new(),
                });
                rows.len() - 1
            });
        rows[place].findings.push(finding);
    }
    rows
}

/// The rows under headings, in the order of their first row.
pub(super) fn grouped_rows(rows: Vec<Row<'_>>, by: GroupBy) -> Vec<(String, Vec<Row<'_>>)> {
    let mut groups: Vec<(String, Vec<Row<'_>>)> = Vec::new();
    let mut places: BTreeMap<String, usize> = BTreeMap::new();
    let alike = match by {
        GroupBy::Resource => called_alike(&rows),
        _ => BTreeSet::new(),
    };
    for row in rows {
        let finding = row.first();
        let title = match by {
            GroupBy::Severity => finding.severity.clone(),
            GroupBy::Rule => format!("{}: {}", finding.rule, finding.title),
            GroupBy::Resource => {
                let heading = heading(finding);
                match alike.contains(&heading) {
                    true => format!("{} {}", finding.resource.name, finding.resource.uid),
                    false => heading,
                }
            }
            GroupBy::Region => finding.resource.region.clone(),
            GroupBy::Account => {
                format!("{} {}", finding.resource.provider, finding.resource.account)
            }
            GroupBy::Category => finding.category.clone(),
            GroupBy::Service => {
                let kind = &finding.resource.kind;
                kind.split_once('.')
                    .map_or(kind.as_str(), |(family, _)| family)
                    .to_owned()
            }
        };
        let place = *places.entry(title.clone()).or_insert_with(|| {
            groups.push((title, Vec::new()));
            groups.len() - 1
        });
        groups[place].1.push(row);
    }
    groups
}

/// What a resource is called as the head of a group.
fn heading(finding: &Finding) -> String {
    match id(finding) {
        Some(id) => format!("{} {id}", finding.resource.name),
        None => finding.resource.name.clone(),
    }
}

/// Headings that are those of two resources or more: machines of two resource groups can have one name.
fn called_alike(rows: &[Row<'_>]) -> BTreeSet<String> {
    let mut whose: BTreeMap<String, &str> = BTreeMap::new();
    let mut alike = BTreeSet::new();
    for finding in rows.iter().map(Row::first) {
        let uid = finding.resource.uid.as_str();
        let heading = heading(finding);
        if *whose.entry(heading.clone()).or_insert(uid) != uid {
            alike.insert(heading);
        }
    }
    alike
}

/// The id of the resource, unless it is its name.
pub(super) fn id(finding: &Finding) -> Option<&str> {
    let resource = &finding.resource;
    let uid = &resource.uid;
    let id = uid.rsplit(['/', ':']).next().unwrap_or(uid);
    (id != resource.name).then_some(id)
}
