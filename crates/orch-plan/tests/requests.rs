//! How often requests are understood: precision and recall of specialists, and the confusion of patterns. `blind.yaml`
//! was written without sight of the words and rules, and committed before it was first measured.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "tests, and a table for people"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use orch_plan::{Library, Mode, analyse};
use serde::Deserialize;

#[derive(Deserialize)]
struct Labelled {
    id: String,
    text: String,
    specialists: BTreeSet<String>,
    pattern: String,
    mode: String,
}

#[derive(Default)]
struct Figures {
    right: usize,
    extra: usize,
    missing: usize,
    patterns: BTreeMap<(String, String), usize>,
    modes: usize,
    all: usize,
    told: String,
}

impl Figures {
    fn precision(&self) -> f64 {
        self.right as f64 / (self.right + self.extra) as f64
    }

    fn recall(&self) -> f64 {
        self.right as f64 / (self.right + self.missing) as f64
    }

    fn pattern(&self) -> f64 {
        let same = self
            .patterns
            .iter()
            .filter(|((wanted, got), _)| wanted == got);
        same.map(|(_, count)| count).sum::<usize>() as f64 / self.all as f64
    }
}

fn measured(name: &str) -> Figures {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../fixtures/requests")
        .join(name);
    let text = std::fs::read_to_string(path).unwrap();
    let requests: Vec<Labelled> = serde_saphyr::from_str(&text).unwrap();
    let library = Library::built_in().unwrap();
    let mut figures = Figures::default();
    for request in requests {
        let analysis = analyse(&library, &request.text);
        let got: BTreeSet<String> = analysis.specialists.into_iter().map(|one| one.id).collect();
        let pattern = analysis.pattern.unwrap_or_else(|| "none".to_owned());
        let mode = match analysis.mode {
            Mode::Project => "project",
            Mode::Direct => "direct",
            Mode::Ask => "ask",
        };
        let extra: Vec<&String> = got.difference(&request.specialists).collect();
        let missing: Vec<&String> = request.specialists.difference(&got).collect();
        figures.all += 1;
        figures.right += got.intersection(&request.specialists).count();
        figures.extra += extra.len();
        figures.missing += missing.len();
        figures.modes += usize::from(mode == request.mode);
        let same = pattern == request.pattern && mode == request.mode;
        if !extra.is_empty() || !missing.is_empty() || !same {
            let _ = writeln!(
                figures.told,
                "{}: extra {extra:?}, missing {missing:?}, {} -> {pattern}, {} -> {mode}",
                request.id, request.pattern, request.mode
            );
        }
        *figures
            .patterns
            .entry((request.pattern, pattern))
            .or_default() += 1;
    }
    figures
}

/// Prints what was found and holds it against what is asked of it.
fn hold(name: &str) {
    let figures = measured(name);
    println!(
        "{name}: {} requests, specialists precision {:.3} recall {:.3}, pattern {:.3}, mode {:.3}",
        figures.all,
        figures.precision(),
        figures.recall(),
        figures.pattern(),
        figures.modes as f64 / figures.all as f64
    );
    println!("{:<22} {:<22} requests", "labelled", "answered");
    for ((wanted, got), count) in &figures.patterns {
        println!("{wanted:<22} {got:<22} {count}");
    }
    println!("{}", figures.told);
    assert!(
        figures.precision() >= 0.95,
        "precision {}",
        figures.precision()
    );
    assert!(figures.recall() >= 0.95, "recall {}", figures.recall());
    assert!(figures.pattern() >= 0.9, "pattern {}", figures.pattern());
}

#[test]
fn requests_for_tuning_are_understood() {
    hold("tuning.yaml");
}

#[test]
fn requests_nobody_tuned_on_are_understood() {
    hold("blind.yaml");
}

#[test]
fn requests_that_were_blind_once_are_understood() {
    hold("second.yaml");
}
