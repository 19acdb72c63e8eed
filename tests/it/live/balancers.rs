//! What the internet reaches through load balancers only, what it does not, and what nobody can say.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::OnceLock;

use orch_engine::reach::{Packet, Told, of_instance};
use orch_engine::{Inventory, Unseen};
use orch_model::{Kind, Resource, Snapshot};
use orch_testkit::harness::{Action, Fault, Options, Session};
use serde_json::Value;

use super::{Account, audit, list, orch, text};

/// Instances behind load balancers, and networks that keep the internet out.
fn balanced() -> &'static Account {
    static ACCOUNT: OnceLock<Account> = OnceLock::new();
    ACCOUNT.get_or_init(|| Account::build("fixtures/accounts/balanced"))
}

fn session() -> Session<'static> {
    balanced()
        .harness
        .session(&Options::default())
        .expect("the harness opens a session")
}

/// What `orch collect` keeps of a region.
fn collected(home: &Path, session: &Session<'_>, region: &str) -> Snapshot {
    let run = orch(home, session)
        .args(["collect", "--provider", "aws", "--regions", region])
        .args(["--out", "kept"])
        .run()
        .expect("orch runs");
    orch_snapshot::load(&home.join("kept"), &orch_snapshot::Needs(None))
        .unwrap_or_else(|error| panic!("{error}\n{run}"))
}

fn instance<'s>(snapshot: &'s Snapshot, name: &str) -> &'s Resource {
    let found = snapshot.resources.iter().find(|resource| {
        resource.kind() == Kind::ComputeInstance
            && balanced()
                .names
                .get(resource.uid.short())
                .is_some_and(|own| own == name)
    });
    found.unwrap_or_else(|| panic!("no instance {name}"))
}

/// Whether everybody gets to a TCP port of an instance.
fn told(snapshot: &Snapshot, name: &str, port: u16) -> Told {
    let from = "8.8.8.8".parse().expect("an address");
    of_instance(instance(snapshot, name), &Inventory::new(snapshot)).admits(Packet {
        protocol: 6,
        port,
        from,
    })
}

/// How rules see what reaches an instance.
fn reach(snapshot: &Snapshot, name: &str) -> String {
    let fact = orch_engine::facts::facts()
        .into_iter()
        .find(|fact| {
            fact.spec().name == "reach" && fact.spec().kinds.contains(&Kind::ComputeInstance)
        })
        .expect("there is such a fact");
    let value = fact.derive(instance(snapshot, name), &Inventory::new(snapshot));
    format!("{value:?}")
}

/// Every answer of the groups' rule on sensitive ports, by the group's name: severity and why it is another.
fn groups(report: &Value) -> BTreeMap<&str, (&str, String)> {
    list(report, "findings")
        .iter()
        .filter(|finding| text(finding, "rule") == "firewall-open-sensitive-port")
        .filter_map(|finding| {
            let uid = text(&finding["resource"], "uid");
            let name = balanced().names.get(uid.rsplit('/').next()?)?;
            Some((
                name.as_str(),
                (text(finding, "severity"), finding.to_string()),
            ))
        })
        .collect()
}

#[test]
fn the_internet_gets_to_what_stands_behind_a_balancer_that_faces_it() {
    let home = tempfile::tempdir().expect("a folder");
    let kept = collected(home.path(), &session(), "us-east-1");
    // Through an application, a network and a classic balancer, on the port of the target alone.
    for (name, port, listener) in [
        ("web", 8_080, "HTTPS:443: tcp 443 to port 8080"),
        ("door", 22, "TCP:2222: tcp 2222 to port 22"),
        (
            "attic",
            22,
            "load balancer old, TCP:2200: tcp 2200 to port 22",
        ),
    ] {
        assert_eq!(told(&kept, name, port), Told::Yes, "{name}");
        assert_eq!(told(&kept, name, 443), Told::No, "{name}");
        let reach = reach(&kept, name);
        assert!(reach.contains(listener), "{name}: {reach}");
    }
    // Who sees the client decides by its own group, though the balancer's addresses would be admitted.
    assert_eq!(told(&kept, "guest", 22), Told::No);
    // A group that admits everybody helps nobody where the only balancer is an inner one.
    assert_eq!(told(&kept, "cellar", 22), Told::No);

    let (_, report) = audit(home.path(), &session(), &["--regions", "us-east-1"]);
    let groups = groups(&report);
    let (severity, finding) = &groups["door"];
    assert_eq!(*severity, "critical", "{finding}");
    let door = instance(&kept, "door").uid.short().to_owned();
    assert!(finding.contains(&door), "{finding}");
    let (severity, finding) = &groups["cellar"];
    assert_eq!(*severity, "medium", "{finding}");
    assert!(finding.contains("nobody gets through"), "{finding}");
}

#[test]
fn without_the_balancers_nobody_can_say_who_is_reached() {
    let home = tempfile::tempdir().expect("a folder");
    let denied = session();
    let fault = Fault::new(Action::error("AccessDenied")).service("elasticloadbalancing");
    denied.fault(&fault).expect("the fault is set");
    let kept = collected(home.path(), &denied, "us-east-1");
    for name in ["web", "door", "attic", "cellar"] {
        assert_eq!(told(&kept, name, 22), Told::Unknown, "{name}");
    }
    let (run, report) = audit(home.path(), &denied, &["--regions", "us-east-1"]);
    let groups = groups(&report);
    // What stands in the rule holds: nobody knows better.
    for name in ["door", "cellar"] {
        assert_eq!(groups[name].0, "high", "{}", groups[name].1);
    }
    let gap = "elasticloadbalancing:DescribeLoadBalancers";
    assert!(groups["door"].1.contains(gap), "{}", groups["door"].1);
    for collector in ["elb.load-balancers", "elbv2.load-balancers"] {
        let gap = format!("us-east-1 {collector} denied");
        assert!(super::gaps(&report).contains(&gap), "{gap}\n{run}");
    }
}

#[test]
fn a_refused_part_of_a_balancer_leaves_open_who_answers() {
    for (operation, lost, kept_open) in [
        ("DescribeListeners", "web", "attic"),
        ("DescribeRules", "web", "door"),
        ("DescribeTargetHealth", "door", "attic"),
        ("DescribeTargetGroupAttributes", "door", "web"),
    ] {
        let home = tempfile::tempdir().expect("a folder");
        let denied = session();
        let fault = Fault::new(Action::error("AccessDenied")).operation(operation);
        denied.fault(&fault).expect("the fault is set");
        let kept = collected(home.path(), &denied, "us-east-1");
        let port = |name: &str| if name == "web" { 8_080 } else { 22 };
        assert_eq!(told(&kept, lost, port(lost)), Told::Unknown, "{operation}");
        assert_eq!(
            told(&kept, kept_open, port(kept_open)),
            Told::Yes,
            "{operation}"
        );
        // Once refused is enough: it would be for every other balancer too.
        let asked = denied.requests().expect("a log");
        let asked = asked.iter().filter(|asked| asked.operation == operation);
        assert_eq!(asked.count(), 1, "{operation}");
    }
}

#[test]
fn a_network_may_keep_the_internet_out_of_what_has_public_addresses() {
    let home = tempfile::tempdir().expect("a folder");
    let kept = collected(home.path(), &session(), "eu-west-1");
    assert_eq!(told(&kept, "shut", 22), Told::No);
    assert!(reach(&kept, "shut").contains("the block of the internet"));
    assert_eq!(told(&kept, "left-out", 22), Told::Yes);

    // One call tells it for networks and subnets, and another what is left out.
    let asked = session();
    collected(
        tempfile::tempdir().expect("a folder").path(),
        &asked,
        "eu-west-1",
    );
    let asked = asked.requests().expect("a log");
    let block = |request: &&orch_testkit::harness::Request| {
        request
            .operation
            .starts_with("DescribeVpcBlockPublicAccess")
    };
    assert_eq!(asked.iter().filter(block).count(), 2);

    // Where the region does not know the call, the answer is open, and what else was read is whole.
    for code in ["InvalidAction", "UnauthorizedOperation"] {
        let home = tempfile::tempdir().expect("a folder");
        let other = session();
        let fault =
            Fault::new(Action::error(code)).operation("DescribeVpcBlockPublicAccessOptions");
        other.fault(&fault).expect("the fault is set");
        let kept = collected(home.path(), &other, "eu-west-1");
        assert_eq!(told(&kept, "left-out", 22), Told::Unknown, "{code}");
        let inventory = Inventory::new(&kept);
        let scope = &instance(&kept, "shut").scope;
        let whole: Result<(), Unseen> = inventory.list(Kind::NetworkVpc, scope).complete;
        assert_eq!(whole, Ok(()), "{code}");
        assert!(reach(&kept, "left-out").contains(code));
    }
}
