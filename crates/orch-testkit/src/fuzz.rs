//! Feeds decoders what no cloud sends: recorded bodies with odd things in them.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use serde_json::Value;

use crate::mutate::{Seed, mutated};
use crate::replay::{Cloud, Recording};

/// How often every test run asks each decoder; `cargo xtask fuzz` asks more often.
const USUAL: u64 = 2_000;

/// How often each decoder is asked: `ORCH_FUZZ`, or as often as fits into every test run.
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

/// Gives each decoder odd bodies, each time another one, and mostly of those that it makes something of. Tells how
/// many executions there were.
///
/// `makes` says how much a decoder makes of a body.
pub fn run(
    bodies: &[Value],
    decoders: &[&str],
    executions: u64,
    makes: impl Fn(&str, &[u8]) -> usize + Sync,
) -> u64 {
    if bodies.is_empty() {
        return 0;
    }
    let bodies: Vec<Value> = bodies.iter().flat_map(pieces).collect();
    let next = AtomicUsize::new(0);
    let done = AtomicU64::new(0);
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..threads {
            scope.spawn(|| {
                loop {
                    let place = next.fetch_add(1, Ordering::Relaxed);
                    let Some(name) = decoders.get(place) else {
                        break;
                    };
                    // The same in every run, on any number of threads: what is found is found again.
                    let seed = Seed::new(place as u64 + 1);
                    let times = one(&bodies, seed, executions, |body| makes(name, body));
                    done.fetch_add(times, Ordering::Relaxed);
                }
            });
        }
    });
    done.into_inner()
}

/// How many elements of a list an odd body keeps: decoders take them one by one, and a small body is asked a
/// hundred times while a large one is asked once.
const ELEMENTS: usize = 4;
/// How many small bodies there are of a large one.
const PIECES: usize = 32;

/// The length of the longest list in it.
fn longest(body: &Value) -> usize {
    match body {
        Value::Array(items) => items.iter().map(longest).fold(items.len(), usize::max),
        Value::Object(members) => members.values().map(longest).max().unwrap_or(0),
        _ => 0,
    }
}

/// The same with a few elements of each list, other ones for each `turn`.
fn piece(body: &Value, turn: usize) -> Value {
    match body {
        Value::Array(items) => {
            let few = items
                .iter()
                .cycle()
                .skip(turn * ELEMENTS % items.len().max(1));
            let few = few.take(items.len().min(ELEMENTS));
            few.map(|item| piece(item, turn)).collect()
        }
        Value::Object(members) => {
            let members = members.iter();
            Value::Object(
                members
                    .map(|(name, value)| (name.clone(), piece(value, turn)))
                    .collect(),
            )
        }
        other => other.clone(),
    }
}

/// A large body in small ones.
fn pieces(body: &Value) -> impl Iterator<Item = Value> + '_ {
    let turns = longest(body).div_ceil(ELEMENTS).clamp(1, PIECES);
    (0..turns).map(move |turn| piece(body, turn))
}

/// Gives one decoder odd bodies.
fn one(bodies: &[Value], mut seed: Seed, executions: u64, makes: impl Fn(&[u8]) -> usize) -> u64 {
    let fits = |body: &&Value| makes(body.to_string().as_bytes()) > 0;
    let fitting: Vec<&Value> = bodies.iter().filter(fits).collect();
    for _ in 0..executions {
        let body = if !fitting.is_empty() && seed.below(8) > 0 {
            fitting[seed.below(fitting.len())]
        } else {
            &bodies[seed.below(bodies.len())]
        };
        makes(&mutated(body, &mut seed));
    }
    executions
}
