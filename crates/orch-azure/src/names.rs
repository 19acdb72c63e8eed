//! Identities of resources and their scopes, from the ids of Resource Manager.

use orch_model::{GLOBAL_REGION, Scope, Text, Uid};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Where management groups are.
pub(crate) const GROUPS: &str = "/providers/Microsoft.Management/managementGroups";

/// What stands as it is in an id of a management group. Everything else is written so that it stays one part of
/// an address.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'(')
    .remove(b')');

/// Composes the identities of one subscription.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    global: &'a Scope,
}

impl<'a> Names<'a> {
    /// Of the subscription with this global scope.
    pub(crate) fn new(global: &'a Scope) -> Self {
        Self { global }
    }

    /// The subscription's scope for what has no location.
    pub(crate) fn global(&self) -> &'a Scope {
        self.global
    }

    /// The scope of a location.
    pub(crate) fn scope(&self, location: Option<&str>) -> Scope {
        match location.map(region) {
            Some(region) if !region.is_empty() && region != GLOBAL_REGION => {
                self.global.in_region(region)
            }
            _ => self.global.global(),
        }
    }

    /// The subscription itself.
    pub(crate) fn subscription(&self) -> Uid {
        Uid::new(format!("/subscriptions/{}", self.global.account))
    }
}

/// A location as scopes spell it: `West Europe` is `westeurope`.
pub(crate) fn region(location: &str) -> Text {
    location
        .chars()
        .filter(|letter| !letter.is_whitespace())
        .flat_map(char::to_lowercase)
        .collect::<String>()
        .into()
}

/// The address of a management group.
pub(crate) fn group(id: &str) -> String {
    format!("{GROUPS}/{}", utf8_percent_encode(id, PLAIN))
}

/// An id of Resource Manager as an identity: its spelling varies from answer to answer.
pub(crate) fn uid(id: &str) -> Uid {
    Uid::new(id.trim().trim_end_matches('/').to_ascii_lowercase())
}

/// The identity without its last `levels` pairs of type and name: a subnet's network, one level up.
pub(crate) fn parent(uid: &Uid, levels: usize) -> Option<Uid> {
    let mut rest = uid.as_str();
    for _ in 0..2 * levels {
        rest = rest.rsplit_once('/')?.0;
    }
    (!rest.is_empty()).then(|| Uid::new(rest))
}

/// The name that follows a type in an id: `web` after `virtualmachines`.
pub(crate) fn after<'u>(uid: &'u Uid, of_type: &str) -> Option<&'u str> {
    let mut parts = uid.as_str().split('/');
    parts.find(|part| *part == of_type)?;
    parts.next().filter(|name| !name.is_empty())
}

/// The identity up to and with the name after this type: the machine of a machine's extension.
pub(crate) fn up_to(uid: &Uid, of_type: &str) -> Option<Uid> {
    let name = after(uid, of_type)?;
    let marked = format!("/{of_type}/{name}");
    let end = uid.as_str().find(&marked)? + marked.len();
    uid.as_str().get(..end).map(Uid::new)
}

#[cfg(test)]
mod tests {
    use orch_model::Provider;

    use super::*;

    #[test]
    fn ids_are_one_whatever_their_spelling() {
        let one = uid(
            "/subscriptions/AB/resourceGroups/Prod/providers/Microsoft.Compute/virtualMachines/Web",
        );
        let other = uid(
            "/subscriptions/ab/resourcegroups/PROD/providers/microsoft.compute/virtualmachines/web/",
        );
        assert_eq!(one, other);
        assert_eq!(after(&one, "resourcegroups"), Some("prod"));
        assert_eq!(after(&one, "disks"), None);
        assert_eq!(
            parent(&uid("/s/1/v/net/subnets/a"), 1),
            Some(uid("/s/1/v/net"))
        );
        assert_eq!(parent(&uid("a"), 1), None);
        assert_eq!(
            up_to(&uid("/s/1/v/net/subnets/a"), "v"),
            Some(uid("/s/1/v/net"))
        );
    }

    #[test]
    fn the_id_of_a_group_stays_one_part_of_an_address() {
        assert_eq!(group("a-B_1.(x)"), format!("{GROUPS}/a-B_1.(x)"));
        let odd = group("a/../b?c#d%2F é");
        assert_eq!(odd, format!("{GROUPS}/a%2F..%2Fb%3Fc%23d%252F%20%C3%A9"));
    }

    #[test]
    fn a_location_is_a_region_and_none_is_global() {
        let global = Scope::new(Provider::Azure, "azure", "s", GLOBAL_REGION);
        let names = Names::new(&global);
        assert_eq!(names.scope(Some("West Europe")).region, "westeurope");
        for none in [None, Some(""), Some("Global")] {
            assert_eq!(names.scope(none), global);
        }
        assert_eq!(names.subscription().as_str(), "/subscriptions/s");
    }
}
