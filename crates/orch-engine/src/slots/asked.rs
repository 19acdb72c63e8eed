//! Which parts of a fact the expressions of a kind read: what nobody reads need not be derived.

use orch_model::Text;

/// The parts of a value that are read.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    whole: bool,
    members: Vec<(Text, Self)>,
}

impl Asked {
    /// All of it.
    pub fn everything() -> Self {
        Self {
            whole: true,
            members: Vec::new(),
        }
    }

    pub(super) fn members(members: Vec<(Text, Self)>) -> Self {
        Self {
            whole: false,
            members,
        }
    }

    /// Whether something at this path is read; a list has the members of its elements.
    pub fn reads(&self, path: &[&str]) -> bool {
        match path {
            _ if self.whole => true,
            [] => true,
            [name, rest @ ..] => self
                .members
                .iter()
                .find(|(known, _)| known == name)
                .is_some_and(|(_, below)| below.reads(rest)),
        }
    }
}
