//! What is known not to be none at a place: `has(x) && x.y`, `x == null || x > 3`, `!has(x) || …`.
//!
//! A fact "p is not none when A is true" is kept only if p being none makes A definitely false, whatever
//! else in A is unknown or an error (and the other way round for "when A is false"). Then what comes after
//! `A &&` is never evaluated with p being none, because a definite false decides.

use orch_model::Text;

/// A path: a name, and members, keys or indexes below it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Path(Vec<Step>);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Step {
    Name(Text),
    Index(i64),
}

impl Path {
    pub(super) fn of(name: &str) -> Self {
        Self(vec![Step::Name(Text::new(name))])
    }

    pub(super) fn member(&self, name: &str) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Name(Text::new(name)));
        Self(steps)
    }

    pub(super) fn index(&self, index: i64) -> Self {
        let mut steps = self.0.clone();
        steps.push(Step::Index(index));
        Self(steps)
    }

    pub(super) fn root(&self) -> Option<&str> {
        match self.0.first() {
            Some(Step::Name(name)) => Some(name),
            _ => None,
        }
    }

    /// `a.b` of `resource.a.b`; indexes are left out.
    pub(super) fn dotted_below_root(&self) -> String {
        let names: Vec<_> = self
            .0
            .iter()
            .skip(1)
            .filter_map(|step| {
                if let Step::Name(name) = step {
                    Some(name.as_str())
                } else {
                    None
                }
            })
            .collect();
        names.join(".")
    }

    /// The path and those it goes through: none of them can be none if the last one is not.
    fn with_prefixes(&self) -> impl Iterator<Item = Self> {
        (2..=self.0.len())
            .filter_map(|length| self.0.get(..length))
            .map(|steps| Self(steps.to_vec()))
    }
}

/// The paths that are not none when an expression is true, and when it is false.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub(super) when_true: Vec<Path>,
    pub(super) when_false: Vec<Path>,
}

fn every(left: &[Path], right: &[Path]) -> Vec<Path> {
    left.iter().chain(right).cloned().collect()
}

fn common(left: &[Path], right: &[Path]) -> Vec<Path> {
    left.iter()
        .filter(|path| right.contains(path))
        .cloned()
        .collect()
}

impl Facts {
    /// It being true (or false) means that the path is not none.
    pub(super) fn not_none(path: Option<&Path>, when: bool) -> Self {
        let paths = path.map(|path| path.with_prefixes().chain([path.clone()]).collect());
        let paths: Vec<_> = paths.unwrap_or_default();
        if when {
            Self {
                when_true: paths,
                when_false: Vec::new(),
            }
        } else {
            Self {
                when_true: Vec::new(),
                when_false: paths,
            }
        }
    }

    pub(super) fn not(self) -> Self {
        Self {
            when_true: self.when_false,
            when_false: self.when_true,
        }
    }

    pub(super) fn and(&self, other: &Self) -> Self {
        Self {
            when_true: every(&self.when_true, &other.when_true),
            when_false: common(&self.when_false, &other.when_false),
        }
    }

    pub(super) fn or(&self, other: &Self) -> Self {
        Self {
            when_true: common(&self.when_true, &other.when_true),
            when_false: every(&self.when_false, &other.when_false),
        }
    }
}
