//! Facts: what is derived about a resource from others. One file per fact and one line in the table here.

use orch_model::{Dataset, Field, Kind, Resource};
use schemars::Schema;

use crate::inventory::{Inventory, Unseen};
use crate::value::Value;

/// What a fact is about.
#[derive(Debug, Clone, Copy)]
pub struct FactSpec {
    /// Its name: rules write `facts.<name>`.
    pub name: &'static str,
    /// The kinds it is derived for.
    pub kinds: &'static [Kind],
    /// The JSON schema of its value; one that admits null can be none.
    pub schema: fn() -> Schema,
    /// What it reads besides the resource itself. It sees nothing else.
    pub needs: &'static [Dataset],
    /// A sentence for the reference.
    pub about: &'static str,
}

/// Something that is derived about a resource, once per resource and only when a rule asks.
///
/// The law of facts: taking a read away makes a fact unknown or leaves it as it is. A witness that was found
/// decides; on an incomplete listing everything else is unknown.
pub trait Fact: Send + Sync {
    /// What it is about.
    fn spec(&self) -> &FactSpec;

    /// Derives it.
    ///
    /// # Errors
    /// Why it cannot be known. Members of the value may be [`Value::Unknown`] on their own.
    fn derive(
        &self,
        resource: &Resource,
        inventory: &Inventory<'_>,
    ) -> Result<Field<Value>, Unseen>;
}
