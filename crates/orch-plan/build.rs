//! Embeds what is data: specialists, workflow patterns, templates, benchmarks. A directory is the registry.

use std::collections::BTreeSet;
use std::error::Error;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::{env, fs};

/// Name of the table, folder, and how its files end.
const TABLES: [(&str, &str, &str); 5] = [
    ("SPECIALISTS", "plans/specialists", "yaml"),
    ("PATTERNS", "plans/patterns", "yaml"),
    ("BRIEFING", "plans/briefing", "yaml"),
    ("FRAMEWORKS", "rules/frameworks", "yaml"),
    ("TEMPLATES", "reports/templates", "jinja"),
];

/// Where the texts come from that this program says: the data of the tables, and the sources of those crates that make
/// sentences.
const SAYING: [&str; 6] = [
    "plans",
    "reports/templates",
    "rules/frameworks",
    "crates/orch-plan/src",
    "crates/orch-report/src",
    "crates/orch-model/src",
];

/// The words in them that have a letter.
fn own_words(project: &Path) -> Result<Vec<String>, Box<dyn Error>> {
    let mut words = BTreeSet::new();
    let mut left: Vec<PathBuf> = SAYING.iter().map(|folder| project.join(folder)).collect();
    while let Some(path) = left.pop() {
        println!("cargo::rerun-if-changed={}", path.display());
        if path.is_dir() {
            for entry in fs::read_dir(&path)? {
                left.push(entry?.path());
            }
            continue;
        }
        let text = fs::read_to_string(&path)?;
        let all = text.split(|c: char| !c.is_alphanumeric());
        let all = all.filter(|word| word.contains(char::is_alphabetic));
        words.extend(all.map(str::to_lowercase));
    }
    Ok(words.into_iter().collect())
}

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
    writeln!(
        table,
        "/// Words of what this program says by itself, in small letters and sorted."
    )?;
    writeln!(
        table,
        "pub(crate) const OWN_WORDS: &[&str] = &{:?};",
        own_words(&project)?
    )?;
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), table)?;
    Ok(())
}
