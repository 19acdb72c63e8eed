//! A hostile text gets an error, on a small stack and in little time.

use std::time::{Duration, Instant};

use orch_engine::lang::Want;
use orch_engine::value::Answer;

use crate::generator::Random;
use crate::sample::{eval, sample, try_compile};

/// The mistakes of a text, found on a stack of half the size that test threads have.
fn refused(source: &str) -> Vec<String> {
    let owned = source.to_owned();
    let start = Instant::now();
    let found = std::thread::Builder::new()
        .stack_size(1 << 20)
        .spawn(move || try_compile(&owned, Want::Any).map(|_| ()))
        .unwrap()
        .join()
        .unwrap();
    assert!(
        start.elapsed() < Duration::from_secs(10),
        "too slow: {source:.60}"
    );
    match found {
        Ok(()) => Vec::new(),
        Err(errors) => errors.into_iter().map(|error| error.message).collect(),
    }
}

#[test]
fn hostile_texts_are_refused() {
    let wide = |part: &str, times: usize| part.repeat(times);
    let texts = [
        wide("(", 10_000),
        format!("{}1{}", wide("(", 10_000), wide(")", 10_000)),
        format!("1{}", wide(" + 1", 100_000)),
        format!("1{}", wide("+1", 990)),
        format!("1{}", wide("-1", 990)),
        format!("[{}1]", wide("1,", 100_000)),
        format!("facts{}", wide(".a", 990)),
        format!("facts.ints{}", wide("[0]", 600)),
        format!("facts.s{}", wide(".trim()", 270)),
        format!("{}1{}", wide("[", 900), wide("]", 900)),
        format!("{}1{}", wide("{'a':", 390), wide("}", 390)),
        format!("1{}", wide("?1:1", 490)),
        format!("{}1", wide("true?1:", 280)),
        format!("1{}", wide(" in [1]", 280)),
        format!("1{}", wide("<1", 990)),
        format!("{}1{}", wide("(", 16), wide(&format!("{})", wide("+1", 60)), 16)),
        format!("{}1{}", wide("[", 16), wide(&format!("{}]", wide("[0]", 40)), 15)),
        format!("'{}", wide("(", 1_900)),
        format!("'\\q{}", wide("(", 1_900)),
        format!("\"\n{}", wide("(", 1_900)),
        wide("a(", 900),
        wide("a.b(", 490),
        wide("?", 1_900),
        wide("a ? b : ", 240),
        wide("/", 1_900),
        wide("'", 1_999),
        wide("{", 1_900),
        wide(")", 1_900),
        wide("a,", 900),
        wide("\u{0}", 1_900),
        wide("é", 900),
        "facts.ints.all(a, facts.ints.all(b, facts.ints.all(c, facts.ints.all(d, facts.ints.all(e, true)))))"
            .to_owned(),
        "facts.s.matches('(((((a{99}){99}){99}){99}){99})')".to_owned(),
        "facts.s.matches(facts.t)".to_owned(),
        "-9223372036854775809".to_owned(),
        "1e999".to_owned(),
        String::new(),
        " \n ".to_owned(),
        "// only a remark".to_owned(),
    ];
    for text in texts {
        assert!(!refused(&text).is_empty(), "`{text:.60}` was taken");
    }
}

#[test]
fn what_is_within_the_limits_is_taken() {
    let texts = [
        format!("{}1{} == 1", "(".repeat(30), ")".repeat(30)),
        format!("1{} > 0", " + 1".repeat(60)),
        format!("facts.i == 0{}", " || facts.i == 0".repeat(120)),
        format!("facts.i in [{}0]", "1, ".repeat(600)),
        format!("{}true", "!".repeat(1_001)),
        format!("{}1 == 1", "-".repeat(1_000)),
        "'((((((((((((((((((((((((((((((((((((((((((((((((' == facts.s // ((((((((((((((((((((((((((((((("
            .to_owned(),
        "'''a'b\n(''' == r'\\(' || \"\\\"(\\\\\" == 'é'".to_owned(),
    ];
    for text in texts {
        assert_eq!(refused(&text), Vec::<String>::new(), "{text:.80}");
    }
}

#[test]
fn random_texts_never_abort() {
    let parts = [
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "\\",
        "?",
        ":",
        ".",
        ",",
        "+",
        "-",
        "!",
        "&&",
        "||",
        "==",
        "in",
        "facts",
        ".i",
        ".ints",
        ".rows",
        ".ns",
        "has(",
        ".exists(x,",
        "x",
        "1",
        "0.5",
        "null",
        "true",
        " ",
        "\n",
        "//",
        "é",
        "`",
        "r'",
        "b\"",
        "1u",
        "0x",
        "\u{1F600}",
        ".map(",
        "resource",
        "math.",
    ];
    let mut seed = Random(4_711);
    for _ in 0..3_000 {
        let length = 1 + seed.below(40);
        let text: String = (0..length).map(|_| *seed.one(&parts)).collect();
        // Only that it comes back matters.
        let _ = try_compile(&text, Want::Any);
    }
}

#[test]
fn evaluation_is_bounded() {
    let list = format!("[{}1]", "1,".repeat(99));
    let source =
        format!("{list}.all(a, {list}.all(b, {list}.all(c, {list}.all(d, a + b + c + d > 0))))");
    let (program, layout) = try_compile(&source, Want::Bool).unwrap();
    let start = Instant::now();
    let answer = eval(&program, &layout, &sample(&mut Random(1), 0));
    assert!(
        matches!(&answer, Answer::Error(text) if text.contains("too many")),
        "{answer:?}"
    );
    assert!(start.elapsed() < Duration::from_secs(5));
}
