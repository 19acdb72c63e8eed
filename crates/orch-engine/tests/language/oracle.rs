//! Generated well-typed expressions over known values agree with the `cel` interpreter, apart from the
//! differences listed here and in `docs/rule-language.md`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use cel::{Context, Env, extensions};
use orch_engine::lang::{Diagnostic, Type, Want};
use orch_engine::value::{Answer, Value};

use crate::generator::{Random, source};
use crate::sample::{eval, facts, for_cel, sample, try_compile};

/// How many expressions; the issue asks for this many.
const CASES: u64 = 100_000;
/// Expressions that share one sample of values.
const PER_SAMPLE: u64 = 100;
/// The first seed; a failure prints the seed of its case.
const SEED: u64 = 20_260_101;

/// One way in which this language is not CEL.
struct Difference {
    name: &'static str,
    sentence: &'static str,
    /// Whether it can show in an expression.
    applies: fn(&str) -> bool,
    /// The expression of CEL that means the same.
    rewrite: fn(&str) -> String,
}

const DIFFERENCES: &[Difference] = &[
    Difference {
        name: "has-none",
        sentence: "`has(x)` is false for a member that is none; CEL only asks whether a map has the key.",
        applies: |source| source.contains("has("),
        rewrite: |source| {
            rewritten(source, "has(", |args| {
                let path = args[0];
                match path.strip_prefix("facts.tags.") {
                    Some(key) => format!("(\"{key}\" in facts.tags)"),
                    None => format!("({path} != null)"),
                }
            })
        },
    },
    Difference {
        name: "missing-key-is-none",
        sentence: "`map[\"key\"]` is none where the map lacks the key; CEL stops with an error.",
        applies: |source| source.contains("facts.tags[\""),
        rewrite: |source| {
            let mut to = source.to_owned();
            for key in ["a", "env", "x-y"] {
                let entry = format!("facts.tags[\"{key}\"]");
                to = to.replace(
                    &entry,
                    &format!("(\"{key}\" in facts.tags ? {entry} : null)"),
                );
            }
            to
        },
    },
    Difference {
        name: "default",
        sentence: "`default(x, d)` is d where x is none; CEL has no such function.",
        applies: |source| source.contains("default("),
        rewrite: |source| {
            rewritten(source, "default(", |args| {
                format!("({} != null ? {} : {})", args[0], args[0], args[1])
            })
        },
    },
    Difference {
        name: "days",
        sentence: "`days(n)` is a duration of n times 24 hours; CEL has no such function.",
        applies: |source| source.contains("days("),
        rewrite: |source| {
            rewritten(source, "days(", |args| {
                format!("duration(\"{}h\")", args[0].parse::<i64>().unwrap() * 24)
            })
        },
    },
];

/// Replaces each call by what `to` makes of its arguments.
fn rewritten(source: &str, call: &str, to: impl Fn(&[&str]) -> String) -> String {
    let mut out = String::new();
    let mut rest = source;
    while let Some(at) = rest.find(call) {
        let inside = &rest[at + call.len()..];
        let (mut depth, mut quoted, mut cuts) = (0, false, vec![0]);
        let end = inside
            .char_indices()
            .find(|(at, character)| {
                match character {
                    '"' => quoted = !quoted,
                    '(' | '[' if !quoted => depth += 1,
                    ',' if !quoted && depth == 0 => cuts.push(at + 1),
                    ')' if !quoted && depth == 0 => return true,
                    ')' | ']' if !quoted => depth -= 1,
                    _ => {}
                }
                false
            })
            .map(|(at, _)| at)
            .unwrap();
        let mut args = Vec::new();
        for (place, cut) in cuts.iter().enumerate() {
            let stop = cuts.get(place + 1).map_or(end, |next| next - 1);
            args.push(inside[*cut..stop].trim());
        }
        out.push_str(&rest[..at]);
        out.push_str(&to(&args));
        rest = &inside[end + 1..];
    }
    out + rest
}

fn oracle_env() -> Arc<Env> {
    let mut env = Env::stdlib();
    env.add_extension(extensions::strings).unwrap();
    env.add_extension(extensions::math).unwrap();
    Arc::new(env)
}

fn answer_of(env: &Env, context: &Context<'_, '_>, source: &str) -> Result<cel::Value, String> {
    let program = env
        .compile(source)
        .map_err(|error| format!("syntax: {error}"))?;
    program.execute(context).map_err(|error| error.to_string())
}

/// The same value, or errors on both sides.
fn agree(ours: &Answer, ty: &Type, theirs: &Result<cel::Value, String>) -> bool {
    match (ours, theirs) {
        (Answer::Value(ours), Ok(theirs)) => same(ours, ty, theirs),
        (Answer::Error(_), Err(message)) => !message.starts_with("syntax"),
        _ => false,
    }
}

fn same(ours: &Value, ty: &Type, theirs: &cel::Value) -> bool {
    match (ours, theirs) {
        (Value::Double(ours), cel::Value::Float(theirs)) => {
            ours == theirs || ours.is_nan() && theirs.is_nan()
        }
        (Value::List(ours), cel::Value::List(theirs)) => {
            let Type::List(inner) = ty else { return false };
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .zip(theirs.iter())
                    .all(|(ours, theirs)| same(ours, inner, theirs))
        }
        (ours, theirs) => for_cel(ours, ty).as_ref() == Some(theirs),
    }
}

/// The differences that no rewriting shows, with the test that decides whether they are at work.
const OTHERS: [(&str, &str); 2] = [
    (
        "constant-call",
        "A call with constant values that can never work (`int(1e300)`) is refused when the rule is loaded; \
         CEL stops when it is evaluated.",
    ),
    (
        "exact-numbers",
        "An int and a double are compared exactly, as CEL's specification has it; the `cel` crate rounds the \
         int to a double first, so that it finds 9223372036854775807 equal to 9223372036854775808.0.",
    ),
];

/// The difference `exact-numbers`: an int that a double cannot hold is at work if small ones agree.
fn agree_on_small_numbers(env: &Arc<Env>, source: &str, asked: &str, sample: &Value) -> bool {
    let small = |source: &str| source.replace("9223372036854775807", "1007");
    let sample = with_small_ints(sample);
    let mut context = Context::with_env(Arc::clone(env));
    context.add_variable_from_value("facts", for_cel(&sample, &facts()).unwrap());
    let Ok((program, layout)) = try_compile(&small(source), Want::Any) else {
        return false;
    };
    let theirs = answer_of(env, &context, &small(asked));
    agree(&eval(&program, &layout, &sample), program.ty(), &theirs)
}

fn with_small_ints(value: &Value) -> Value {
    match value {
        Value::Int(value) => Value::Int(value % 1_009),
        Value::List(items) => Value::List(items.iter().map(with_small_ints).collect()),
        Value::Struct(items) => Value::Struct(items.iter().map(with_small_ints).collect()),
        value => value.clone(),
    }
}

/// The difference `constant-call`: what was refused stops the interpreter as well, by itself.
fn refused_rightly(
    env: &Env,
    context: &Context<'_, '_>,
    source: &str,
    errors: &[Diagnostic],
) -> Result<(), String> {
    for error in errors {
        let part = &source[error.span.clone()];
        if answer_of(env, context, &rewrite_all(part)).is_ok() {
            return Err(format!(
                "`{part}` has a value, but was refused: {}",
                error.message
            ));
        }
    }
    Ok(())
}

fn rewrite_all(source: &str) -> String {
    let applying = DIFFERENCES
        .iter()
        .filter(|difference| (difference.applies)(source));
    applying.fold(source.to_owned(), |source, difference| {
        (difference.rewrite)(&source)
    })
}

fn run(from: u64, to: u64, used: &[AtomicU64], refused: &AtomicU64, rounded: &AtomicU64) {
    let env = oracle_env();
    let mut seed = from;
    while seed < to {
        let sample = sample(&mut Random(SEED ^ seed.wrapping_mul(7_919)), 0);
        let mut context = Context::with_env(Arc::clone(&env));
        context.add_variable_from_value("facts", for_cel(&sample, &facts()).unwrap());
        for case in seed..(seed + PER_SAMPLE).min(to) {
            let source = source(&mut Random(SEED + case));
            let (program, layout) = match try_compile(&source, Want::Any) {
                Ok(compiled) => compiled,
                Err(errors) => {
                    refused_rightly(&env, &context, &source, &errors)
                        .unwrap_or_else(|error| panic!("case {case}: `{source}`: {error}"));
                    refused.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
            };
            let ours = eval(&program, &layout, &sample);
            let mut theirs = answer_of(&env, &context, &source);
            if agree(&ours, program.ty(), &theirs) {
                continue;
            }
            let mut asked = source.clone();
            for (difference, used) in DIFFERENCES.iter().zip(used) {
                if (difference.applies)(&asked) {
                    asked = (difference.rewrite)(&asked);
                    used.fetch_add(1, Ordering::Relaxed);
                }
            }
            theirs = answer_of(&env, &context, &asked);
            if !agree(&ours, program.ty(), &theirs)
                && agree_on_small_numbers(&env, &source, &asked, &sample)
            {
                rounded.fetch_add(1, Ordering::Relaxed);
                continue;
            }
            assert!(
                agree(&ours, program.ty(), &theirs),
                "case {case}: `{source}` is\n{ours:?}, but for cel `{asked}` is\n{theirs:?}\nwith {sample:?}"
            );
        }
        seed += PER_SAMPLE;
    }
}

#[test]
fn a_hundred_thousand_expressions_agree_with_the_cel_interpreter() {
    let (refused, rounded) = (AtomicU64::new(0), AtomicU64::new(0));
    let used: Vec<_> = DIFFERENCES.iter().map(|_| AtomicU64::new(0)).collect();
    std::thread::scope(|scope| {
        let (middle, used, refused, rounded) = (CASES / 2, used.as_slice(), &refused, &rounded);
        scope.spawn(move || run(0, middle, used, refused, rounded));
        run(middle, CASES, used, refused, rounded);
    });
    let refused = refused.into_inner();
    assert!(
        (1..CASES / 100).contains(&refused),
        "{refused} expressions were refused"
    );
    let rounded = rounded.into_inner();
    assert!(
        (1..CASES / 1_000).contains(&rounded),
        "{rounded} expressions compared large numbers"
    );
    // A difference that never shows is not one, or is not tested.
    for (difference, used) in DIFFERENCES.iter().zip(&used) {
        assert!(
            used.load(Ordering::Relaxed) > 0,
            "`{}` never shows",
            difference.name
        );
    }
}

#[test]
fn every_difference_is_written_down() {
    let page = std::fs::read_to_string(concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../docs/rule-language.md"
    ))
    .unwrap();
    let listed: BTreeMap<_, _> = page
        .lines()
        .filter_map(|line| line.strip_prefix("- **")?.split_once("**: "))
        .collect();
    let differences = DIFFERENCES
        .iter()
        .map(|difference| (difference.name, difference.sentence));
    for (name, sentence) in differences.chain(OTHERS) {
        let sentence = Some(&sentence);
        assert_eq!(
            listed.get(name),
            sentence,
            "docs/rule-language.md lists `{name}` in these words"
        );
    }
}
