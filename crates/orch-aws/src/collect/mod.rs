//! The collectors of AWS: one file each, and its line in the table.

mod account;
mod addresses;
mod balancer_cards;
mod balancer_metrics;
mod block_public_access;
mod buckets;
mod capacity_reservations;
mod classic_balancers;
mod clusters;
mod costs;
mod cpu;
mod credits;
mod database_metrics;
mod database_servers;
mod ec2;
mod flow_logs;
mod gateway_metrics;
mod instance_types;
mod instances;
mod interfaces;
mod internet_gateways;
mod load_balancers;
mod memory;
mod metrics;
mod nat_gateways;
mod network;
mod network_acls;
mod node_groups;
mod points;
mod prefix_lists;
mod route_tables;
mod scaling_groups;
mod security_groups;
mod snapshots;
mod subnets;
mod target_groups;
mod volume_metrics;
mod volumes;
mod vpcs;
mod wanted;

use std::sync::Arc;

use orch_collect::{Collector, CollectorSpec};

use crate::provider::Aws;

pub(crate) use block_public_access::Blocks;

/// A collector and how it is made.
type Entry = (&'static CollectorSpec, fn(&Arc<Aws>) -> Box<dyn Collector>);

const TABLE: &[Entry] = &[
    (&account::SPEC, |aws| {
        Box::new(account::Account(aws.clone()))
    }),
    (&costs::SPEC, |aws| Box::new(costs::Costs(aws.clone()))),
    metrics::measured::<balancer_metrics::BalancerRequests>(),
    metrics::measured::<cpu::Cpu>(),
    metrics::measured::<credits::Credits>(),
    metrics::measured::<database_metrics::DatabaseConnections>(),
    metrics::measured::<database_metrics::DatabaseCpu>(),
    metrics::measured::<gateway_metrics::GatewayBytes>(),
    metrics::measured::<memory::Memory>(),
    metrics::measured::<network::Network>(),
    metrics::measured::<volume_metrics::VolumeBytes>(),
    metrics::measured::<volume_metrics::VolumeOperations>(),
    (&scaling_groups::SPEC, |aws| {
        Box::new(scaling_groups::ScalingGroups(aws.clone()))
    }),
    (&clusters::SPEC, |aws| {
        Box::new(clusters::Clusters(aws.clone()))
    }),
    (&node_groups::SPEC, |aws| {
        Box::new(node_groups::NodeGroups(aws.clone()))
    }),
    (&database_servers::SPEC, |aws| {
        Box::new(database_servers::DatabaseServers(aws.clone()))
    }),
    ec2::listed::<addresses::Addresses>(),
    ec2::listed::<capacity_reservations::CapacityReservations>(),
    ec2::listed::<flow_logs::FlowLogs>(),
    (&instance_types::SPEC, |aws| {
        Box::new(instance_types::InstanceTypes(aws.clone()))
    }),
    ec2::listed::<instances::Instances>(),
    ec2::listed::<interfaces::Interfaces>(),
    ec2::listed::<internet_gateways::InternetGateways>(),
    ec2::listed::<nat_gateways::NatGateways>(),
    ec2::listed::<network_acls::NetworkAcls>(),
    ec2::listed::<route_tables::RouteTables>(),
    (&security_groups::SPEC, |aws| {
        Box::new(security_groups::SecurityGroups(aws.clone()))
    }),
    (&snapshots::SPEC, |aws| {
        Box::new(snapshots::Snapshots(aws.clone()))
    }),
    ec2::listed::<subnets::Subnets>(),
    ec2::listed::<volumes::Volumes>(),
    ec2::listed::<vpcs::Vpcs>(),
    (&classic_balancers::SPEC, |aws| {
        Box::new(classic_balancers::ClassicBalancers(aws.clone()))
    }),
    (&buckets::SPEC, |aws| {
        Box::new(buckets::Buckets(aws.clone()))
    }),
    (&load_balancers::SPEC, |aws| {
        Box::new(load_balancers::LoadBalancers(aws.clone()))
    }),
];

/// What every collector is, for plans and permissions without credentials.
pub fn specs() -> impl Iterator<Item = &'static CollectorSpec> {
    TABLE.iter().map(|(spec, _)| *spec)
}

/// Every collector.
pub(crate) fn collectors(aws: &Arc<Aws>) -> Vec<Box<dyn Collector>> {
    TABLE.iter().map(|(_, make)| make(aws)).collect()
}

/// An instance as its collector hands it over, for tests of what comes after it.
#[cfg(test)]
pub(crate) fn instance(
    scope: &orch_model::Scope,
    found: &aws_sdk_ec2::types::Instance,
) -> orch_model::Resource {
    instances::instance(crate::names::Names::new(scope), None, found).unwrap()
}
