//! Who has which role by a policy, and which of them are everybody; people only by a number made of their
//! address.

use orch_model::{Fingerprint, Text, Uid};
use serde::Deserialize;

use crate::convert::sorted;

/// The version of policies that tells conditions; older ones leave the whole binding out.
pub(super) const VERSION: u64 = 3;

/// An IAM policy.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub(super) struct Policy {
    bindings: Option<Vec<Binding>>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Binding {
    role: Option<Text>,
    members: Option<Vec<Text>>,
    condition: Option<Condition>,
}

#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
struct Condition {
    title: Option<Text>,
    expression: Option<Text>,
}

/// One role of one member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Right {
    pub(super) role: Text,
    pub(super) member: Member,
    /// A number made of the condition, where there is one.
    pub(super) condition: Option<Text>,
}

/// A member of a binding.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Member {
    /// Who, as the policy spells it; people by a number.
    pub(super) principal: Text,
    pub(super) kind: &'static str,
}

impl Policy {
    /// Every role of every member.
    pub(super) fn rights(&self) -> impl Iterator<Item = Right> {
        self.bindings.iter().flatten().flat_map(|binding| {
            let role = binding.role.clone().unwrap_or_default();
            let condition = binding.condition.as_ref().map(|condition| {
                let title = condition.title.as_deref().unwrap_or_default();
                number(condition.expression.as_deref().unwrap_or_default(), title)
            });
            let members = binding.members.iter().flatten();
            members.map(move |text| Right {
                role: role.clone(),
                member: member(text),
                condition: condition.clone(),
            })
        })
    }

    /// The roles that everybody has, as `role to whom`.
    pub(super) fn public(&self) -> Vec<Text> {
        let rights = self.everybody();
        sorted(
            rights.map(|right| Text::from(format!("{} to {}", right.role, right.member.principal))),
        )
    }

    /// Who of those that stand for everybody has a role that passes.
    pub(super) fn public_with(&self, passes: impl Fn(&str) -> bool) -> Vec<Text> {
        let rights = self.everybody().filter(|right| passes(&right.role));
        sorted(rights.map(|right| right.member.principal))
    }

    fn everybody(&self) -> impl Iterator<Item = Right> {
        self.rights().filter(|right| right.member.kind == EVERYBODY)
    }
}

const EVERYBODY: &str = "everybody";

/// Starts of members and what they are.
const KINDS: [(&str, &str); 10] = [
    ("allAuthenticatedUsers", EVERYBODY),
    ("allUsers", EVERYBODY),
    ("domain:", "group"),
    ("group:", "group"),
    ("principalSet:", "group"),
    ("projectEditor:", "group"),
    ("projectOwner:", "group"),
    ("projectViewer:", "group"),
    ("serviceAccount:", "service-account"),
    ("user:", "user"),
];

/// A member, without the name of a person.
fn member(text: &str) -> Member {
    let (deleted, living) = match text.strip_prefix("deleted:") {
        Some(living) => ("deleted:", living),
        None => ("", text),
    };
    let kind = match living.starts_with("principal:") && living.contains("/workforcePools/") {
        true => "user",
        false => KINDS
            .iter()
            .find(|(start, _)| living.starts_with(start))
            .map_or("unknown", |(_, kind)| kind),
    };
    let principal = match kind {
        "user" => format!("{deleted}{}", person(living)),
        // Whatever else may be somebody's address.
        "unknown" if living.contains('@') => format!("{deleted}{}", named_last(living)),
        _ => text.to_owned(),
    };
    Member {
        principal: Text::from(principal),
        kind,
    }
}

/// A person, with Google's own number where the policy tells it, which it does of those that were deleted.
fn person(text: &str) -> String {
    match text.split_once("?uid=") {
        Some((_, uid)) => format!("user:{uid}"),
        None => named_last(text),
    }
}

/// With a number for the name: the subject, or what stands behind the last slash or colon.
fn named_last(text: &str) -> String {
    let name = match text.split_once("/subject/") {
        Some((_, subject)) => subject,
        None => text.rsplit(['/', ':']).next().unwrap_or(text),
    };
    let before = &text[..text.len() - name.len()];
    format!("{before}{}", address(name))
}

/// An address with a number for the name before the `@`: the same person is the same in every policy and
/// every run, and the domain says whose people they are. Google tells no id of people here.
fn address(address: &str) -> String {
    let lower = address.to_ascii_lowercase();
    let number = number(&lower, "principal");
    match lower.rsplit_once('@') {
        Some((_, domain)) => format!("{number}@{domain}"),
        None => number.to_string(),
    }
}

/// A number that stands for a text.
fn number(text: &str, of: &str) -> Text {
    Fingerprint::of(of, &Uid::new(text), None).0
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn policy(bindings: serde_json::Value) -> Policy {
        serde_json::from_value(json!({"version": 3, "etag": "x", "bindings": bindings})).unwrap()
    }

    #[test]
    fn people_are_numbers_and_the_same_everywhere() {
        let one = member("user:Ada.Lovelace@example.com");
        assert_eq!(one, member("user:ada.lovelace@example.com"));
        assert_ne!(one, member("user:ada.lovelace@example.org"));
        assert_eq!(one.kind, "user");
        assert!(one.principal.starts_with("user:") && one.principal.ends_with("@example.com"));
        for named in [
            "user:ada@example.com",
            "deleted:user:ada@example.com?uid=123",
            "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/ada@example.com",
            "principal://iam.googleapis.com/locations/global/workforcePools/p/subject/ada/2",
            "ada@example.com",
            "other:ada@example.com",
        ] {
            assert!(!member(named).principal.contains("ada"), "{named}");
        }
        let deleted = member("deleted:user:ada@example.com?uid=123");
        assert_eq!(
            (deleted.principal.as_str(), deleted.kind),
            ("deleted:user:123", "user")
        );
    }

    #[test]
    fn who_is_no_person_keeps_its_name() {
        for (text, kind) in [
            ("allUsers", "everybody"),
            ("allAuthenticatedUsers", "everybody"),
            (
                "serviceAccount:ci@p.iam.gserviceaccount.com",
                "service-account",
            ),
            ("group:admins@example.com", "group"),
            ("domain:example.com", "group"),
            ("projectOwner:p", "group"),
            ("abcdefg", "unknown"),
        ] {
            let member = member(text);
            assert_eq!((member.principal.as_str(), member.kind), (text, kind));
        }
    }

    #[test]
    fn everybody_is_told_with_the_role() {
        let policy = policy(json!([
            {"role": "roles/storage.objectViewer", "members": ["allUsers", "user:a@example.com"]},
            {"role": "roles/storage.admin", "members": ["allAuthenticatedUsers"], "condition": {"title": "t"}},
            {"role": "roles/owner"},
            {"members": null},
        ]));
        assert_eq!(
            policy.public(),
            [
                "roles/storage.admin to allAuthenticatedUsers",
                "roles/storage.objectViewer to allUsers"
            ]
        );
        let rights: Vec<_> = policy.rights().collect();
        assert_eq!(rights.len(), 3);
        assert!(rights[0].condition.is_none() && rights[2].condition.is_some());
    }
}
