//! Machines and cards from bodies as Compute Engine writes them.

use orch_model::{Body, Resource};
use serde_json::json;

use super::*;

fn decoded(instance: serde_json::Value) -> Vec<Resource> {
    let body = json!({"items": {"zones/europe-west1-b": {"instances": [instance]}}}).to_string();
    let decoded = crate::decode("compute.instances", body.as_bytes()).unwrap();
    assert_eq!(decoded.gap, None);
    decoded.resources
}

fn machine(instance: serde_json::Value) -> ComputeInstance {
    match decoded(instance).pop().unwrap().body {
        Body::ComputeInstance(instance) => *instance,
        other => panic!("{other:?}"),
    }
}

fn web() -> serde_json::Value {
    json!({
        "id": "402279439148739539", "name": "web", "status": "RUNNING",
        "machineType": "https://x/compute/v1/projects/project/zones/europe-west1-b/machineTypes/e2-micro",
        "zone": "https://x/compute/v1/projects/project/zones/europe-west1-b",
        "tags": {"items": ["http-server"]}, "labels": {"env": "prod"}, "canIpForward": true,
        "networkInterfaces": [{
            "name": "nic0", "networkIP": "10.132.0.2",
            "network": "https://x/compute/v1/projects/host/global/networks/shared",
            "subnetwork": "https://x/compute/v1/projects/host/regions/europe-west1/subnetworks/s",
            "accessConfigs": [{"type": "ONE_TO_ONE_NAT", "natIP": "203.0.113.7"}],
            "ipv6AccessConfigs": [{"externalIpv6": "2001:db8::7", "externalIpv6PrefixLength": 96}]
        }],
        "disks": [{"boot": true, "source": "https://x/compute/v1/projects/project/zones/europe-west1-b/disks/web",
            "licenses": ["https://x/projects/debian-cloud/global/licenses/debian-12"], "architecture": "X86_64"}],
        "metadata": {"items": [{"key": "startup-script", "value": "secret"}, {"key": "serial-port-enable", "value": "1"}]},
        "scheduling": {"preemptible": false, "provisioningModel": "STANDARD"},
        "serviceAccounts": [{"email": "415104041262-compute@developer.gserviceaccount.com",
            "scopes": ["https://www.googleapis.com/auth/cloud-platform"]}],
        "shieldedInstanceConfig": {"enableSecureBoot": false, "enableVtpm": true, "enableIntegrityMonitoring": true},
        "lastStartTimestamp": "2021-03-25T06:51:01.815-07:00"
    })
}

#[test]
fn a_machine_tells_what_rules_ask() {
    let instance = machine(web());
    assert_eq!(instance.state, Field::Value(InstanceState::Running));
    assert_eq!(instance.instance_type, "e2-micro");
    assert_eq!(instance.platform, Field::Value("linux".into()));
    assert_eq!(instance.architecture, Field::Value("x86_64".into()));
    assert_eq!(instance.lifecycle, Field::Value(Lifecycle::OnDemand));
    assert_eq!(instance.allocated, Field::Value(true));
    assert_eq!(instance.confidential, Field::Value(false));
    assert_eq!(instance.public_addresses.value().unwrap().len(), 1);
    assert_eq!(instance.stopped_since, Field::None);
    let launch = instance.trusted_launch.value().unwrap();
    assert_eq!((launch.secure_boot, launch.virtual_tpm), (false, true));
    let gcp = instance.gcp.value().unwrap();
    assert_eq!(gcp.default_service_account, Field::Value(true));
    assert_eq!(gcp.serial_port, Field::Value(true));
    assert_eq!(gcp.os_login, Field::None);
    assert_eq!(gcp.project_keys_blocked, Field::Value(false));
}

#[test]
fn nothing_of_metadata_but_switches_is_kept() {
    let text = serde_json::to_string(&decoded(web())).unwrap();
    assert!(
        !text.contains("secret") && !text.contains("startup"),
        "{text}"
    );
}

#[test]
fn a_card_is_known_by_tags_and_identity() {
    let resources = decoded(web());
    let card = &resources[0];
    assert_eq!(
        card.uid.as_str(),
        "//compute.googleapis.com/projects/project/zones/europe-west1-b/instances/web/networkInterfaces/nic0"
    );
    assert_eq!(card.scope.to_string(), "gcp:gcp:project:europe-west1");
    let Body::NetworkInterface(body) = &card.body else {
        panic!("{card:?}")
    };
    assert_eq!(
        body.memberships,
        [
            "account:415104041262-compute@developer.gserviceaccount.com",
            "tag:http-server"
        ]
    );
    // A shared network belongs to its host project.
    assert_eq!(
        body.vpc.value().unwrap().as_str(),
        "//compute.googleapis.com/projects/host/global/networks/shared"
    );
    assert_eq!(body.ipv6_addresses.len(), 1);
    assert_eq!(body.ip_forwarding, Field::Value(true));
}

#[test]
fn what_an_old_answer_leaves_out_is_not_read() {
    let instance = machine(json!({
        "name": "old", "status": "TERMINATED", "machineType": "zones/z/machineTypes/n1-standard-1",
        "lastStopTimestamp": "2021-03-23T07:55:46.731-07:00", "metadata": null
    }));
    assert_eq!(instance.state, Field::Value(InstanceState::Stopped));
    assert_eq!(instance.allocated, Field::Value(false));
    assert!(instance.stopped_since.value().is_some());
    assert_eq!(instance.profile, Field::None);
    assert!(instance.public_addresses.is_not_read());
    assert!(instance.confidential.is_not_read() && instance.trusted_launch.is_not_read());
    let gcp = instance.gcp.value().unwrap();
    assert!(gcp.project_keys_blocked.is_not_read() && gcp.preemptible.is_not_read());
}

#[test]
fn a_state_we_do_not_know_is_no_answer() {
    let body = json!({"items": {"zones/europe-west1-b": {"instances": [
        {"name": "x", "status": "LEVITATING", "machineType": "e2-micro"}]}}});
    let decoded = crate::decode("compute.instances", body.to_string().as_bytes()).unwrap();
    assert!(decoded.resources.is_empty());
    assert_eq!(
        decoded.gap.unwrap().detail,
        "compute.instances.list instance status"
    );
}
