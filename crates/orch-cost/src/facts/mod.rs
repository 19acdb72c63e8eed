//! The facts of this crate. One file per fact and one line in the table here.

mod activity;
mod billing;
mod cheaper_disk;
mod machine;
mod modern;
mod operations;
mod price;
mod schedule;
mod smaller;
mod successor;
mod traffic;
mod utilisation;

use std::sync::Arc;

use orch_engine::lang::Type;
use orch_engine::slots::Converter;
use orch_engine::value::{Reasons, Value};
use orch_engine::{Fact, FactSpec, Inventory, Unseen};
use orch_model::{Dataset, Digest, Field, Metric, Reason, Resource};
use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema};
use serde::Serialize;

/// Every fact of this crate.
pub fn facts() -> Vec<Box<dyn Fact>> {
    vec![
        activity::fact(),
        billing::fact(),
        cheaper_disk::fact(),
        machine::fact(),
        modern::fact(),
        operations::fact(),
        price::fact(),
        schedule::fact(),
        smaller::fact(),
        successor::fact(),
        traffic::of_balancer(),
        traffic::of_gateway(),
        utilisation::fact(),
    ]
}

/// What was derived, and why some members of it were not.
struct Found<T> {
    value: Field<T>,
    /// By the path of a member: why it was not read.
    unread: Vec<(&'static str, Unseen)>,
}

impl<T> From<Field<T>> for Found<T> {
    fn from(value: Field<T>) -> Self {
        Self {
            value,
            unread: Vec::new(),
        }
    }
}

type Derive<T> = fn(&Resource, &Inventory<'_>) -> Result<Found<T>, Unseen>;

/// A fact whose value is a struct of ours, converted to a value of the language.
struct Derived<T> {
    spec: FactSpec,
    converter: Converter,
    derive: Derive<T>,
}

impl<T: Serialize + 'static> Derived<T> {
    fn boxed(spec: FactSpec, derive: Derive<T>) -> Box<dyn Fact> {
        let converter = Converter::new(&Type::of_schema(&(spec.schema)()));
        Box::new(Self {
            spec,
            converter,
            derive,
        })
    }
}

impl<T: Serialize> Fact for Derived<T> {
    fn spec(&self) -> &FactSpec {
        &self.spec
    }

    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen> {
        let found = (self.derive)(resource, inventory)?;
        let unread = |path: &str| -> Reasons {
            let known = found
                .unread
                .iter()
                .find(|(member, _)| path.starts_with(member));
            known
                .map(|(_, unseen)| unseen.0.clone())
                .unwrap_or_default()
        };
        Ok(found
            .value
            .map(|value| self.converter.convert(&value, &unread)))
    }
}

/// The schema of a fact's value, everything inline.
fn schema_of<T: JsonSchema>() -> Schema {
    let settings =
        SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    settings.into_generator().into_root_schema_for::<T>()
}

/// The digests of a metric of a resource. A metric counts only where its read is complete: a series may be cut off
/// where reading broke.
fn digests<'s>(
    resource: &Resource,
    inventory: &Inventory<'s>,
    metric: Metric,
) -> Result<Vec<&'s Digest>, Unseen> {
    inventory.state(Dataset::Series(metric), &resource.scope)?;
    Ok(inventory.digests(&resource.uid, metric).iter().collect())
}

/// That a cloud has no points of a metric of a resource.
fn no_points(what: &str) -> Unseen {
    Unseen::untold(what, "the cloud holds no points of it")
}

/// One reason as what a fact answers.
pub(crate) fn unseen(reason: Reason) -> Unseen {
    Unseen(Arc::new([reason].into()))
}
