//! What an inventory says of complete, partial, excluded and missing reads.

use orch_model::{
    Body, Cause, CollectorNote, Field, Gap, Outcome, Reach, Read, Text, kind::NetworkVpc,
    kind::StorageSnapshot,
};

use super::*;

const VPCS: Dataset = Dataset::Kind(Kind::NetworkVpc);
const ACCOUNTS: Dataset = Dataset::Kind(Kind::CloudAccount);

fn scope(region: &str) -> Scope {
    Scope::new(orch_model::Provider::Aws, "aws", "1", region)
}

fn vpc(uid: &str, region: &str) -> Resource {
    resource(
        uid,
        region,
        NetworkVpc {
            blocks: Vec::new(),
            is_default: false,
            legacy: Field::None,
            filters: Field::None,
            blocks_internet: Field::NotRead,
            peers: Vec::new(),
        }
        .into(),
    )
}

fn resource(uid: &str, region: &str, body: Body) -> Resource {
    Resource {
        uid: Uid::new(uid),
        scope: scope(region),
        name: uid.into(),
        tags: Field::NotRead,
        created_at: Field::NotRead,
        body,
        links: Vec::new(),
        seen_from: Vec::new(),
        not_read: None,
    }
}

fn read(region: &str, collector: &str, dataset: Dataset, outcome: Outcome) -> Read {
    Read {
        scope: scope(region),
        collector: collector.into(),
        datasets: vec![dataset],
        outcome,
        count: 0,
    }
}

fn note(name: &str, dataset: Dataset, reach: Reach) -> CollectorNote {
    CollectorNote {
        name: name.into(),
        provider: None,
        datasets: vec![dataset],
        reach,
    }
}

fn snapshot() -> Snapshot {
    let denied = || Gap::new(Cause::Denied, "ec2:DescribeVpcs");
    Snapshot {
        as_of: chrono::DateTime::UNIX_EPOCH,
        scopes: ["a", "b", "c", "global"].map(scope).to_vec(),
        collectors: vec![
            note("account", ACCOUNTS, Reach::Global),
            note("vpcs", VPCS, Reach::PerRegion),
        ],
        resources: vec![vpc("v1", "a"), vpc("v2", "b")],
        series: Vec::new(),
        costs: Vec::new(),
        reads: vec![
            read("a", "vpcs", VPCS, Outcome::Complete),
            read("b", "vpcs", VPCS, Outcome::Partial(denied())),
            read("d", "vpcs", VPCS, Outcome::Excluded("--regions".into())),
            read("global", "account", ACCOUNTS, Outcome::Complete),
        ],
        ledger: Vec::new(),
    }
}

fn reason(state: Result<(), Unseen>) -> Text {
    state.unwrap_err().0.first().unwrap().to_string().into()
}

#[test]
fn only_a_complete_read_makes_complete() {
    let snapshot = snapshot();
    let inventory = Inventory::new(&snapshot);
    assert_eq!(inventory.state(VPCS, &scope("a")), Ok(()));
    assert_eq!(
        reason(inventory.state(VPCS, &scope("b"))),
        "network.vpc: vpcs in b: denied (ec2:DescribeVpcs)"
    );
    assert_eq!(
        reason(inventory.state(VPCS, &scope("c"))),
        "network.vpc: vpcs in c: not-collected"
    );
    assert_eq!(
        reason(inventory.state(VPCS, &scope("d"))),
        "network.vpc: left out by --regions"
    );
    assert_eq!(
        reason(inventory.state(VPCS, &scope("e"))),
        "network.vpc: e: not-collected"
    );
    assert_eq!(inventory.state(ACCOUNTS, &scope("a")), Ok(()));
    assert_eq!(
        reason(inventory.state(Dataset::Costs, &scope("a"))),
        "billing.costs: global: not-collected"
    );
}

#[test]
fn no_cloud_lacks_the_reads_of_another() {
    let azure = |region: &str| Scope::new(orch_model::Provider::Azure, "azure", "2", region);
    let mut snapshot = snapshot();
    snapshot.scopes.push(azure("north"));
    for (provider, dataset) in [
        (orch_model::Provider::Aws, VPCS),
        (orch_model::Provider::Azure, ACCOUNTS),
    ] {
        snapshot.collectors.push(CollectorNote {
            provider: Some(provider),
            ..note("networks", dataset, Reach::PerRegion)
        });
    }
    snapshot.reads.push(Read {
        scope: azure("north"),
        ..read("north", "networks", ACCOUNTS, Outcome::Complete)
    });
    let inventory = Inventory::new(&snapshot);
    assert_eq!(inventory.state(ACCOUNTS, &azure("north")), Ok(()));
    // The collector of the same name in the other cloud was not run.
    assert_eq!(
        reason(inventory.state(VPCS, &scope("a"))),
        "network.vpc: networks in a: not-collected"
    );
    let azures = |dataset| {
        let expected = inventory.expected(dataset);
        expected.iter().filter(|scope| scope.account == "2").count()
    };
    // Nobody read networks there; that stands once, for the account.
    assert_eq!((azures(VPCS), azures(ACCOUNTS)), (1, 1));
}

#[test]
fn clouds_differ_in_what_they_read_once_per_account() {
    let azure = |region: &str| Scope::new(orch_model::Provider::Azure, "azure", "2", region);
    let mut snapshot = snapshot();
    snapshot.scopes.extend([azure("north"), azure("global")]);
    for note in &mut snapshot.collectors {
        note.provider = Some(orch_model::Provider::Aws);
    }
    snapshot.collectors.push(CollectorNote {
        provider: Some(orch_model::Provider::Azure),
        ..note("networks", VPCS, Reach::Global)
    });
    snapshot.reads.push(Read {
        scope: azure("global"),
        ..read("global", "networks", VPCS, Outcome::Complete)
    });
    let inventory = Inventory::new(&snapshot);
    // What AWS reads per region, Azure has read for the whole account.
    assert_eq!(inventory.state(VPCS, &azure("north")), Ok(()));
    assert_eq!(
        reason(inventory.state(VPCS, &scope("e"))),
        "network.vpc: e: not-collected"
    );
}

#[test]
fn a_dataset_is_expected_where_its_collectors_reach() {
    let snapshot = snapshot();
    let inventory = Inventory::new(&snapshot);
    let expected = |dataset| {
        inventory
            .expected(dataset)
            .iter()
            .map(|scope| scope.region.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(expected(VPCS), ["a", "b", "c", "d"]);
    assert_eq!(expected(ACCOUNTS), ["global"]);
    assert_eq!(expected(Dataset::Costs), ["global"]);
}

#[test]
fn a_witness_decides_and_an_absence_does_not() {
    let snapshot = snapshot();
    let inventory = Inventory::new(&snapshot);
    let partial = inventory.list(Kind::NetworkVpc, &scope("b"));
    assert_eq!(partial.exists(|vpc| vpc.uid.as_str() == "v2"), Ok(true));
    assert!(partial.exists(|vpc| vpc.uid.as_str() == "v9").is_err());
    let complete = inventory.list(Kind::NetworkVpc, &scope("a"));
    assert_eq!(complete.exists(|vpc| vpc.uid.as_str() == "v9"), Ok(false));
    let account = inventory.list_account(Kind::NetworkVpc, &scope("a"));
    assert_eq!(account.items.len(), 2);
    assert_eq!(account.complete.unwrap_err().0.len(), 3);
}

#[test]
fn relations_are_read_backwards_from_bodies_and_links() {
    let mut snapshot = snapshot();
    let copy = StorageSnapshot {
        volume: Field::Value(Uid::new("v1")),
        volume_size_gib: 1,
        taken_at: snapshot.as_of,
        encrypted: true,
        state: "completed".into(),
        public: Field::NotRead,
        tier: Field::NotRead,
        description: Field::NotRead,
    };
    snapshot
        .resources
        .insert(0, resource("copy", "a", copy.into()));
    let inventory = Inventory::new(&snapshot);
    let made: Vec<_> = inventory
        .referring(&Uid::new("v1"), Relation::MadeFrom, Kind::StorageSnapshot)
        .map(|resource| resource.uid.as_str())
        .collect();
    assert_eq!(made, ["copy"]);
    assert_eq!(
        inventory
            .referring(&Uid::new("v2"), Relation::MadeFrom, Kind::StorageSnapshot)
            .count(),
        0
    );
}

#[test]
fn a_fact_sees_only_what_it_declared() {
    let snapshot = snapshot();
    let inventory = Inventory::new(&snapshot).declared(&[ACCOUNTS], Kind::CloudAccount);
    assert!(
        inventory
            .list(Kind::NetworkVpc, &scope("a"))
            .items
            .is_empty()
    );
    assert!(inventory.state(VPCS, &scope("a")).is_err());
    assert!(inventory.get(&Uid::new("v1")).is_none());
    assert_eq!(inventory.state(ACCOUNTS, &scope("a")), Ok(()));
}
