//! Why no project can be read, and what to do: what the list of projects said, in the words of a user.

use std::collections::BTreeSet;

use orch_collect::DiscoverError;
use orch_model::{Cause, Gap, Text};

use crate::endpoint::VARIABLE;
use crate::error::is_not_found;

/// How many projects a message names.
const NAMED: usize = 10;

/// Where a role would have to be granted, and which.
const GRANT: &str = "grant them roles/browser on the projects, on a folder or on the organisation";

/// Why there is no project to read.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NotChosen {
    /// The whole list was told and names none.
    Nothing,
    /// Every project on it is being deleted.
    AllGone,
    /// The list was not told.
    Untold(Gap),
    /// A project was named that is not among those that are.
    Invisible(Text, BTreeSet<Text>),
}

impl NotChosen {
    /// As the user is told. `parent` is the organisation or folder that the projects were asked of, `instead`
    /// whether another address stands in for Google Cloud.
    pub(crate) fn told(self, parent: Option<&str>, instead: bool) -> DiscoverError {
        let within = parent.map(|parent| format!(" in {parent}"));
        let within = within.unwrap_or_default();
        let refused = |what: String, help: String| DiscoverError::Credentials { what, help };
        match self {
            Self::Nothing => refused(
                format!("they hold, but see no project{within}"),
                match parent {
                    Some(_) => format!("{GRANT}, or check the number in `[gcp]` of orch.toml"),
                    None => format!("{GRANT}, or sign in as somebody who sees them"),
                },
            ),
            Self::AllGone => refused(
                format!("every project that they see{within} is being deleted"),
                "keep one with `gcloud projects undelete ID`, or sign in as somebody who sees others".to_owned(),
            ),
            Self::Untold(gap) if gap.cause == Cause::Denied => {
                let what = match parent {
                    Some(parent) => {
                        format!("they hold, but may not see what {parent} holds, or there is none")
                    }
                    None => "they hold, but may not ask which projects there are".to_owned(),
                };
                refused(
                    format!("{what} ({})", gap.detail),
                    format!("{GRANT}, or name projects with --accounts"),
                )
            }
            Self::Untold(gap) => {
                let help = next_step(&gap, parent, instead);
                DiscoverError::Provider { gap, help }
            }
            Self::Invisible(named, visible) => DiscoverError::UnknownAccount {
                account: named.to_string(),
                help: others(&visible),
            },
        }
    }
}

/// What to do about a list of projects that was not told.
fn next_step(gap: &Gap, parent: Option<&str>, instead: bool) -> String {
    const NAME: &str = "or name projects with --accounts";
    let strange = is_not_found(gap) || gap.detail.ends_with("INVALID_ARGUMENT");
    match (gap.cause, parent) {
        (Cause::Disabled, _) => format!(
            "enable cloudresourcemanager.googleapis.com in the project that requests are counted for \
             (`[gcp] quota_project` of orch.toml), {NAME}"
        ),
        (Cause::Unreachable | Cause::TimedOut | Cause::SkippedAfterFailures, _) if instead => {
            format!("check that something answers at {VARIABLE}, or unset it")
        }
        (Cause::Unreachable | Cause::TimedOut | Cause::SkippedAfterFailures, _) => {
            "check the network and HTTPS_PROXY, and run again".to_owned()
        }
        (_, Some(parent)) if strange => {
            format!("check that there is {parent}: `[gcp]` of orch.toml names it by its number")
        }
        _ if strange || matches!(gap.cause, Cause::Undecodable | Cause::PagingBroken) => {
            if instead {
                format!(
                    "what answers at {VARIABLE} is not Google Cloud: check the address, or unset it"
                )
            } else {
                "what answered is not Google Cloud, but perhaps a proxy or a sign-in page of the network: \
                 check HTTPS_PROXY, and run again with -v"
                    .to_owned()
            }
        }
        _ => format!("run again later, {NAME}"),
    }
}

/// Which projects there are instead of the one that was named.
fn others(visible: &BTreeSet<Text>) -> String {
    let names: Vec<&str> = visible.iter().take(NAMED).map(Text::as_str).collect();
    if names.is_empty() {
        return format!("they see no project at all: {GRANT}");
    }
    let more = match visible.len().saturating_sub(NAMED) {
        0 => String::new(),
        more => format!(" and {more} more"),
    };
    format!("the projects are {}{more}", names.join(", "))
}

/// Whether a text can be a project: an id by Google's own rules, one of a domain as they once were
/// (`example.com:my-project`), or a number.
pub(crate) fn is_project(named: &str) -> bool {
    let small = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    let id = |id: &str| {
        id.starts_with(|first: char| first.is_ascii_lowercase())
            && !id.ends_with('-')
            && id.len() <= 30
            && id.bytes().all(small)
    };
    let domain = |domain: &str| {
        let mut labels = domain.split('.');
        let label = |label: &str| {
            !label.is_empty()
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label.bytes().all(small)
        };
        domain.len() <= 253 && domain.contains('.') && labels.all(label)
    };
    let number = || named.len() <= 20 && named.bytes().all(|byte| byte.is_ascii_digit());
    match named.split_once(':') {
        Some((of, name)) => domain(of) && id(name),
        None => !named.is_empty() && number() || id(named) && named.len() >= 6,
    }
}

/// What was named cannot be a project.
pub(crate) fn no_project(named: &str) -> DiscoverError {
    DiscoverError::MalformedAccount {
        account: named.to_owned(),
        kind: "the id or number of a project",
        help: "an id has 6 to 30 small letters, digits and hyphens with a letter first and no hyphen last; write \
               one, or one with its domain such as example.com:my-project, or a project's number"
            .to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_project_has_an_id_or_a_number() {
        for named in [
            "my-project",
            "abcdef",
            "p23456789012345678901234567890",
            "123456789012",
            "example.com:my-project",
            "sub.example-2.com:p",
        ] {
            assert!(is_project(named), "{named}");
        }
        for named in [
            "",
            "abc",
            "../../x",
            "My-Project",
            "1-project",
            "my-project-",
            "my_project",
            "my project",
            "my-project?alt=media",
            "p234567890123456789012345678901",
            "123456789012345678901",
            ":my-project",
            "example:my-project",
            "example.com:",
            "example.com:a:b",
            ".com:my-project",
            "example.com/x:my-project",
            "projects/my-project",
            "my-project\n",
            "mein-projekt-ü",
        ] {
            assert!(!is_project(named), "{named}");
        }
        let error = no_project("../../x");
        assert!(error.to_string().contains("`../../x` is not the id"));
    }

    #[test]
    fn credentials_that_see_nothing_are_told_apart_from_a_cloud_that_does_not_answer() {
        let untold = |cause, code: &str| {
            NotChosen::Untold(Gap::new(
                cause,
                format!("resourcemanager.projects.get {code}"),
            ))
        };
        for (why, parent, instead, is_credentials, help) in [
            (NotChosen::Nothing, None, false, true, "roles/browser"),
            (
                NotChosen::Nothing,
                Some("folders/1"),
                false,
                true,
                "check the number",
            ),
            (NotChosen::AllGone, None, false, true, "undelete"),
            (untold(Cause::Denied, "x"), None, false, true, "--accounts"),
            (
                untold(Cause::Disabled, "x"),
                None,
                false,
                false,
                "enable cloud",
            ),
            (
                untold(Cause::Unreachable, ""),
                None,
                false,
                false,
                "HTTPS_PROXY",
            ),
            (untold(Cause::Unreachable, ""), None, true, false, VARIABLE),
            (
                untold(Cause::ServerError, "HTTP 404"),
                None,
                false,
                false,
                "not Google Cloud",
            ),
            (
                untold(Cause::ServerError, "HTTP 404"),
                None,
                true,
                false,
                VARIABLE,
            ),
            (
                untold(Cause::ServerError, "NOT_FOUND"),
                Some("folders/1"),
                false,
                false,
                "check that there is folders/1",
            ),
            (
                untold(Cause::Undecodable, "x"),
                None,
                false,
                false,
                "HTTPS_PROXY",
            ),
            (
                untold(Cause::Throttled, "x"),
                Some("folders/1"),
                false,
                false,
                "run again later",
            ),
        ] {
            let told = format!("{why:?} {parent:?} {instead}");
            let error = why.told(parent, instead);
            let credentials = matches!(error, DiscoverError::Credentials { .. });
            assert_eq!(credentials, is_credentials, "{told}: {error}");
            assert!(error.help().contains(help), "{told}: {}", error.help());
        }
    }
}
