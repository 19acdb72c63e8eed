//! The recommendations for the demo estate, as a table that was checked by hand.
//!
//! Computed again from `fixtures/estates/demo/series` and `catalog/aws` with nothing but the formulas:
//!
//!  1. Days: 4,032 points × 300 s ÷ 86,400 s = 14.0; cart-1 has 4,002, which are 13.9.
//!  2. P99.5 of search-1: of 4,032 points the ⌈0.995 × 4,032⌉ = 4,012th by size, 12.4 %.
//!  3. Its need: 12.4 % of 8 processors = 0.992.
//!  4. Its price: 0.384 × 730 = 280.32; r5a.xlarge 0.226 × 730 = 164.98; saved 280.32 − 164.98 = 115.34.
//!  5. On r5a.xlarge: 0.992 ÷ 4 = 24.8 %; P95 11.5 % × 8 ÷ 4 = 23.0 %; peak 18.0 % × 2 = 36.0 %.
//!  6. Hours above: 80 % of 4 processors are 40 % of 8; its largest average is 13.2 %, so none.
//!  7. notebook-3: m6g.xlarge ~0.192 × 730 = 140.16; r6gd.large ~0.139 × 730 = 101.47; saved 38.69; 1.0 % of 4 =
//!     0.04 processors, of 2 those are 2.0 %. Nothing smaller fits eu-search-1, because its traffic was not read.
//!  8. price-crawler-1: 1.0 % of 4 = 0.04 processors; c4.xlarge 0.199 × 730 = 145.27; r7a.medium 0.07608 × 730 =
//!     55.5384; saved 89.7316. Its peak of 1.6 % and 0.00 Mbit a second make it idle.
//!  9. franchise-gw-1: 43.9 % of 2 = 0.878, of 2 again 43.9 %; 0.085 × 730 = 62.05 and c6a.large 0.0765 × 730 =
//!     55.845; saved 6.205.
//! 10. orders-db-1: 75.6 % of 8 = 6.048, more than 80 % of 4 and less than 80 % of 8 = 6.4: it needs as many. r6a.2xlarge
//!     is cheaper and one generation back: 6.048 × 1.25 = 7.56 is more than 6.4, so it stays. payments-1 moves back: 44 %
//!     of 2 = 0.88, × 1.25 = 1.1, of 2 those are 55 %; 0.1008 × 730 = 73.584, 0.0864 × 730 = 63.072, saved 10.512.
//! 11. eu-image-resizer-1: 99.9 % of 2 = 1.998, more than 80 % of 2 = 1.6: short.
//! 12. BI_Windows_01 has the numbers of search-1 and no saving: what its licence costs is not in the catalogue.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use orch_engine::Inventory;
use orch_snapshot::{Needs, load, raw_series};

use super::tests::defaults;
use super::*;

fn estate() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/estates/demo")
}

fn demo(settings: &EstateSettings) -> Estate {
    let snapshot = load(&estate(), &Needs::ALL).unwrap();
    let inventory = Inventory::new(&snapshot);
    rightsize(&inventory, || raw_series(&estate()), settings).unwrap()
}

fn table(estate: &Estate) -> String {
    let mut text = String::new();
    for entry in &estate.entries {
        let all = &entry.recommendation;
        let (now, cpu) = (&all.now, &all.cpu);
        let memory = now
            .memory_gib
            .map_or_else(|| "?".to_owned(), |gib| gib.normalize().to_string());
        let group = entry
            .subject
            .group
            .as_ref()
            .map_or_else(String::new, |group| {
                format!(" (group of {})", group.members)
            });
        let _ = writeln!(
            text,
            "{}{group}: {} {} vCPU {memory} GiB, {}{}/month{} | mean {:.1} p50 {:.1} p90 {:.1} p95 {:.1} p99 {:.1} p99.5 {:.1} max {:.1} peak {:.1} over {} points, {:.1} days | need {} vCPU {}/s | {:?}{}",
            entry.subject.name,
            now.instance_type,
            now.vcpu,
            if now.price.derived { "~" } else { "" },
            now.price.monthly.0.normalize(),
            now.price_not_known
                .as_ref()
                .map_or("", |_| " and a licence"),
            cpu.mean,
            cpu.p50,
            cpu.p90,
            cpu.p95,
            cpu.p99,
            cpu.p995,
            cpu.max,
            cpu.peak.unwrap_or(f64::NAN),
            cpu.points,
            cpu.days,
            all.need.vcpu.normalize(),
            all.need
                .network_mbps
                .map_or_else(|| "?".to_owned(), |mbps| format!("{:.2} Mbit", mbps)),
            all.verdict,
            if entry.idle_by.is_empty() {
                String::new()
            } else {
                format!(", idle by {}", entry.idle_by.join(", "))
            },
        );
        for one in &all.candidates {
            let _ = writeln!(
                text,
                "    {} ({}): {} vCPU {} GiB, {}{}/month, saves {} | need {:.1} % p95 {:.1} p99 {:.1} peak {:.1} | {:.1} h above, risk {}",
                one.instance_type,
                one.effort.as_str(),
                one.vcpu,
                one.memory_gib.normalize(),
                if one.derived { "~" } else { "" },
                one.monthly.0.normalize(),
                one.saving
                    .map_or_else(|| "?".to_owned(), |saving| saving.0.normalize().to_string()),
                one.projected_need,
                one.projected_p95,
                one.projected_p99,
                one.projected_peak.unwrap_or(f64::NAN),
                one.hours_above.unwrap_or(f64::NAN),
                one.risk.as_str(),
            );
        }
        let refused: Vec<String> = all
            .refused
            .iter()
            .map(|(why, count)| format!("{count} {}", why.as_str()))
            .collect();
        let _ = writeln!(
            text,
            "    {} fit; not taken: {}",
            all.fitting,
            refused.join(", ")
        );
    }
    for one in &estate.unjudged {
        let _ = writeln!(
            text,
            "{}: not judged: {}",
            one.subject.name,
            one.why.join("; ")
        );
    }
    for (provider, origin) in &estate.origins {
        let _ = writeln!(text, "{provider}: {} (as of {})", origin.what, origin.as_of);
    }
    text
}

#[test]
fn the_demo_estate() {
    let mut settings = EstateSettings::of(defaults());
    settings.settings.table = 2;
    insta::assert_snapshot!(table(&demo(&settings)));
}
