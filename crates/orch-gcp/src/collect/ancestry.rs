//! What a project lies in: folders and the organisation, the nearest first.

use orch_model::{Text, Uid};
use serde::Deserialize;

use crate::operations::{Api, post};

pub(super) const ANCESTRY: Api = post(
    "resourcemanager.projects.get",
    "cloudresourcemanager.googleapis.com/v1/projects/{project}:getAncestry",
);

/// The answer: the project itself, and all above it.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Ancestry {
    ancestor: Option<Vec<Ancestor>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Ancestor {
    resource_id: Option<Id>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Id {
    r#type: Option<Text>,
    id: Option<Text>,
}

/// One of those above a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Above {
    /// `folder` or `organization`.
    pub(super) level: &'static str,
    pub(super) id: Text,
}

impl Above {
    pub(super) fn uid(&self) -> Uid {
        let (level, id) = (self.level, &self.id);
        Uid::new(format!(
            "//cloudresourcemanager.googleapis.com/{level}s/{id}"
        ))
    }
}

impl Ancestry {
    /// All above the project.
    pub(super) fn above(&self) -> impl Iterator<Item = Above> {
        let all = self.ancestor.iter().flatten();
        all.filter_map(|ancestor| {
            let id = ancestor.resource_id.as_ref()?;
            let level = match id.r#type.as_deref()? {
                "folder" => "folder",
                "organization" => "organization",
                _ => return None,
            };
            let id = id.id.clone().filter(|id| !id.is_empty())?;
            Some(Above { level, id })
        })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn folders_come_before_the_organisation_and_the_project_is_none_of_them() {
        let of = |kind: &str, id: &str| json!({"resourceId": {"type": kind, "id": id}});
        let answer = json!({"ancestor": [of("project", "p"), of("folder", "7"), of("organization", "1"), {}]});
        let ancestry: Ancestry = serde_json::from_value(answer).unwrap();
        let uids: Vec<_> = ancestry
            .above()
            .map(|above| above.uid().to_string())
            .collect();
        assert_eq!(
            uids,
            [
                "//cloudresourcemanager.googleapis.com/folders/7",
                "//cloudresourcemanager.googleapis.com/organizations/1"
            ]
        );
    }
}
