//! Embeds the rule files, the retired ids and the smallest valid resource of each kind: a directory is the
//! registry.

use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

fn main() -> Result<(), Box<dyn Error>> {
    let root = Path::new(&env::var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    let mut table = String::new();
    for (name, folder) in [("RULES", "rules"), ("KINDS", "fixtures/kinds")] {
        let folder = root.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        if folder.is_dir() {
            yaml_files(&folder, &mut files)?;
        }
        files.sort();
        writeln!(
            table,
            "/// Path in the project and content of each file, sorted by path."
        )?;
        writeln!(table, "pub(crate) const {name}: &[(&str, &str)] = &[")?;
        for file in files {
            let shown = file.strip_prefix(&root)?.display().to_string();
            // Frameworks are data beside the rules, not rules.
            if !shown.starts_with("rules/frameworks/") {
                writeln!(
                    table,
                    "    ({shown:?}, include_str!({:?})),",
                    file.display().to_string()
                )?;
            }
        }
        writeln!(table, "];")?;
    }
    let retired = root.join("rules/retired.txt");
    writeln!(
        table,
        "/// Ids that no rule may have again, each with the reason."
    )?;
    if retired.is_file() {
        let path = retired.display().to_string();
        writeln!(
            table,
            "pub(crate) const RETIRED: &str = include_str!({path:?});"
        )?;
    } else {
        writeln!(table, "pub(crate) const RETIRED: &str = \"\";")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}

/// Every `.yaml` file below a folder; cargo is told to look at each folder again.
fn yaml_files(folder: &Path, files: &mut Vec<PathBuf>) -> Result<(), Box<dyn Error>> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() {
            println!("cargo::rerun-if-changed={}", path.display());
            yaml_files(&path, files)?;
        } else if path
            .extension()
            .is_some_and(|extension| extension == "yaml")
        {
            files.push(path);
        }
    }
    Ok(())
}
