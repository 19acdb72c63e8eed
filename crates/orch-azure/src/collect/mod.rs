//! The collectors of Azure: one file each, and its line in the table.

mod account;
mod activity_alerts;
mod addresses;
mod admin_rules;
mod advisor;
mod application_gateways;
mod apps;
mod bastion_hosts;
mod common;
#[cfg(test)]
mod compute_tests;
mod cosmos;
mod costs;
mod defender;
mod diagnostics;
mod disks;
mod engines;
mod flexible_servers;
mod images;
mod instances;
mod interfaces;
mod kubernetes;
mod list;
mod load_balancers;
mod locks;
mod lookup;
mod metrics;
mod nat_gateways;
#[cfg(test)]
mod network_tests;
mod networks;
#[cfg(test)]
mod odd_tests;
mod policies;
mod registries;
mod role_assignments;
mod roles;
mod rotation;
mod route_tables;
mod scale_sets;
mod security_groups;
mod single_servers;
mod snapshots;
mod source;
mod sql_servers;
#[cfg(test)]
mod standin;
mod storage_accounts;
mod use_metrics;
mod vaults;
mod watchers;

use std::sync::Arc;

use orch_collect::{Collector, CollectorSpec};
use orch_model::{Cause, GLOBAL_REGION, Gap, Provider, Resource, Scope};
use serde_json::Value;

use crate::provider::Azure;

pub(crate) use lookup::{Lookup, look};
pub(crate) use source::Source;

/// A collector, how it is made, and how its answers are decoded.
struct Entry {
    spec: &'static CollectorSpec,
    make: fn(&Arc<Azure>) -> Box<dyn Collector>,
    decode: fn(&Scope, Value) -> Decoded,
    #[cfg(test)]
    sources: fn() -> Vec<(String, Source)>,
}

const TABLE: &[Entry] = &[
    account::ENTRY,
    costs::ENTRY,
    metrics::measured::<metrics::Cpu>(),
    metrics::measured::<metrics::Hourly>(),
    metrics::measured::<use_metrics::Balancers>(),
    metrics::measured::<use_metrics::Databases>(),
    metrics::measured::<use_metrics::Disks>(),
    metrics::measured::<use_metrics::Gateways>(),
    list::listed::<instances::Instances>(),
    list::listed::<scale_sets::ScaleSets>(),
    list::listed::<disks::Disks>(),
    list::listed::<snapshots::Snapshots>(),
    list::listed::<images::Images>(),
    list::listed::<addresses::Addresses>(),
    list::listed::<application_gateways::ApplicationGateways>(),
    list::listed::<bastion_hosts::BastionHosts>(),
    list::listed::<interfaces::Interfaces>(),
    list::listed::<load_balancers::LoadBalancers>(),
    list::listed::<nat_gateways::NatGateways>(),
    list::listed::<networks::Networks>(),
    list::listed::<route_tables::RouteTables>(),
    list::listed::<security_groups::SecurityGroups>(),
    list::listed::<watchers::Watchers>(),
    list::listed::<storage_accounts::StorageAccounts>(),
    list::listed::<sql_servers::SqlServers>(),
    list::listed::<single_servers::PostgresServers>(),
    list::listed::<single_servers::MySqlServers>(),
    list::listed::<flexible_servers::PostgresFlexible>(),
    list::listed::<flexible_servers::MySqlFlexible>(),
    list::listed::<cosmos::CosmosAccounts>(),
    list::listed::<vaults::Vaults>(),
    list::listed::<kubernetes::Clusters>(),
    list::listed::<registries::Registries>(),
    list::listed::<apps::Apps>(),
    list::listed::<role_assignments::RoleAssignments>(),
    list::listed::<roles::Roles>(),
    list::listed::<activity_alerts::ActivityAlerts>(),
    list::listed::<diagnostics::DiagnosticSettings>(),
    list::listed::<defender::Plans>(),
    list::listed::<defender::Contacts>(),
    list::listed::<policies::Policies>(),
    list::listed::<locks::Locks>(),
    list::listed::<advisor::Recommendations>(),
];

/// What every collector is, for plans and permissions without credentials.
pub fn specs() -> impl Iterator<Item = &'static CollectorSpec> {
    TABLE.iter().map(|entry| entry.spec)
}

/// Every collector.
pub(crate) fn collectors(azure: &Arc<Azure>) -> Vec<Box<dyn Collector>> {
    TABLE.iter().map(|entry| (entry.make)(azure)).collect()
}

/// Every request of every collector, with its path as the list of operations has it.
#[cfg(test)]
pub(crate) fn sources() -> Vec<(String, Source)> {
    TABLE.iter().flat_map(|entry| (entry.sources)()).collect()
}

/// What an answer came to.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Decoded {
    /// The resources.
    pub resources: Vec<Resource>,
    /// Why some of it was dropped.
    pub gap: Option<Gap>,
}

/// Decodes an answer to a collector's list as if it had come from Azure, for tests that feed odd ones.
#[doc(hidden)]
pub fn decode(collector: &str, body: &[u8]) -> Decoded {
    let scope = Scope::new(
        Provider::Azure,
        "azure",
        "00000000-0000-0000-0000-000000000000",
        GLOBAL_REGION,
    );
    let entry = TABLE.iter().find(|entry| entry.spec.name == collector);
    match (entry, serde_json::from_slice(body)) {
        (Some(entry), Ok(body)) => (entry.decode)(&scope, body),
        _ => Decoded {
            resources: Vec::new(),
            gap: Some(Gap::new(Cause::Undecodable, "unreadable answer")),
        },
    }
}
