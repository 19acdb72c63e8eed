//! A cloud as its own specialist sees it: networks, the bill, sizes, and findings by pillar.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Body, ChargeCategory, Dataset, Kind};
use orch_report::v1::Finding;
use rust_decimal::Decimal;

use super::super::scene::{Part, Scene, cloud, count_of, money, savings};
use super::super::v1::Section;
use super::table;
use crate::rounding::fixed;

/// Networks and what stands in them.
pub(super) fn networks(scene: &Scene<'_>) -> Part {
    let title = &scene.specialist.title;
    let mut section = Section::new("estate-by-network", "Networks and what stands in them");
    section.unread = scene.unread(&[Kind::NetworkVpc, Kind::NetworkSubnet, Kind::ComputeInstance]);
    let mut rows = Vec::new();
    let machines = super::hosts::machines(scene);
    for resource in scene.resources(Kind::NetworkVpc) {
        let Body::NetworkVpc(vpc) = &resource.body else {
            continue;
        };
        let uid = &resource.uid;
        let mut zones = BTreeSet::new();
        let mut subnets = 0;
        for one in scene.resources(Kind::NetworkSubnet) {
            if let Body::NetworkSubnet(subnet) = &one.body
                && subnet.vpc == *uid
            {
                subnets += 1;
                zones.extend(subnet.zone.value().map(ToString::to_string));
            }
        }
        let machines = machines
            .iter()
            .filter(|(_, one)| one.vpc.value() == Some(uid))
            .count();
        let balancers = scene.resources(Kind::NetworkLoadBalancer).filter(|one| matches!(&one.body, Body::NetworkLoadBalancer(body) if body.vpc.value() == Some(uid))).count();
        let blocks: Vec<String> = vpc.blocks.iter().map(ToString::to_string).collect();
        let mut notes = Vec::new();
        if vpc.is_default {
            notes.push("made by the cloud".to_owned());
        }
        if machines == 0 && balancers == 0 {
            notes.push("no machine or balancer in it".to_owned());
        }
        for peer in &vpc.peers {
            notes.push(format!("joined with {}", scene.name_of(peer)));
        }
        rows.push(vec![
            scene.named(resource),
            resource.scope.region.to_string(),
            blocks.join(", "),
            subnets.to_string(),
            zones.len().to_string(),
            machines.to_string(),
            balancers.to_string(),
            notes.join("; "),
        ]);
    }
    if rows.is_empty() {
        section
            .says
            .push(format!("For {title} no network was read."));
        return section.into();
    }
    let regions: BTreeSet<&String> = rows.iter().map(|row| &row[1]).collect();
    section.says.push(format!(
        "{title} has {} in {} here.",
        count_of(rows.len(), "network", "networks"),
        count_of(regions.len(), "region", "regions")
    ));
    table(
        &mut section,
        &[
            "network",
            "region",
            "blocks",
            "subnets",
            "zones",
            "machines",
            "balancers",
            "remarks",
        ],
        rows,
    );
    section.into()
}

/// What was billed.
pub(super) fn costs(scene: &Scene<'_>) -> Part {
    let title = &scene.specialist.title;
    let mut section = Section::new("money", "The bill");
    section.unread = scene.unread_datasets(&[Dataset::Costs]);
    type Sums = (Decimal, BTreeMap<String, Decimal>, BTreeSet<String>);
    let mut sums: BTreeMap<String, Sums> = BTreeMap::new();
    for line in scene.snapshot().map_or(&[][..], |snapshot| &snapshot.costs) {
        if !scene
            .concern()
            .has_provider(provider_of(&line.provider_name))
            || line.charge_category != ChargeCategory::Usage
        {
            continue;
        }
        let currency = line.billing_currency.0.to_string();
        let (total, services, days) = sums.entry(currency).or_default();
        *total += line.billed_cost;
        *services.entry(line.service_name.to_string()).or_default() += line.billed_cost;
        days.insert(line.charge_period_start.date_naive().to_string());
    }
    if sums.is_empty() {
        section
            .says
            .push(format!("No line of a bill of {title} is part of this run."));
        return section.into();
    }
    let mut rows = Vec::new();
    for (currency, (total, services, days)) in &sums {
        let from = days.first().map_or("", String::as_str);
        let to = days.last().map_or("", String::as_str);
        section.says.push(format!(
            "Services of {title}, with support plans and without tax, credits and purchases, cost {} {currency} on {} from {from} to {to}; the last two days still fill up.",
            fixed(*total, 2),
            count_of(days.len(), "day", "days")
        ));
        let mut services: Vec<_> = services.iter().collect();
        services.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        for (service, cost) in services {
            let share = if total.is_zero() {
                Decimal::ZERO
            } else {
                cost * Decimal::from(100) / total
            };
            rows.push(vec![
                service.clone(),
                format!("{} {currency}", fixed(*cost, 2)),
                format!("{} %", fixed(share, 1)),
            ]);
        }
    }
    // The trend of a report is that of all clouds together: it is said where there is one cloud only.
    if scene
        .run
        .report
        .run
        .accounts
        .iter()
        .all(|one| scene.concern().has_provider(&one.provider))
    {
        for billing in &scene.run.report.billing {
            if let (Some(average), Some(trend)) =
                (&billing.daily_average, &billing.trend_7d_percent)
            {
                section.says.push(format!(
                    "On the {} days that are complete, services without support plans cost {average} {} a day on average; the last seven of them lie {} % {} that.",
                    billing.closed_days,
                    billing.currency,
                    trend.trim_start_matches('-'),
                    if trend.starts_with('-') {
                        "below"
                    } else {
                        "above"
                    },
                ));
            }
        }
    }
    let rising: Vec<&Finding> = scene
        .findings
        .iter()
        .filter(|one| one.rule == "service-cost-rising")
        .copied()
        .collect();
    for finding in rising {
        section
            .says
            .push(format!("{}.", scene.message(finding).trim_end_matches('.')));
    }
    table(&mut section, &["service", "billed", "share"], rows);
    section.into()
}

/// The cloud that bills under this name.
fn provider_of(name: &str) -> &'static str {
    match name {
        "AWS" => "aws",
        "Microsoft" => "azure",
        "Google" | "Google Cloud" => "gcp",
        _ => "",
    }
}

/// Cheaper or larger types, with what was measured.
pub(super) fn right_sizes(scene: &Scene<'_>) -> Part {
    let title = &scene.specialist.title;
    let mut section = Section::new("right-sizes", "What could be smaller, or go");
    let sized =
        |finding: &&&Finding| finding.category == "right-sizing" || finding.saving.is_some();
    let findings: Vec<&Finding> = scene.findings.iter().filter(sized).copied().collect();
    let mut rows: Vec<(Decimal, Vec<String>)> = Vec::new();
    for finding in &findings {
        let smaller = finding
            .evidence
            .get("smaller")
            .and_then(|one| one.get("instance_type"))
            .and_then(serde_json::Value::as_str);
        let saving = finding.saving.as_ref();
        let amount = saving
            .and_then(|one| one.amount.parse().ok())
            .unwrap_or_default();
        rows.push((
            amount,
            vec![
                scene.marked(&finding.resource.name),
                finding.rule.clone(),
                smaller.map_or_else(|| change_of(&finding.rule), str::to_owned),
                match saving {
                    Some(saving) if saving.derived => format!(
                        "{} {} by an estimated price",
                        saving.amount, saving.currency
                    ),
                    Some(saving) => format!("{} {}", saving.amount, saving.currency),
                    None => finding
                        .saving_unknown
                        .clone()
                        .map_or(String::new(), |why| format!("not known: {why}")),
                },
                finding.fingerprint.clone(),
            ],
        ));
    }
    rows.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    section.says.push(match money(&savings(&findings)) {
        Some(saving) => format!("{} on {title} carry a saving, {saving} a month if of several on one resource only the largest counts.", count_of(rows.len(), "finding", "findings")),
        None if scene.providers().is_empty() => format!("For {title} nothing was read that could be smaller, or go."),
        None if rows.is_empty() => format!("Nothing on {title} was found that could be smaller, or go."),
        None => format!("{} on {title} are about size, none with a price.", count_of(rows.len(), "finding", "findings")),
    });
    section.unread = scene.unread_datasets(&[
        Dataset::Series(orch_model::Metric::Cpu),
        Dataset::Series(orch_model::Metric::MemoryAvailable),
    ]);
    table(
        &mut section,
        &["resource", "rule", "change to", "saving a month", "id"],
        rows.into_iter().map(|(_, row)| row).collect(),
    );
    section.into()
}

/// What a finding without a size of its own asks for, by the last word of its rule.
fn change_of(rule: &str) -> String {
    const CHANGES: [(&[&str], &str); 5] = [
        (
            &["idle", "unattached", "orphaned", "empty"],
            "nothing, if nobody needs it",
        ),
        (&["old"], "nothing, once nobody has to keep it"),
        (&["instance", "long"], "nothing, if it will not run again"),
        (&["generation"], "the current generation"),
        (&["needed", "oversized"], "as much as was measured"),
    ];
    let last = rule.rsplit('-').next().unwrap_or_default();
    let found = CHANGES.iter().find(|(words, _)| words.contains(&last));
    found
        .map_or("as its rule says", |(_, change)| change)
        .to_owned()
}

/// The pillars of well-architected reviews, and the categories of rules that speak of them.
const PILLARS: [(&str, &[&str]); 5] = [
    ("security", &["security"]),
    ("reliability", &["reliability"]),
    ("cost", &["cost"]),
    ("performance", &["right-sizing"]),
    ("operations", &["governance", "observability"]),
];

/// Findings by pillar.
pub(super) fn pillars(scene: &Scene<'_>) -> Part {
    let title = &scene.specialist.title;
    let mut section = Section::new("pillars", "By pillar of a well-architected review");
    let mut rows = Vec::new();
    for (pillar, categories) in PILLARS {
        let findings: Vec<&Finding> = scene
            .findings
            .iter()
            .filter(|one| categories.contains(&one.category.as_str()))
            .copied()
            .collect();
        let rules: Vec<&str> = scene
            .options
            .rules
            .iter()
            .filter(|(_, rule)| categories.contains(&rule.category.as_str()))
            .map(|(id, _)| id.as_str())
            .collect();
        let rules: Vec<&str> = rules
            .into_iter()
            .filter(|id| scene.was_asked(&[id]))
            .collect();
        let clean = rules
            .iter()
            .filter(|rule| {
                findings.iter().all(|one| one.rule != **rule) && scene.unknown(&[rule]) == 0
            })
            .count();
        rows.push(vec![
            pillar.to_owned(),
            findings.len().to_string(),
            scene.severities(&findings),
            format!("{clean} of {}", rules.len()),
            scene.unknown(&rules).to_string(),
        ]);
    }
    let clouds: Vec<&str> = scene
        .concern()
        .providers
        .iter()
        .map(|one| cloud(one))
        .collect();
    let Some(worst) = rows
        .iter()
        .max_by_key(|row| row[1].parse::<u64>().unwrap_or(0))
        .filter(|_| !scene.providers().is_empty())
    else {
        section.says.push(format!(
            "A review of {} has no ground in this run.",
            clouds.join(", ")
        ));
        return section.into();
    };
    section.says.push(format!("Most findings on {title} are about {}; sustainability and the way teams work are questions for people.", worst[0]));
    table(
        &mut section,
        &[
            "pillar",
            "open findings",
            "of which",
            "rules without a finding",
            "answers not known",
        ],
        rows,
    );
    section.into()
}
