//! Cheaper classes of database servers, at the prices of the tables that the user fetched.

use std::fmt::Write as _;

use orch_model::{Reach, Scope, Series, Snapshot, Uid};
use orch_testkit::builder::{SnapshotBuilder, as_of};
use serde_json::json;

use super::*;
use crate::catalog::{Catalogue, OwnTable, Prices};
use crate::rightsizing::tests::{dec, defaults};

/// A server at 10 % of its processors for fourteen days.
fn estate(scope: &str, engine: &str, class: &str, twice: bool) -> Snapshot {
    let server: Resource = serde_json::from_value(json!({
        "uid": "db-1", "scope": scope, "name": "db-1",
        "body": { "database.server": {
            "engine": engine, "instance_type": class, "high_availability": twice, "storage_gb": 100,
        } },
    }))
    .unwrap();
    let scope: Scope = server.scope.clone();
    let points = 4_032;
    let series = Series {
        uid: Uid::new("db-1"),
        metric: Metric::DatabaseCpu,
        statistic: Statistic::Average,
        start: as_of() - chrono::Duration::seconds(300 * points),
        step_s: 300,
        values: vec![Some(10.0); usize::try_from(points).unwrap()],
    };
    let read = [
        Dataset::Kind(Kind::DatabaseServer),
        Dataset::Series(Metric::DatabaseCpu),
    ];
    let mut snapshot = SnapshotBuilder::new()
        .scope(&scope)
        .collector("databases", &read, Reach::PerRegion)
        .resource(server)
        .series(&series)
        .build();
    for collector in &mut snapshot.collectors {
        collector.provider = Some(scope.provider);
    }
    snapshot
}

fn own(provider: Provider, region: &str, rows: &[(&str, &str)]) -> Prices {
    let mut text =
        "# As of: 2026-11-18\n# Origin: a list\nregion,item,unit,usd,as_of,source\n".to_owned();
    for (item, usd) in rows {
        let unit = match item.rsplit('.').find(|part| *part != "standby") {
            Some("vcpu") => "vcpu-hour",
            Some("memory") => "gib-hour",
            _ => "hour",
        };
        writeln!(text, "{region},{item},{unit},{usd},2026-11-18,\"a list\"").unwrap();
    }
    let region = region.to_owned();
    Catalogue::with(vec![OwnTable {
        provider,
        region,
        text,
    }])
    .unwrap()
}

fn ask(snapshot: &Snapshot, prices: Prices, memory: Option<&str>) -> Databases {
    let settings = Settings {
        prices,
        assume_memory: memory.map(dec),
        ..defaults()
    };
    databases(&Inventory::new(snapshot), &settings, 13.0)
}

fn told(entry: &ClassEntry) -> Vec<(&str, String)> {
    let candidates = entry.candidates.iter();
    candidates
        .map(|one| (one.class.as_str(), one.saving.0.normalize().to_string()))
        .collect()
}

/// 4 processors at 10 % are 0.4, of 2 those are 20 %. Memory stays: db.m7i.large with 8 GiB is none for 16. 730 × 0.356 =
/// 259.88 and 730 × 0.24 = 175.20, saved 84.68; in two zones 730 × (0.712 − 0.48) = 169.36. Another region is priced by
/// its own list, and one that no built-in table knows too.
#[test]
fn a_class_costs_what_the_fetched_list_says() {
    let rows = [
        ("database.mysql.db.r7i.large", "0.01"),
        ("database.postgres.db.m7i.large", "0.178"),
        ("database.postgres.db.m7i.xlarge", "0.356"),
        ("database.postgres.db.m7i.xlarge.standby", "0.712"),
        ("database.postgres.db.r7i.large", "0.24"),
        ("database.postgres.db.r7i.large.standby", "0.48"),
    ];
    for region in ["us-east-1", "mx-central-1"] {
        let scope = format!("aws:aws:111122223333:{region}");
        let one = estate(&scope, "postgres", "db.m7i.xlarge", false);
        let built_in = ask(&one, Catalogue::embedded(), None);
        assert_eq!(built_in.entries.len(), 0);
        let why = &built_in.unjudged[0].why[0];
        assert!(
            why.contains("none listed for database.postgres.db.m7i.xlarge"),
            "{why}"
        );
        let prices = own(Provider::Aws, region, &rows);
        let fetched = ask(&one, prices, None);
        let entry = &fetched.entries[0];
        assert_eq!(entry.price.monthly.0, dec("259.88"));
        assert_eq!(
            (entry.price.as_of.as_str(), entry.price.source.as_str()),
            ("2026-11-18", "a list")
        );
        assert_eq!(told(entry), [("db.r7i.large", "84.68".to_owned())]);
        assert_eq!(entry.candidates[0].projected_need, dec("20"));
        // Half of the memory is enough: the smaller class of the same family is there too, and the cheapest.
        let assumed = ask(&one, prices, Some("30"));
        assert_eq!(
            told(&assumed.entries[0]),
            [
                ("db.m7i.large", "129.94".to_owned()),
                ("db.r7i.large", "84.68".to_owned())
            ]
        );
        // Another family is more work than was asked for.
        let little = Settings {
            prices,
            most_effort: Effort::VeryLow,
            ..defaults()
        };
        let least = databases(&Inventory::new(&one), &little, 13.0);
        assert_eq!(told(&least.entries[0]), []);
        let two = estate(&scope, "postgres", "db.m7i.xlarge", true);
        assert_eq!(
            told(&ask(&two, prices, None).entries[0]),
            [("db.r7i.large", "169.36".to_owned())]
        );
    }
}

/// Azure: 730 × (0.4 − 0.25) = 109.50; the names of sizes are told in any case. Google Cloud: processors and memory have
/// prices of their own: from 4 to 1, 3 × 730 × 0.05 = 109.50, but one has at most 6.5 GiB, so to 2: 73.
#[test]
fn sizes_of_the_other_clouds_do_too() {
    let rows = [
        ("database.postgres.standard_d4ds_v5", "0.4"),
        ("database.postgres.standard_e2ds_v5", "0.25"),
    ];
    let scope = "azure:azure:11111111-2222-3333-4444-555555555555:westeurope";
    let one = estate(scope, "postgres", "Standard_D4ds_v5", false);
    assert_eq!(
        ask(&one, Catalogue::embedded(), None).unjudged[0].why,
        ["price unknown: none listed for database.postgres.standard_d4ds_v5 in westeurope"]
    );
    let fetched = ask(&one, own(Provider::Azure, "westeurope", &rows), None);
    assert_eq!(
        told(&fetched.entries[0]),
        [("Standard_E2ds_v5", "109.5".to_owned())]
    );
    let rows = [
        ("database.custom.memory", "0.01"),
        ("database.custom.vcpu", "0.05"),
    ];
    let one = estate(
        "gcp:gcp:shop:europe-west1",
        "mysql",
        "db-custom-4-8192",
        false,
    );
    assert_eq!(ask(&one, Catalogue::embedded(), None).entries.len(), 0);
    let fetched = ask(&one, own(Provider::Gcp, "europe-west1", &rows), None);
    assert_eq!(
        told(&fetched.entries[0]),
        [("db-custom-2-8192", "73".to_owned())]
    );
}
