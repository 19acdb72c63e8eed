//! What is made of a shop's machines, disks, snapshots, images and scale sets.

use orch_model::kind::{
    ComputeInstance, ComputeScalingGroup, InstanceState, Lifecycle, NetworkFlowLog,
    StorageSnapshot, StorageVolume,
};
use orch_model::{Body, Field, Relation, Resource, Uid};

use super::standin::{Read, read, read_changed};

/// The body of a kind.
macro_rules! body {
    ($resource:expr, $kind:ident) => {
        match &$resource.body {
            Body::$kind(body) => &**body,
            other => panic!("{other:?}"),
        }
    };
}

async fn whole(collector: &str, case: &str) -> Read {
    let read = read(collector, case).await;
    assert!(read.is_whole(), "{read:?}");
    read
}

#[tokio::test]
async fn a_machine_is_put_together_from_its_lists() {
    let read = whole("compute.instances", "machines").await;
    let resource = read.named("web");
    let web: &ComputeInstance = body!(resource, ComputeInstance);
    assert_eq!(
        (web.state, &web.allocated),
        (Field::Value(InstanceState::Running), &Field::Value(true))
    );
    assert_eq!(
        (web.stopped_since, web.lifecycle),
        (Field::None, Field::Value(Lifecycle::OnDemand))
    );
    assert_eq!(
        (web.instance_type.as_str(), &web.zone),
        ("Standard_D4s_v5", &Field::Value("2".into()))
    );
    assert!(web.image.value().unwrap().ends_with("/images/golden"));
    assert_eq!(web.private_addresses[0].to_string(), "10.1.0.4");
    assert_eq!(
        web.public_addresses.value().unwrap()[0].to_string(),
        "20.50.1.4"
    );
    let shorts = |uids: &[Uid]| {
        uids.iter()
            .map(|uid| uid.short().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(shorts(&web.firewalls), ["web-nsg"]);
    assert_eq!(shorts(&web.volumes), ["web-data", "web-os"]);
    assert_eq!(
        web.profile,
        Field::Value("aaaaaaaa-0000-0000-0000-000000000001".into())
    );
    assert_eq!(
        (&web.password_login, &web.ip_forwarding),
        (&Field::Value(false), &Field::Value(true))
    );
    let trusted = web.trusted_launch.value().unwrap();
    assert!(trusted.secure_boot && trusted.virtual_tpm);
    let azure = web.azure.value().unwrap();
    assert_eq!(
        (azure.managed_disks, azure.encryption_at_host),
        (Field::Value(true), Field::Value(true))
    );
    assert_eq!(
        azure.extensions,
        Field::Value(vec!["AzureMonitorLinuxAgent".into()])
    );
    assert_eq!(
        resource.created_at.value().unwrap().to_rfc3339(),
        "2026-03-01T08:00:00.123456700+00:00"
    );
    assert_eq!(
        resource.linked(Relation::PartOf).next().unwrap().short(),
        "web"
    );
}

#[tokio::test]
async fn a_stopped_machine_is_billed_until_it_is_deallocated() {
    let read = whole("compute.instances", "machines").await;
    let of = |name: &str| -> &ComputeInstance { body!(read.named(name), ComputeInstance) };
    let state = |name: &str| {
        (
            of(name).state.value().copied(),
            of(name).allocated.value().copied(),
        )
    };
    assert_eq!(state("db"), (Some(InstanceState::Stopped), Some(false)));
    assert_eq!(state("old"), (Some(InstanceState::Stopped), Some(true)));
    // The list of states leaves it out; its own view is asked for.
    assert_eq!(state("lone"), (Some(InstanceState::Pending), Some(true)));
    assert_eq!(state("gone"), (Some(InstanceState::ShuttingDown), None));
    // Never made whole: it has a view, and no power state in it. That is no state that we would know.
    assert_eq!(state("half"), (None, None));
    let since = of("db").stopped_since.value().unwrap().to_rfc3339();
    assert_eq!(since, "2026-11-01T06:00:00+00:00");
    assert_eq!(of("old").stopped_since, Field::NotRead);
    assert_eq!(of("db").lifecycle, Field::Value(Lifecycle::Spot));
    assert_eq!(of("db").password_login, Field::Value(true));
    assert_eq!(of("lone").tenancy, Field::Value("host".into()));
}

#[tokio::test]
async fn what_old_versions_leave_out_is_not_false() {
    let read = whole("compute.instances", "machines").await;
    let old: &ComputeInstance = body!(read.named("old"), ComputeInstance);
    let azure = old.azure.value().unwrap();
    assert_eq!(azure.managed_disks, Field::Value(false));
    assert_eq!(
        (azure.encryption_at_host, &old.trusted_launch),
        (Field::NotRead, &Field::NotRead)
    );
    assert_eq!(
        (old.confidential, old.password_login),
        (Field::NotRead, Field::NotRead)
    );
    // This one's answer is of a version that tells what is on.
    let db: &ComputeInstance = body!(read.named("db"), ComputeInstance);
    assert_eq!(
        db.azure.value().unwrap().encryption_at_host,
        Field::Value(false)
    );
    assert_eq!(
        (&db.trusted_launch, db.confidential),
        (&Field::None, Field::Value(false))
    );
}

#[tokio::test]
async fn secrets_never_enter() {
    for (collector, case) in [
        ("compute.instances", "machines"),
        ("compute.scale-sets", "disks"),
    ] {
        let read = whole(collector, case).await;
        let text = serde_json::to_string(&read.resources).unwrap();
        for secret in [
            "SECRET",
            "QUtJQVNFQ1JFVA",
            "U0VDUkVUREFUQQ",
            "authorized_keys",
            "person",
        ] {
            assert!(!text.contains(secret), "{secret}");
        }
    }
}

#[tokio::test]
async fn without_the_cards_a_machine_is_kept_and_the_read_is_not_complete() {
    let read = read_changed("compute.instances", "machines", |exchange| {
        if exchange["path"]
            .as_str()
            .unwrap()
            .ends_with("networkInterfaces")
        {
            exchange["status"] = 400.into();
            exchange["body"] = serde_json::json!({ "error": { "code": "Odd" } });
        }
    })
    .await;
    assert!(read.result.is_ok());
    assert_eq!(
        read.gap.as_ref().unwrap().detail,
        "Microsoft.Network/networkInterfaces/read Odd"
    );
    let resource: &Resource = read.named("web");
    let web: &ComputeInstance = body!(resource, ComputeInstance);
    assert_eq!(
        (&web.public_addresses, &web.subnet),
        (&Field::NotRead, &Field::NotRead)
    );
    assert!(
        resource
            .not_read
            .as_ref()
            .unwrap()
            .contains_key("body.subnet")
    );
}

#[tokio::test]
async fn a_disk_tells_whose_key_it_is_and_who_can_fetch_it() {
    let read = whole("compute.disks", "disks").await;
    let of = |name: &str| -> &StorageVolume { body!(read.named(name), StorageVolume) };
    let data = of("web-data");
    assert_eq!(
        (
            data.state.as_str(),
            data.size_gib,
            data.volume_type.as_str()
        ),
        ("in-use", 256, "Premium_LRS")
    );
    assert_eq!(
        (data.iops, data.throughput_mib),
        (Field::Value(1100), Field::Value(125))
    );
    assert_eq!(
        (data.customer_key, data.public_access),
        (Field::Value(true), Field::Value(false))
    );
    assert_eq!(data.attachments[0].instance.short(), "web");
    assert!(
        data.snapshot
            .value()
            .unwrap()
            .ends_with("/snapshots/web-snap")
    );
    let lost = of("lost");
    assert_eq!(
        (lost.state.as_str(), lost.customer_key),
        ("available", Field::Value(false))
    );
    assert_eq!(
        (lost.public_access, lost.export_needs_sign_in),
        (Field::Value(true), Field::Value(false))
    );
    let ancient = of("ancient");
    assert_eq!(
        (ancient.public_access, ancient.export_needs_sign_in),
        (Field::NotRead, Field::NotRead)
    );
    assert_eq!(ancient.customer_key, Field::NotRead);
}

#[tokio::test]
async fn snapshots_and_images_know_what_they_were_made_from() {
    let read = whole("compute.snapshots", "disks").await;
    let of = |name: &str| -> &StorageSnapshot { body!(read.named(name), StorageSnapshot) };
    let snapshot = of("web-snap");
    assert_eq!(
        (snapshot.state.as_str(), snapshot.volume_size_gib),
        ("completed", 256)
    );
    assert_eq!(snapshot.volume.value().unwrap().short(), "web-data");
    assert_eq!(
        (of("arriving").state.as_str(), &of("arriving").volume),
        ("pending", &Field::None)
    );
    let read = whole("compute.images", "disks").await;
    let image = body!(read.named("golden"), ComputeImage);
    assert_eq!(image.source.value().unwrap().short(), "template");
    assert_eq!(image.platform, Field::Value("linux".into()));
}

#[tokio::test]
async fn a_scale_set_tells_what_its_machines_get() {
    let read = whole("compute.scale-sets", "disks").await;
    let of = |name: &str| -> &ComputeScalingGroup { body!(read.named(name), ComputeScalingGroup) };
    let pool = of("pool");
    assert_eq!((&pool.size, pool.zones.len()), (&Field::Value(3), 2));
    assert_eq!(pool.firewalls.value().unwrap()[0].short(), "web-nsg");
    assert_eq!(pool.public_addresses_per_instance, Field::Value(true));
    assert_eq!(
        (pool.automatic_upgrades, pool.autohealing),
        (Field::Value(true), Field::Value(true))
    );
    let flexible = of("flexible");
    assert_eq!(
        (&flexible.firewalls, flexible.autohealing),
        (&Field::NotRead, Field::NotRead)
    );
}

#[tokio::test]
async fn flow_logs_come_with_their_watcher() {
    let read = whole("network.watchers", "watchers").await;
    let of = |name: &str| -> &NetworkFlowLog { body!(read.named(name), NetworkFlowLog) };
    assert_eq!(
        body!(read.named("watcher-westeurope"), NetworkWatcher).state,
        "Succeeded"
    );
    let web = of("web");
    assert!(web.active);
    assert_eq!(
        (web.target.short(), web.retention_days, web.analysed),
        ("shop-net", Field::Value(90), Field::Value(true))
    );
    let old = of("old");
    assert_eq!(
        (old.active, old.retention_days, old.analysed),
        (false, Field::Value(0), Field::Value(false))
    );
}

#[tokio::test]
async fn a_subscription_lies_in_its_management_groups() {
    let read = whole("account", "account").await;
    let account = body!(&read.resources[0], CloudAccount);
    let groups: Vec<&str> = account.ancestors.iter().map(Uid::short).collect();
    assert_eq!(groups, ["shops", "root-id"]);
    let regions: Vec<&str> = account
        .regions
        .value()
        .unwrap()
        .iter()
        .map(|one| one.name.as_str())
        .collect();
    assert_eq!(regions, ["eastus", "westeurope"]);
    assert_eq!(
        read.resources[0].uid.as_str(),
        "/subscriptions/11111111-2222-3333-4444-555555555555"
    );
}
