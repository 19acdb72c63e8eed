//! Where billing of closed months and fetched prices are kept between runs.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// The folder that the configuration names, or one in the user's cache folder; none where nothing is to be kept, or
/// nobody says whose cache it is.
pub(crate) fn cost_cache(named: Option<&Path>) -> Option<PathBuf> {
    folder(named, |name| std::env::var_os(name))
}

/// The folder of the user's own price tables, where nothing names another; none where nobody says whose it is.
pub(crate) fn catalogue_dir() -> Option<PathBuf> {
    Some(
        own("XDG_DATA_HOME", ".local/share", |name| {
            std::env::var_os(name)
        })?
        .join("catalog"),
    )
}

fn folder(named: Option<&Path>, variable: impl Fn(&str) -> Option<OsString>) -> Option<PathBuf> {
    if let Some(named) = named {
        return (!named.as_os_str().is_empty()).then(|| named.to_path_buf());
    }
    Some(own("XDG_CACHE_HOME", ".cache", variable)?.join("costs"))
}

/// The program's folder below the one that the variable names, or that the user's home has for it.
fn own(
    name: &str,
    below_home: &str,
    variable: impl Fn(&str) -> Option<OsString>,
) -> Option<PathBuf> {
    // A path that starts nowhere would be another folder in each working directory.
    let absolute = |name: &str| {
        variable(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    };
    let folder = absolute(name)
        .or_else(|| absolute("HOME").map(|home| home.join(below_home)))
        .or_else(|| absolute("LOCALAPPDATA"))?;
    Some(folder.join("orch"))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    fn of(named: Option<&str>, variables: &[(&str, &str)]) -> Option<String> {
        let variable = |name: &str| {
            let found = variables.iter().find(|(it, _)| *it == name);
            found.map(|(_, value)| OsString::from(value))
        };
        folder(named.map(Path::new), variable).map(|path| path.display().to_string())
    }

    #[test]
    fn the_users_cache_is_taken_unless_a_folder_is_named() {
        let home = ("HOME", "/home/me");
        let costs = |text: &str| Some(text.to_owned());
        assert_eq!(of(None, &[home]), costs("/home/me/.cache/orch/costs"));
        let cache = ("XDG_CACHE_HOME", "/cache");
        assert_eq!(of(None, &[home, cache]), costs("/cache/orch/costs"));
        let nowhere = [home, ("XDG_CACHE_HOME", "here")];
        assert_eq!(of(None, &nowhere), costs("/home/me/.cache/orch/costs"));
        assert_eq!(of(Some("mine"), &[home, cache]), costs("mine"));
        assert_eq!(of(Some(""), &[home, cache]), None);
        assert_eq!(of(None, &[("HOME", "")]), None);
        assert_eq!(of(None, &[]), None);
    }
}
