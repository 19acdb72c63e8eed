//! Embeds what is data: specialists, workflow patterns, templates, benchmarks. A directory is the registry.

use std::error::Error;
use std::fmt::Write as _;
use std::path::Path;
use std::{env, fs};

/// Name of the table, folder, and how its files end.
const TABLES: [(&str, &str, &str); 5] = [
    ("SPECIALISTS", "plans/specialists", "yaml"),
    ("PATTERNS", "plans/patterns", "yaml"),
    ("BRIEFING", "plans/briefing", "yaml"),
    ("FRAMEWORKS", "rules/frameworks", "yaml"),
    ("TEMPLATES", "reports/templates", "jinja"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let project = Path::new(&env::var("CARGO_MANIFEST_DIR")?)
        .join("../..")
        .canonicalize()?;
    let mut table = String::new();
    for (name, folder, ending) in TABLES {
        let folder = project.join(folder);
        println!("cargo::rerun-if-changed={}", folder.display());
        let mut files = Vec::new();
        for entry in fs::read_dir(&folder)? {
            let path = entry?.path();
            if path
                .extension()
                .is_some_and(|extension| extension == ending)
            {
                files.push(path);
            }
        }
        files.sort();
        writeln!(table, "/// Id and content of each file, sorted by id.")?;
        writeln!(table, "pub(crate) const {name}: &[(&str, &str)] = &[")?;
        for file in files {
            let id = file.file_stem().unwrap_or_default().display().to_string();
            let path = file.display().to_string();
            writeln!(table, "    ({id:?}, include_str!({path:?})),")?;
        }
        writeln!(table, "];")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}
