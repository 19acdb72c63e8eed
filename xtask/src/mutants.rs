//! `cargo xtask mutants`: does the judge of exposure notice when the evaluator is wrong? A copy of the project
//! gets every mistake of a table at once, each behind a switch, and its tests run once for each.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::run::{self, Outcome};

/// The mistakes: a title, the file, its text, and what stands there instead. Only what is between the marks of
/// the text is replaced, or all of it without marks.
const TABLE: &str = "crates/orch-engine/tests/reach/mutants.txt";

/// The switch that the copy has: the number of one mistake, told by the environment.
const SWITCH: &str = r#"
pub(crate) fn mutant(number: usize) -> bool {
    static ON: std::sync::OnceLock<Option<usize>> = std::sync::OnceLock::new();
    *ON.get_or_init(|| std::env::var("ORCH_MUTANT").ok()?.parse().ok()) == Some(number)
}
"#;

struct Mutant<'t> {
    title: &'t str,
    file: &'t str,
    text: &'t str,
    instead: &'t str,
}

/// Runs them all, or those whose titles contain a word; fails when one is not noticed.
pub(crate) fn run(words: &[&str]) -> Outcome {
    let table = read(&run::root().join(TABLE))?;
    let mutants = mutants(&table)?;
    let tree = run::target().join("mutants");
    copy(&tree)?;
    for (number, mutant) in mutants.iter().enumerate() {
        let path = tree.join("crates/orch-engine/src").join(mutant.file);
        write(&path, &with(mutant, number, &read(&path)?)?)?;
    }
    let lib = tree.join("crates/orch-engine/src/lib.rs");
    write(&lib, &(read(&lib)? + SWITCH))?;
    let (passed, output) = test(&tree, None)?;
    if !passed {
        return Err(format!("with every mistake switched off:\n{output}"));
    }
    let mut missed = 0;
    for (number, mutant) in mutants.iter().enumerate() {
        if !words.is_empty() && !words.iter().any(|word| mutant.title.contains(word)) {
            continue;
        }
        let (passed, output) = test(&tree, Some(number))?;
        let failed = |line: &&str| line.starts_with("test ") && line.ends_with("FAILED");
        let failed: Vec<&str> = output.lines().filter(failed).collect();
        let random = failed.iter().filter(|line| line.contains(" random_"));
        let random = random.count();
        missed += usize::from(passed);
        println!(
            "{} {}: {random} of 3 random tests, {} others",
            if passed { "MISSED" } else { "caught" },
            mutant.title,
            failed.len() - random
        );
    }
    match missed {
        0 => Ok(()),
        _ => Err(format!("{missed} mistakes were not noticed")),
    }
}

fn mutants(table: &str) -> Outcome<Vec<Mutant<'_>>> {
    let blocks = table.split("\n\n").filter(|block| !block.starts_with('#'));
    let mutant = |block| {
        let lines: Vec<&str> = str::lines(block).collect();
        let line = |at: usize, mark| lines.get(at).and_then(|line| line.strip_prefix(mark));
        match (line(0, "= "), line(1, "@ "), line(2, "- "), line(3, "+ ")) {
            (Some(title), Some(file), Some(text), Some(instead)) if lines.len() == 4 => {
                Ok(Mutant {
                    title,
                    file,
                    text,
                    instead,
                })
            }
            _ => Err(format!("{TABLE}: not four lines with = @ - +: {block}")),
        }
    };
    blocks.map(mutant).collect()
}

/// The source with a mistake behind its switch. A text may carry several: each stands in what the last left.
fn with(mutant: &Mutant<'_>, number: usize, source: &str) -> Outcome<String> {
    let plain = mutant.text.replace(['«', '»'], "");
    let (before, rest) = mutant.text.split_once('«').unwrap_or(("", mutant.text));
    let own = rest.split_once('»').map_or(rest, |(own, _)| own);
    let switched = format!(
        "(if crate::mutant({number}) {{ {} }} else {{ {own} }})",
        mutant.instead
    );
    let at = source
        .rfind(&plain)
        .ok_or_else(|| format!("`{}`: {} has no such text", mutant.title, mutant.file))?
        + before.len();
    let (head, tail) = source.split_at(at);
    let tail = tail.strip_prefix(own).unwrap_or(tail);
    Ok(format!("{head}{switched}{tail}"))
}

/// Copies what git knows of; files that did not change keep their times, so that little is built again.
fn copy(to: &Path) -> Outcome {
    let listed = Command::new("git")
        .current_dir(run::root())
        .args([
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ])
        .output()
        .map_err(|error| format!("failed to start git: {error}"))?;
    let listed = String::from_utf8_lossy(&listed.stdout).into_owned();
    for file in listed.split('\0').filter(|file| !file.is_empty()) {
        let (from, to) = (run::root().join(file), to.join(file));
        let Ok(new) = fs::read(&from) else { continue };
        if fs::read(&to).is_ok_and(|old| old == new) {
            continue;
        }
        if let Some(folder) = to.parent() {
            fs::create_dir_all(folder).map_err(|error| failed("create", folder, &error))?;
        }
        fs::write(&to, new).map_err(|error| failed("write", &to, &error))?;
    }
    Ok(())
}

/// Runs the judge in the copy: whether it passed, and what it printed.
fn test(tree: &Path, mutant: Option<usize>) -> Outcome<(bool, String)> {
    let mut command = run::cargo();
    command
        .current_dir(tree)
        .args(["test", "-p", "orch-engine", "--test", "reach"])
        // One of its own: to cargo the copy is the same project.
        .env("CARGO_TARGET_DIR", tree.join("target"))
        .env("RUST_BACKTRACE", "0")
        .env(
            "ORCH_MUTANT",
            mutant.map_or(String::new(), |number| number.to_string()),
        );
    let output = command
        .output()
        .map_err(|error| format!("failed to start cargo: {error}"))?;
    let told = [output.stdout, output.stderr].concat();
    let told = String::from_utf8_lossy(&told).into_owned();
    if !output.status.success() && !told.contains("test result: FAILED") {
        return Err(format!("the copy does not build or run:\n{told}"));
    }
    Ok((output.status.success(), told))
}

fn read(path: &Path) -> Outcome<String> {
    fs::read_to_string(path).map_err(|error| failed("read", path, &error))
}

fn write(path: &Path, text: &str) -> Outcome {
    fs::write(path, text).map_err(|error| failed("write", path, &error))
}

fn failed(what: &str, path: &Path, error: &std::io::Error) -> String {
    format!("failed to {what} {}: {error}", path.display())
}
