//! Metadata of machines: what a few known keys say, never the value of any other.

use orch_model::Text;
use serde::Deserialize;

use crate::convert::{is_true, word};

/// Metadata of a machine or of all machines of a project.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    items: Option<Vec<Item>>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Item {
    key: Option<Text>,
    value: Option<String>,
}

/// Values may hold anything, so they are not shown.
impl std::fmt::Debug for Metadata {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let items = self.items.iter().flatten();
        f.debug_set().entries(items.map(|item| &item.key)).finish()
    }
}

impl Metadata {
    fn value(&self, key: &str) -> Option<&str> {
        let mut items = self.items.iter().flatten();
        let item = items.find(|item| {
            let known = item.key.as_deref().unwrap_or_default();
            known.eq_ignore_ascii_case(key)
        })?;
        Some(item.value.as_deref().unwrap_or_default())
    }

    /// Whether a switch is on; off where it is not named.
    pub(super) fn is_set(&self, key: &str) -> bool {
        self.switch(key) == Some(true)
    }

    /// How a switch stands; none where it is not named.
    pub(super) fn switch(&self, key: &str) -> Option<bool> {
        self.value(key).map(is_true)
    }

    /// The instance group manager that made the machine.
    pub(super) fn made_by(&self) -> Option<Text> {
        let (_, name) = self
            .value("created-by")?
            .split_once("/instanceGroupManagers/")?;
        // Anybody can write this key: only what can be a name of a group is kept.
        let kept = word(name);
        (kept == name && !name.is_empty() && !name.contains('/')).then_some(kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_switches_and_the_groups_name_are_told() {
        let metadata: Metadata = serde_json::from_str(
            r#"{"items":[{"key":"enable-oslogin","value":"TRUE"},{"key":"serial-port-enable","value":"0"},
                {"key":"startup-script","value":"password=hunter2"},{"key":null},
                {"key":"created-by","value":"projects/1/zones/z/instanceGroupManagers/web-mig"}]}"#,
        )
        .unwrap();
        assert!(metadata.is_set("enable-oslogin"));
        assert_eq!(metadata.switch("serial-port-enable"), Some(false));
        assert_eq!(metadata.switch("block-project-ssh-keys"), None);
        assert_eq!(metadata.made_by().as_deref(), Some("web-mig"));
        assert!(!format!("{metadata:?}").contains("hunter2"));
    }
}
