//! What is said in spite of unknown fields holds whatever the fields turn out to be.

use orch_engine::lang::Want;
use orch_engine::value::{Answer, Value};

use crate::generator::{Generator, Random, source};
use crate::sample::{eval, facts, filled, sample, try_compile};

const CASES: u64 = 30_000;
const FILLINGS: u64 = 8;
const SEED: u64 = 20_260_202;

/// Whether a value is what it was when less was known.
fn refines(before: &Value, after: &Value) -> bool {
    match (before, after) {
        (Value::Unknown(_), _) => true,
        (Value::AtLeast(least, _), Value::Double(after)) => after >= least,
        (Value::Double(before), Value::Double(after)) => {
            before == after || before.is_nan() && after.is_nan()
        }
        (Value::List(before), Value::List(after))
            if before.iter().any(|item| matches!(item, Value::Unknown(_))) =>
        {
            before
                .iter()
                .all(|before| after.iter().any(|after| refines(before, after)))
        }
        (Value::List(before), Value::List(after))
        | (Value::Struct(before), Value::Struct(after)) => {
            before.len() == after.len()
                && before
                    .iter()
                    .zip(after.iter())
                    .all(|(before, after)| refines(before, after))
        }
        (before, after) => before == after,
    }
}

#[test]
fn a_definite_answer_holds_under_every_filling() {
    let (mut definite, mut unknown, mut refused) = (0, 0, 0);
    for case in 0..CASES {
        let mut seed = Random(SEED + case);
        let source = if case % 10 == 0 {
            let mut generator = Generator::new(&mut seed);
            format!("{} > {}", generator.money(3), generator.money(2))
        } else {
            source(&mut seed)
        };
        let Ok((program, layout)) = try_compile(&source, Want::Any) else {
            refused += 1;
            continue;
        };
        let sample = sample(&mut Random(seed.next()), 25);
        match eval(&program, &layout, &sample) {
            Answer::Unknown(reasons) => {
                assert!(
                    !reasons.is_empty(),
                    "case {case}: `{source}` is unknown without a reason"
                );
                unknown += 1;
            }
            // Wrong whatever the rest is: it beats unknown, and a filling may still absorb it.
            Answer::Error(_) => {}
            Answer::Value(answer) => {
                definite += 1;
                for filling in 0..FILLINGS {
                    let known = filled(&sample, &facts(), &mut Random(case * FILLINGS + filling));
                    let after = eval(&program, &layout, &known);
                    let holds = match &after {
                        Answer::Value(after) => refines(&answer, after),
                        _ => false,
                    };
                    assert!(
                        holds,
                        "case {case}: `{source}` is\n{answer:?} with {sample:?}\nbut {after:?} with {known:?}"
                    );
                }
            }
        }
    }
    // Calls with constant values that can never work; the oracle test looks at each of them.
    assert!(refused < CASES / 100, "{refused} refused");
    assert!(
        definite > CASES / 4 && unknown > CASES / 20,
        "{definite} definite, {unknown} unknown"
    );
}
