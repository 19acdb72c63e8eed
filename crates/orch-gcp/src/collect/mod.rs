//! The collectors of Google Cloud: one file each, and its line in the table.

mod account;
mod addresses;
mod alerts;
mod ancestry;
mod api_keys;
mod balancer_requests;
mod billing_table;
mod buckets;
mod costs;
mod cpu;
mod database_use;
mod disks;
mod dns_policies;
mod dns_zones;
mod firewalls;
mod functions;
mod gke;
mod grants;
mod groups;
mod iam_policy;
mod images;
mod instances;
mod kms;
mod lb_parts;
mod list;
mod load_balancers;
mod log_metrics;
mod log_sinks;
mod machine_types;
mod memory;
mod metadata;
mod metrics;
mod network;
mod networks;
mod org_policies;
mod parts;
mod policies;
mod reading;
mod recommendations;
mod roles;
mod routers;
mod routes;
mod run;
mod service_accounts;
mod services;
mod snapshots;
mod sql;
mod subnets;

pub(crate) use costs::Lines;

use std::sync::Arc;

use orch_collect::{Collector, CollectorSpec};
use serde_json::Value;

use crate::decode::Decoded;
use crate::names::Names;
use crate::provider::Gcp;

/// A collector, how it is made, and what it makes of one body.
pub(crate) struct Entry {
    spec: &'static CollectorSpec,
    make: fn(&Arc<Gcp>) -> Box<dyn Collector>,
    decode: Option<Decoder>,
}

/// Makes resources of one body.
pub(crate) type Decoder = fn(Names<'_>, Value) -> Decoded;

// A list that tells all of its resources: `list::listed`. Everything else: `reading::read`.
const TABLE: &[Entry] = &[
    reading::read::<account::Account>(),
    list::listed::<addresses::Addresses>(),
    list::listed::<alerts::Alerts>(),
    list::listed::<api_keys::ApiKeys>(),
    metrics::measured::<balancer_requests::BalancerRequests>(),
    reading::read::<buckets::Buckets>(),
    reading::read::<costs::Costs>(),
    metrics::measured::<cpu::Cpu>(),
    metrics::measured::<database_use::DatabaseUse>(),
    list::listed::<disks::Disks>(),
    list::listed::<dns_policies::DnsPolicies>(),
    list::listed::<dns_zones::DnsZones>(),
    list::listed::<firewalls::Firewalls>(),
    reading::read::<functions::Functions>(),
    reading::read::<gke::Gke>(),
    reading::read::<grants::Grants>(),
    reading::read::<groups::Groups>(),
    reading::read::<images::Images>(),
    list::listed::<instances::Instances>(),
    reading::read::<kms::Keys>(),
    reading::read::<load_balancers::LoadBalancers>(),
    list::listed::<log_metrics::LogMetrics>(),
    reading::read::<log_sinks::LogSinks>(),
    reading::read::<machine_types::MachineTypes>(),
    metrics::measured::<memory::Memory>(),
    metrics::measured::<network::Network>(),
    reading::read::<networks::Networks>(),
    reading::read::<org_policies::OrgPolicies>(),
    reading::read::<recommendations::Recommendations>(),
    list::listed::<roles::Roles>(),
    reading::read::<routers::Routers>(),
    reading::read::<routes::Routes>(),
    reading::read::<run::Run>(),
    reading::read::<service_accounts::ServiceAccounts>(),
    reading::read::<services::Services>(),
    list::listed::<snapshots::Snapshots>(),
    reading::read::<sql::Sql>(),
    list::listed::<subnets::Subnets>(),
];

/// What every collector is, for plans and permissions without credentials.
pub fn specs() -> impl Iterator<Item = &'static CollectorSpec> {
    TABLE.iter().map(|entry| entry.spec)
}

/// Every collector.
pub(crate) fn collectors(gcp: &Arc<Gcp>) -> Vec<Box<dyn Collector>> {
    TABLE.iter().map(|entry| (entry.make)(gcp)).collect()
}

/// What makes resources of a body of this collector.
pub(crate) fn decoder(name: &str) -> Option<Decoder> {
    TABLE
        .iter()
        .find(|entry| entry.spec.name == name)
        .and_then(|entry| entry.decode)
}

#[cfg(test)]
mod services_wire_tests;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_what_comes_before_exists() {
        let names: BTreeSet<&str> = specs().map(|spec| spec.name).collect();
        assert_eq!(names.len(), TABLE.len());
        for spec in specs() {
            assert!(spec.after.iter().all(|before| names.contains(before)));
        }
    }
}
