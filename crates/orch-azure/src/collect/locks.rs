//! governance.lock: locks on the subscription, its groups and its resources.

use orch_collect::CollectorSpec;
use orch_model::kind::GovernanceLock;
use orch_model::{Dataset, Field, Kind, Reach, Resource, Text, Uid};

use super::list::{ArmList, Around, Element, Source, free};
use crate::convert::{name, part};
use crate::names::uid;
use crate::node::Malformed;

const READ: &str = "Microsoft.Authorization/locks/read";

/// Locks, in the identities of which stands what they lie on.
pub(super) struct Locks;

impl ArmList for Locks {
    const SPEC: &'static CollectorSpec = &CollectorSpec {
        name: "governance.locks",
        service: "governance",
        datasets: &[Dataset::Kind(Kind::GovernanceLock)],
        reach: Reach::Global,
        after: &[],
        operations: &[free(READ)],
    };
    const LIST: Source = Source::get(
        READ,
        "/subscriptions/{subscription}/providers/Microsoft.Authorization/locks",
        "2016-09-01",
    );

    fn resources(around: &Around<'_>, found: &Element) -> Result<Vec<Resource>, Malformed> {
        let of = found.node();
        let id = of.required("id")?;
        let own = uid(id);
        let level = match of
            .required("properties.level")?
            .to_ascii_lowercase()
            .as_str()
        {
            "cannotdelete" => Text::new_static("delete"),
            "readonly" => Text::new_static("read-only"),
            other => Text::new(other),
        };
        let body = GovernanceLock {
            level,
            on: on(&own).ok_or_else(|| of.bad("id"))?,
        };
        Ok(vec![part(
            around.names.global().clone(),
            own,
            name(of, id)?,
            // Locks cannot be tagged.
            Field::None,
            Field::NotRead,
            body,
            [],
        )])
    }
}

/// What a lock lies on.
fn on(lock: &Uid) -> Option<Text> {
    let (on, _) = lock
        .as_str()
        .rsplit_once("/providers/microsoft.authorization/locks/")?;
    Some(Text::new(on))
}

#[cfg(test)]
mod tests {
    use orch_model::Body;
    use serde_json::json;

    use super::super::standin::scope;
    use super::*;

    #[test]
    fn a_lock_names_what_it_lies_on() {
        let scope = scope();
        let lock = |id: &str, level: &str| {
            let found = json!({ "id": id, "name": "keep", "properties": { "level": level } });
            Locks::resources(&Around::bare(&scope), &Element::bare(found))
        };
        let made = lock(
            "/subscriptions/S/resourceGroups/G/providers/Microsoft.Compute/disks/D/providers/Microsoft.Authorization/locks/keep",
            "CanNotDelete",
        )
        .unwrap();
        let Body::GovernanceLock(body) = &made[0].body else {
            panic!("{made:?}");
        };
        assert_eq!(body.level, "delete");
        assert_eq!(
            body.on,
            "/subscriptions/s/resourcegroups/g/providers/microsoft.compute/disks/d"
        );
        let made = lock(
            "/subscriptions/S/providers/Microsoft.Authorization/locks/all",
            "ReadOnly",
        )
        .unwrap();
        let Body::GovernanceLock(body) = &made[0].body else {
            panic!("{made:?}");
        };
        assert_eq!((&*body.level, &*body.on), ("read-only", "/subscriptions/s"));
        assert_eq!(lock("/odd", "ReadOnly"), Err(Malformed("id".into())));
    }
}
