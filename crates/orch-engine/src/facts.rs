//! Facts: what is derived about a resource from others. One file per fact and one line in the table here.

mod admitted;
mod attachment;
mod exposure;
mod flow_logs;
mod gone;
mod guarded;
mod interfaces;
mod members;
mod newest_snapshot;
mod os_login;
mod others;
mod reach;
mod referenced_by;
mod routed;
mod snapshots;
mod source_exists;

use orch_model::{Dataset, Field, Kind, Resource, Text, Uid};
use schemars::Schema;

use crate::inventory::{Inventory, Unseen};
use crate::netset::Share;
use crate::reach::Known;
use crate::slots::Asked;
use crate::value::{Reasons, Value};

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

/// What one fact worked out on the way from resource to resource, always with the same inventory. It changes no
/// answer.
#[derive(Default)]
pub struct Memo<'s> {
    pub(crate) known: Known<'s>,
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

    /// Derives what is asked of it; the rest may be anything. For facts of which a part costs much, and for those
    /// that work out again and again what resources share.
    ///
    /// # Errors
    /// Why it cannot be known.
    fn derive_asked<'s>(
        &self,
        resource: &'s Resource,
        inventory: &Inventory<'s>,
        _asked: &Asked,
        _memo: &mut Memo<'s>,
    ) -> Result<Field<Value>, Unseen> {
        self.derive(resource, inventory)
    }
}

/// The facts of this crate.
pub fn facts() -> Vec<Box<dyn Fact>> {
    let mut facts: Vec<Box<dyn Fact>> = vec![
        Box::new(admitted::admitted()),
        Box::new(attachment::of_address()),
        Box::new(attachment::of_volume()),
        Box::new(exposure::exposure()),
        Box::new(flow_logs::SubnetsLogged),
        Box::new(flow_logs::flow_logs()),
        Box::new(gone::Gone),
        Box::new(guarded::Guarded),
        Box::new(interfaces::Interfaces),
        Box::new(members::members()),
        Box::new(newest_snapshot::NewestSnapshot),
        Box::new(os_login::OsLogin),
        Box::new(reach::of_firewall()),
        Box::new(reach::of_receiver()),
        Box::new(referenced_by::ReferencedBy),
        Box::new(routed::Routed),
        Box::new(snapshots::snapshots()),
        Box::new(source_exists::SourceExists),
    ];
    facts.extend(others::all());
    facts
}

/// What was found as a list. Where it may not be all, the last element is unknown; with nothing found the
/// whole is, so that a list that is not empty for certain is never called empty.
fn found(items: impl IntoIterator<Item = Value>, state: Result<(), Unseen>) -> Value {
    let mut items: Vec<Value> = items.into_iter().collect();
    if let Err(unseen) = state {
        let more = Value::Unknown(unseen.0);
        if items.is_empty() {
            return more;
        }
        items.push(more);
    }
    Value::list(items)
}

/// A share of the internet: what is known, at least that, or nothing.
fn share(share: Share, why: &dyn Fn() -> Reasons) -> Value {
    if !share.may_be_more {
        Value::Double(share.known)
    } else if share.known > 0.0 {
        Value::AtLeast(share.known, why())
    } else {
        Value::Unknown(why())
    }
}

/// The id of a resource as rules see it.
fn id(resource: &Resource) -> Value {
    Value::Text(Text::new(resource.uid.short()))
}

/// Why a resource that another one names is not in the inventory.
pub(crate) fn not_found(
    uid: &Uid,
    kind: Kind,
    from: &Resource,
    inventory: &Inventory<'_>,
) -> Unseen {
    let state = inventory.state(Dataset::Kind(kind), &from.scope);
    state
        .err()
        .unwrap_or_else(|| Unseen::untold(uid.short(), "it lies outside of what was read"))
}

/// A member of another resource that the provider left out: what it is, and whose.
fn not_told(path: &str, whose: &Uid) -> Unseen {
    Unseen::untold(
        format!("{path} of {}", whose.short()),
        "the provider did not tell",
    )
}
