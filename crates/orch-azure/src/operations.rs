//! The one list of requests that may be sent. Everything else is refused before it is sent.

use std::fmt;

/// One request a line, sorted: method, path, and the action that a role must allow for it. Readable from
/// outside, so that a proxy can hold us to it.
const ALLOWED: &str = include_str!("../operations.txt");

/// The same of what is fetched without an audit: price lists, and files of billing that the user names.
const FETCHED: &str = include_str!("../fetches.txt");

/// What requests end with that hand out secrets or change something, sorted. They are refused by name, whatever
/// the list says.
const REFUSED: [&str; 25] = [
    "appsettings",
    "begingetaccess",
    "connectionstrings",
    "exporttemplate",
    "generatecredentials",
    "getaccesstoken",
    "list",
    "listaccountsas",
    "listadminkeys",
    "listauthkeys",
    "listclusteradmincredential",
    "listclusterusercredential",
    "listconnectionstrings",
    "listcredentials",
    "listkeys",
    "listpublishingcredentials",
    "listquerykeys",
    "listsecrets",
    "listservicesas",
    "publishingcredentials",
    "publishxml",
    "regeneratekey",
    "retrievebootdiagnosticsdata",
    "runcommand",
    "syncfunctiontriggers",
];

/// Requests that must be made to say who we are and where there is something, whichever collectors run.
pub(crate) const IDENTITY: [&str; 4] = [
    "Microsoft.Management/managementGroups/descendants/read",
    "Microsoft.ResourceGraph/resources/read",
    "Microsoft.Resources/subscriptions/read",
    "Microsoft.Resources/subscriptions/resources/read",
];

/// Every request that may be sent, sorted: `GET /subscriptions Microsoft.Resources/subscriptions/read`.
pub fn operations() -> impl Iterator<Item = &'static str> {
    ALLOWED
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty())
}

/// A request that was about to be sent and is not on the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Refused;

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("not on the list of requests that an audit may send")
    }
}

impl std::error::Error for Refused {}

/// Whether a request may be sent. The path is that of the address as it leaves, so that no id out of an answer
/// can lead elsewhere.
pub(crate) fn admit(method: &str, path: &str, operation: &str) -> Result<(), Refused> {
    let last = path.rsplit('/').next().unwrap_or_default();
    let refused = REFUSED
        .binary_search(&last.to_ascii_lowercase().as_str())
        .is_ok();
    let listed = || {
        operations().chain(FETCHED.lines()).any(|line| {
            let mut words = line.split(' ');
            words.next() == Some(method)
                && words.next().is_some_and(|pattern| fits(pattern, path))
                && words.next() == Some(operation)
        })
    };
    if !refused && listed() {
        Ok(())
    } else {
        Err(Refused)
    }
}

/// Whether a path is one of a pattern's: `{name}` stands for one part, `{+name}` for the rest.
fn fits(pattern: &str, path: &str) -> bool {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return true,
            (Some(wanted), Some(part)) if wanted.starts_with("{+") => return !part.is_empty(),
            (Some(wanted), Some(part)) => {
                let any = wanted.starts_with('{') && !part.is_empty();
                if !any && !wanted.eq_ignore_ascii_case(part) {
                    return false;
                }
            }
            _ => return false,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::collect::{sources, specs};
    use crate::provider;

    #[test]
    fn the_list_is_what_the_collectors_declare() {
        let declared: BTreeSet<String> = sources()
            .into_iter()
            .chain(provider::sources())
            .map(|(pattern, source)| {
                format!("{} {pattern} {}", source.method.as_str(), source.operation)
            })
            .collect();
        let listed: Vec<String> = operations().map(str::to_owned).collect();
        assert_eq!(listed, declared.into_iter().collect::<Vec<_>>());
    }

    #[test]
    fn what_is_fetched_stands_on_a_list_of_its_own() {
        let declared: BTreeSet<String> =
            [crate::prices::PRICES, crate::files::LIST, crate::files::GET]
                .map(|source| {
                    format!(
                        "{} {} {}",
                        source.method.as_str(),
                        source.path,
                        source.operation
                    )
                })
                .into();
        let listed: Vec<String> = FETCHED.lines().map(str::to_owned).collect();
        assert_eq!(listed, declared.into_iter().collect::<Vec<_>>());
        assert!(listed.iter().all(|line| line.starts_with("GET ")));
        let get = crate::files::GET.operation;
        assert_eq!(admit("GET", "/bills/2026/a.csv", get), Ok(()));
        for refused in ["/bills", "/bills/", "/"] {
            assert_eq!(admit("GET", refused, get), Err(Refused), "{refused}");
        }
        assert_eq!(admit("PUT", "/bills/2026/a.csv", get), Err(Refused));
    }

    #[test]
    fn specs_name_every_action_of_their_requests() {
        let asked: BTreeSet<&str> = sources()
            .iter()
            .map(|(_, source)| source.operation)
            .collect();
        let named: BTreeSet<&str> = specs()
            .flat_map(|spec| spec.operations)
            .map(|operation| operation.name)
            .collect();
        assert_eq!(asked, named);
    }

    #[test]
    fn what_is_not_on_the_list_is_refused() {
        let list = "/subscriptions/s/providers/Microsoft.Network/networkSecurityGroups";
        let read = "Microsoft.Network/networkSecurityGroups/read";
        assert_eq!(admit("GET", list, read), Ok(()));
        assert_eq!(admit("GET", &list.to_lowercase(), read), Ok(()));
        for (method, path, operation) in [
            ("DELETE", list, read),
            ("POST", list, read),
            ("GET", list, "Microsoft.Network/networkSecurityGroups/write"),
            (
                "GET",
                "/subscriptions//providers/Microsoft.Network/networkSecurityGroups",
                read,
            ),
            (
                "GET",
                "/subscriptions/s/providers/Microsoft.Network/networkSecurityGroups/x",
                read,
            ),
            ("GET", "/", read),
            ("GET", "", ""),
        ] {
            assert_eq!(
                admit(method, path, operation),
                Err(Refused),
                "{method} {path}"
            );
        }
    }

    #[test]
    fn what_hands_out_secrets_is_never_on_the_list() {
        assert!(REFUSED.is_sorted());
        for line in operations() {
            let path = line.split(' ').nth(1).unwrap().to_lowercase();
            assert!(
                !REFUSED
                    .iter()
                    .any(|last| path.ends_with(&format!("/{last}"))),
                "{line}"
            );
        }
    }
}
