//! Feeds decoders what no cloud sends: recorded bodies with odd things in them.

use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::mutate::{Seed, mutated};
use crate::replay::{Cloud, Recording};

/// How many bodies each run decodes; `cargo xtask fuzz` asks for more.
const USUAL: u64 = 2_000;

/// How many executions are asked for: `ORCH_FUZZ`, or as many as fit into every test run.
pub fn executions() -> u64 {
    let asked = std::env::var("ORCH_FUZZ").ok();
    asked
        .and_then(|number| number.parse().ok())
        .unwrap_or(USUAL)
}

/// The bodies of a cloud's fixtures, and of real answers where `ORCH_RECORDED` names them.
///
/// # Errors
/// When a file cannot be read.
pub fn bodies(cloud: Cloud, project: &Path) -> std::io::Result<Vec<Value>> {
    let real = std::env::var_os("ORCH_RECORDED").map(PathBuf::from);
    let roots = [Some(project.join("fixtures/wire")), real];
    let mut bodies = Vec::new();
    for root in roots.into_iter().flatten() {
        let recording = Recording::read(&root, &[cloud.as_str()])?;
        bodies.extend(
            recording
                .exchanges
                .into_iter()
                .map(|exchange| exchange.body),
        );
    }
    Ok(bodies)
}

/// Gives decoders odd bodies, each time another one: every decoder with the bodies that it makes something of
/// more often than with others. Tells how many executions there were.
///
/// `makes` says how much a decoder makes of a body.
pub fn run(
    bodies: &[Value],
    decoders: &[&str],
    executions: u64,
    makes: impl Fn(&str, &[u8]) -> usize,
) -> u64 {
    let fitting: Vec<Vec<&Value>> = decoders
        .iter()
        .map(|name| {
            let fits = |body: &&Value| makes(name, body.to_string().as_bytes()) > 0;
            bodies.iter().filter(fits).collect()
        })
        .collect();
    // The same in every run: what is found is found again.
    let mut seed = Seed::new(1);
    let mut done = 0;
    while done < executions && !bodies.is_empty() {
        for (name, fitting) in decoders.iter().zip(&fitting) {
            let body = match fitting.as_slice() {
                fitting if !fitting.is_empty() && seed.below(8) > 0 => {
                    fitting[seed.below(fitting.len())]
                }
                _ => &bodies[seed.below(bodies.len())],
            };
            makes(name, &mutated(body, &mut seed));
            done += 1;
        }
    }
    done
}
