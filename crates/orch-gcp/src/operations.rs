//! The one list of calls that may be made. Everything else is refused before it is sent.

use std::collections::BTreeSet;
use std::fmt;

use orch_collect::{Charge, Operation};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// One call a line, sorted: method, host with path, permission. Readable from outside, so that a proxy can
/// hold us to it.
const ALLOWED: &str = include_str!("../operations.txt");

/// The same of what is fetched without an audit: price lists, and files of billing that the user names.
const FETCHED: &str = include_str!("../fetches.txt");

/// Ends of paths that hand out secrets. They are refused by name, whatever the list says.
const SECRET_BEARING: [&str; 10] = [
    ":access",
    ":generateAccessToken",
    ":generateIdToken",
    ":signBlob",
    ":signJwt",
    "/getGuestAttributes",
    "/getSerialPortOutput",
    "/keyString",
    "/screenshot",
    "/serialPort",
];

/// What stays as it is in a part of a path.
const KEPT: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'_')
    .remove(b'.')
    .remove(b'~');

/// A call that there is: how, where, and with which permission.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Api {
    /// `GET` or, where a read is asked for that way, `POST`.
    pub(crate) method: &'static str,
    /// Host and path, what differs from call to call as `{name}`:
    /// `compute.googleapis.com/compute/v1/projects/{project}/regions`.
    pub(crate) path: &'static str,
    /// The permission it needs, by which the ledger and roles name it: `compute.regions.list`.
    pub(crate) permission: &'static str,
}

/// A read.
pub(crate) const fn get(permission: &'static str, path: &'static str) -> Api {
    Api {
        method: "GET",
        path,
        permission,
    }
}

/// A read that is asked for with a body.
pub(crate) const fn post(permission: &'static str, path: &'static str) -> Api {
    Api {
        method: "POST",
        path,
        permission,
    }
}

/// A free operation of a collector.
pub(crate) const fn free(api: Api) -> Operation {
    Operation {
        name: api.permission,
        charge: Charge::Free,
    }
}

/// A call that was about to be made and may not be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused(pub(crate) String);

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} is not on the list of calls that an audit may make",
            self.0
        )
    }
}

impl std::error::Error for Refused {}

impl Api {
    /// Host and path with every `{name}` filled in, if the call may be made.
    ///
    /// What is filled in is one part of the path and stays one, whatever it holds.
    pub(crate) fn filled(&self, values: &[(&str, &str)]) -> Result<String, Refused> {
        let refused = || Refused(format!("{} {}", self.method, self.path));
        if !admits(self) {
            return Err(refused());
        }
        let mut path = String::with_capacity(self.path.len() + 32);
        let mut rest = self.path;
        while let Some((before, after)) = rest.split_once('{') {
            let (name, after) = after.split_once('}').ok_or_else(refused)?;
            let value = values
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| *value)
                .filter(|value| !matches!(*value, "" | "." | ".."))
                .ok_or_else(refused)?;
            path.push_str(before);
            path.extend(utf8_percent_encode(value, KEPT));
            rest = after;
        }
        path.push_str(rest);
        Ok(path)
    }

    /// The host that serves it.
    pub(crate) fn host(&self) -> &'static str {
        self.path.split('/').next().unwrap_or(self.path)
    }
}

/// Whether a call may be made.
fn admits(api: &Api) -> bool {
    let secret = SECRET_BEARING.iter().any(|end| api.path.ends_with(end));
    let listed = |list| words(list).any(|line| line == (api.method, api.path, api.permission));
    !secret && (listed(ALLOWED) || listed(FETCHED))
}

/// Method, path and permission of every call that an audit may make.
fn lines() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    words(ALLOWED)
}

fn words(list: &'static str) -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    list.lines().filter_map(|line| {
        let mut words = line.split_ascii_whitespace();
        Some((words.next()?, words.next()?, words.next()?))
    })
}

/// Every permission that a call may need, sorted, each once.
pub fn operations() -> impl Iterator<Item = &'static str> {
    lines()
        .map(|(_, _, permission)| permission)
        .collect::<BTreeSet<_>>()
        .into_iter()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::collect::specs;
    use crate::provider::DISCOVERY;

    #[test]
    fn the_list_is_what_discovery_and_the_collectors_declare() {
        let declared: BTreeSet<&str> = specs()
            .flat_map(|spec| spec.operations)
            .map(|operation| operation.name)
            .chain(DISCOVERY.map(|api| api.permission))
            .collect();
        assert_eq!(
            operations().collect::<Vec<_>>(),
            declared.into_iter().collect::<Vec<_>>()
        );
    }

    #[test]
    fn the_lists_are_sorted_and_hold_reads_only() {
        for list in [ALLOWED, FETCHED] {
            let all: Vec<&str> = list.lines().collect();
            assert!(all.is_sorted());
            for (method, path, permission) in words(list) {
                assert!(matches!(method, "GET" | "POST"), "{path}");
                assert!(permission.split('.').count() >= 3, "{permission}");
                assert!(SECRET_BEARING.iter().all(|end| !path.ends_with(end)));
            }
            assert_eq!(all.len(), words(list).count());
        }
    }

    #[test]
    fn what_is_fetched_stands_on_a_list_of_its_own() {
        let declared: BTreeSet<_> = crate::prices::FETCHES
            .into_iter()
            .chain(crate::files::FETCHES)
            .map(|api| (api.method, api.path, api.permission))
            .collect();
        assert_eq!(words(FETCHED).collect::<BTreeSet<_>>(), declared);
        assert!(words(FETCHED).all(|(method, ..)| method == "GET"));
        assert!(words(FETCHED).all(|line| lines().all(|listed| listed != line)));
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        let regions = "compute.googleapis.com/compute/v1/projects/{project}/regions";
        let listed = get("compute.regions.list", regions);
        assert_eq!(
            listed.filled(&[("project", "example.com:p 1")]).unwrap(),
            "compute.googleapis.com/compute/v1/projects/example.com%3Ap%201/regions"
        );
        for refused in [
            post("compute.regions.list", regions),
            get("compute.instances.list", regions),
            get(
                "compute.instances.getSerialPortOutput",
                "compute.googleapis.com/compute/v1/projects/{project}/zones/{zone}/instances/{instance}/serialPort",
            ),
        ] {
            assert!(refused.filled(&[("project", "p")]).is_err());
        }
    }

    #[test]
    fn a_value_cannot_leave_its_part_of_the_path() {
        let regions = get(
            "compute.regions.list",
            "compute.googleapis.com/compute/v1/projects/{project}/regions",
        );
        for value in ["", ".", ".."] {
            assert!(regions.filled(&[("project", value)]).is_err(), "{value}");
        }
        let path = regions.filled(&[("project", "a/../b?c#d")]).unwrap();
        assert!(
            path.contains("/projects/a%2F..%2Fb%3Fc%23d/regions"),
            "{path}"
        );
    }
}
