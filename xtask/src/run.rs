//! Runs other programs and says which one failed.

use std::path::{Path, PathBuf};
use std::process::Command;

/// What went wrong, as a sentence.
pub(crate) type Outcome<T = ()> = Result<T, String>;

/// The root of the project. What cargo says at run time counts: two clones may share one target folder.
pub(crate) fn root() -> PathBuf {
    let manifest = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    manifest.parent().unwrap_or(&manifest).to_path_buf()
}

/// Where tools live between runs and clones: `ORCH_TOOLS`, else `orch` in the user's cache folder.
pub(crate) fn tools() -> Outcome<PathBuf> {
    let folder = std::env::var_os("ORCH_TOOLS")
        .map(PathBuf::from)
        .or_else(|| std::env::var_os("XDG_CACHE_HOME").map(|cache| Path::new(&cache).join("orch")))
        .or_else(|| std::env::var_os("HOME").map(|home| Path::new(&home).join(".cache/orch")))
        .ok_or("no folder for tools: set ORCH_TOOLS to one")?;
    std::fs::create_dir_all(&folder)
        .map_err(|error| format!("failed to create {}: {error}", folder.display()))?;
    Ok(folder)
}

/// The target folder.
pub(crate) fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// The same cargo that runs this program, as if it were typed. What cargo tells this program of its package is kept from
/// it: some build scripts run again when that changes, and all that rests on them is built anew.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    for (name, _) in std::env::vars_os() {
        let told = name.to_string_lossy();
        if told.starts_with("CARGO_PKG_") || told.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command
}

/// Runs a command to its end; its output goes to the terminal.
pub(crate) fn run(command: &mut Command) -> Outcome {
    let shown = shown(command);
    println!("xtask: {shown}");
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("`{shown}` ended with {status}")),
        Err(error) => Err(format!("failed to start `{shown}`: {error}")),
    }
}

/// The command as one would type it.
fn shown(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let program = program.file_name().unwrap_or(program.as_os_str());
    std::iter::once(program)
        .chain(command.get_args())
        .map(|word| word.to_string_lossy())
        .collect::<Vec<_>>()
        .join(" ")
}
