//! The collectors of AWS: one file each, and its line in the table.

mod account;
mod ec2;
mod instances;
mod prefix_lists;
mod security_groups;

use std::sync::Arc;

use orch_collect::{Collector, CollectorSpec};

use crate::provider::Aws;

/// A collector and how it is made.
type Entry = (&'static CollectorSpec, fn(&Arc<Aws>) -> Box<dyn Collector>);

const TABLE: [Entry; 3] = [
    (&account::SPEC, |aws| {
        Box::new(account::Account(aws.clone()))
    }),
    (&instances::SPEC, |aws| {
        Box::new(instances::Instances(aws.clone()))
    }),
    (&security_groups::SPEC, |aws| {
        Box::new(security_groups::SecurityGroups(aws.clone()))
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
