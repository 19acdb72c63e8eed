//! Which rules are asked: by category, by id, and without those left out.

use std::collections::BTreeSet;
use std::fmt;

use orch_model::{Kind, Provider, Text};

use super::Catalog;
use crate::rule::{Rule, nearest};
use crate::settings::Selection;

/// A name that no rule has.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnknownRule {
    /// The name.
    pub id: String,
    /// The id that is closest to it, if one is close.
    pub nearest: Option<String>,
    /// Why it is gone, if it once was there.
    pub retired: Option<String>,
}

impl fmt::Display for UnknownRule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.retired {
            Some(reason) => write!(f, "rule `{}` is retired: {reason}", self.id),
            None => write!(f, "there is no rule `{}`", self.id),
        }
    }
}

impl UnknownRule {
    /// What to do.
    pub fn help(&self) -> String {
        match &self.nearest {
            Some(near) => format!("did you mean `{near}`?"),
            None => "`orch rule list` prints every rule".to_owned(),
        }
    }
}

impl std::error::Error for UnknownRule {}

impl Catalog {
    /// The rule of an id or alias.
    ///
    /// # Errors
    /// When there is none, with what may have been meant.
    pub fn rule(&self, id: &str) -> Result<&Rule, UnknownRule> {
        let place = self.names.get(id).and_then(|place| self.rules.get(*place));
        place.ok_or_else(|| UnknownRule {
            id: id.to_owned(),
            nearest: nearest(id, self.names.keys().map(|name| name.as_str())).map(str::to_owned),
            retired: self.retired.get(id).map(|reason| (*reason).to_owned()),
        })
    }

    /// Checks the names of a selection.
    ///
    /// # Errors
    /// Every name that no rule has.
    pub fn check(&self, selection: &Selection) -> Result<(), Vec<UnknownRule>> {
        let names = selection.rules.iter().chain(&selection.skip);
        let unknown: Vec<_> = names.filter_map(|name| self.rule(name).err()).collect();
        if unknown.is_empty() {
            Ok(())
        } else {
            Err(unknown)
        }
    }

    /// The rules that are asked, sorted by id.
    pub fn selected<'c>(&'c self, selection: &'c Selection) -> impl Iterator<Item = &'c Rule> {
        self.rules
            .iter()
            .filter(move |rule| self.is_selected(rule, selection))
    }

    /// Whether a rule is asked. One that is named is asked although the settings switch it off.
    pub(crate) fn is_selected(&self, rule: &Rule, selection: &Selection) -> bool {
        let names = |ids: &BTreeSet<Text>| {
            ids.iter()
                .any(|id| self.rule(id).is_ok_and(|named| named.id == rule.id))
        };
        let named = !selection.rules.is_empty() && names(&selection.rules);
        (named || (selection.rules.is_empty() && rule.enabled))
            && (selection.categories.is_empty() || selection.categories.contains(&rule.category))
            && !names(&selection.skip)
    }

    /// The selected rules of a kind on a cloud, as places among the rules.
    pub(crate) fn asked(&self, kind: Kind, provider: Provider, selected: &[bool]) -> Vec<usize> {
        self.plan(kind)
            .map(|plan| {
                let rules = plan.rules.iter().copied();
                rules
                    .filter(|at| selected[*at] && self.rules[*at].asks(provider))
                    .collect()
            })
            .unwrap_or_default()
    }
}
