//! What expressions say: values, functions, money, errors, and what is not known.

use orch_engine::lang::{Program, Type, Want};
use orch_engine::slots::Layout;
use orch_engine::value::{Answer, Value, union};

use crate::generator::Random;
use crate::sample::{eval, facts, reasons, sample, try_compile};

fn answer(source: &str) -> Answer {
    let (program, layout): (Program, Layout) =
        try_compile(source, Want::Any).unwrap_or_else(|errors| panic!("`{source}`: {errors:#?}"));
    eval(&program, &layout, &sample(&mut Random(3), 0))
}

fn shown(source: &str) -> String {
    match answer(source) {
        Answer::Value(value) => value.to_string(),
        other => panic!("`{source}` is {other:?}"),
    }
}

fn failure(source: &str) -> String {
    match answer(source) {
        Answer::Error(message) => message.to_string(),
        other => panic!("`{source}` is {other:?}"),
    }
}

/// A sample in which these members were not read.
fn without(names: &[&str]) -> Value {
    let Type::Struct(known) = facts() else {
        panic!("facts are a struct")
    };
    let Value::Struct(members) = sample(&mut Random(3), 0) else {
        panic!("a sample is a struct")
    };
    Value::Struct(
        known
            .members()
            .iter()
            .zip(members.iter())
            .map(|(member, value)| {
                if names.contains(&member.name.as_str()) {
                    Value::Unknown(reasons(&member.name))
                } else {
                    value.clone()
                }
            })
            .collect(),
    )
}

fn answer_without(names: &[&str], source: &str) -> Answer {
    let (program, layout) = try_compile(source, Want::Any).unwrap();
    eval(&program, &layout, &without(names))
}

#[test]
fn money_is_exact() {
    for (source, value) in [
        ("money('0.10') + money('0.20') == money('0.30')", "true"),
        ("money('0.10') * 3", "0.30"),
        ("3 * money('0.10')", "0.30"),
        ("money('1.00') / 4", "0.25"),
        ("money('1.00') / money('4')", "0.25"),
        (
            "money('0.1') == 0.1 && money(2) == 2 && money('2.5') > 2 && 3.5 > money('3.49')",
            "true",
        ),
        ("-money('0.10')", "-0.10"),
        ("sum([money('0.10'), money('0.20')])", "0.30"),
        ("math.greatest(money('0.10'), money('0.20'))", "0.20"),
        ("money(0.1) * 730", "73.0"),
        ("string(money('12.50')) + ' USD'", "12.50 USD"),
    ] {
        assert_eq!(shown(source), value, "{source}");
    }
    assert_eq!(failure("money('1') / 0"), "division by zero");
    assert_eq!(
        failure("money('79228162514264337593543950335') * 2"),
        "the result is too large"
    );
    assert!(
        try_compile("money('1') + 1", Want::Any).is_err(),
        "an int is no amount"
    );
}

#[test]
fn time_and_durations() {
    for (source, value) in [
        ("now - days(90)", "2025-10-03T00:00:00Z"),
        ("now - timestamp('2025-12-31T00:00:00Z') == days(1)", "true"),
        ("duration('1h30m')", "5400s"),
        ("duration('-1.5s')", "-1.5s"),
        ("duration('1.5h') == duration('90m')", "true"),
        ("days(2).getHours()", "48"),
        ("now.getFullYear() * 100 + now.getMonth()", "202600"),
        ("timestamp(0)", "1970-01-01T00:00:00Z"),
        ("int(timestamp('1970-01-02T00:00:00Z'))", "86400"),
    ] {
        assert_eq!(shown(source), value, "{source}");
    }
    assert!(failure("timestamp('9999-12-31T00:00:00Z') + days(2)").contains("9999"));
    assert!(failure("days(106751) + days(106751)").contains("292 years"));
}

#[test]
fn network_functions() {
    for (source, value) in [
        (
            "isIP('10.0.0.1') && !isIP('10.0.0.256') && isCIDR('::/0') && !isCIDR('1.1.1.1')",
            "true",
        ),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3')", "true"),
        ("cidr('10.0.0.0/8').containsIP(ip('11.1.2.3'))", "false"),
        ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"),
        (
            "cidr('10.1.0.0/16').containsCIDR(cidr('10.0.0.0/8'))",
            "false",
        ),
        ("cidr('10.1.2.3/8').masked()", "10.0.0.0/8"),
        ("cidr('2000::/3').prefixLength()", "3"),
        ("ip('::1').family()", "6"),
        (
            "ip('::1').isLoopback() && ip('0.0.0.0').isUnspecified()",
            "true",
        ),
        (
            "ip('10.0.0.1').isPrivate() && !ip('8.8.8.8').isPrivate() && ip('fd00::1').isPrivate()",
            "true",
        ),
        (
            "ip('10.0.0.1').isGlobalUnicast() && !ip('169.254.1.1').isGlobalUnicast()",
            "true",
        ),
        (
            "string(ip('10.0.0.1')) + string(cidr('::/0'))",
            "10.0.0.1::/0",
        ),
    ] {
        assert_eq!(shown(source), value, "{source}");
    }
    assert!(failure("facts.texts.map(t, cidr(t))").contains("is not an address block"));
}

#[test]
fn maps_records_and_parameters() {
    for (source, value) in [
        ("{'a': 1, 'b': 'x'}.b", "x"),
        ("{'a': 1}['a'] + 1", "2"),
        ("{'a' + 'b': 1, 'c': 2}['ab'] == 1", "true"),
        ("{'a' + 'b': 1}['x'] == null", "true"),
        ("size({'a' + 'b': 1, 'c': 2})", "2"),
        ("{'a' + 'b': 1, 'c': 2}.exists(k, k == 'c')", "true"),
        (
            "params.ports.exists(p, p == 22) && params.share < 1.0",
            "true",
        ),
        ("key + 1", "8"),
        ("default(null, 3)", "3"),
        ("[1, 2, 3].filter(x, x > 1).map(x, x * 2) == [4, 6]", "true"),
        ("sum([1, 2, 3]) + sum([])", "6"),
        ("math.least([3, 1, 2])", "1"),
        ("'a,b'.split(',').join('-') + 'X'.lowerAscii()", "a-bx"),
        ("'äöü'.size() + 'äöü'.indexOf('ü')", "5"),
        (
            "[1, 2].exists_one(x, x > 1) && ![2, 2].existsOne(x, x > 1)",
            "true",
        ),
    ] {
        assert_eq!(shown(source), value, "{source}");
    }
    assert_eq!(
        failure("{'a' + 'b': 1, 'ab': 2}"),
        "the key `ab` is there twice"
    );
    assert_eq!(
        failure("[1, 2][facts.i * 0 + 5]"),
        "there is no element 5 in a list of 2"
    );
}

#[test]
fn overflow_and_division_are_errors() {
    for source in [
        "9223372036854775807 + 1",
        "-9223372036854775808 - 1",
        "-9223372036854775807 * 2",
        "-(-9223372036854775808)",
        "-9223372036854775808 / -1",
        "-9223372036854775808 % -1",
    ] {
        assert_eq!(failure(source), "the result is too large", "{source}");
    }
    assert_eq!(failure("1 / 0"), "division by zero");
    assert_eq!(failure("1 % 0"), "division by zero");
    assert_eq!(failure("0.0 / 0.0 < 1.0"), "NaN has no order");
    assert_eq!(shown("1.0 / 0.0 > 1e300"), "true");
}

#[test]
fn what_is_not_known() {
    let known = |source: &str, value: bool| {
        let answer = answer_without(&["b", "i", "ints", "rows"], source);
        assert_eq!(answer, Answer::Value(Value::Bool(value)), "{source}");
    };
    known("facts.b && false", false);
    known("false && facts.b", false);
    known("facts.b || true", true);
    known("1 / 0 > 0 || true", true);
    known("facts.b && 1 / 0 > 0 && false", false);
    known("[facts.i, 1].exists(x, x == 1)", true);
    known("[facts.i, 1].all(x, x == 2)", false);
    known("1 in [facts.i, 1]", true);
    // An element that is not known stands for any number of elements.
    known("size([facts.i, 1]) > 0", true);
    known("0 < size([facts.i, 1])", true);
    known("size([facts.i, 1]) < 1", false);
    known("size([facts.i, 1]) == 0", false);
    known("0 != size([facts.i, 1])", true);
    for (source, names) in [
        ("facts.b", "b"),
        ("!facts.b", "b"),
        ("facts.i + 1", "i"),
        ("facts.b ? 1 : 1", "b"),
        ("facts.i == facts.i", "i"),
        ("[facts.i] == [3]", "i"),
        ("[facts.i, 1] == [3, 2]", "i"),
        ("size([facts.i, 1]) == 2", "i"),
        ("size([facts.i, 1]) > 1", "i"),
        ("[facts.i, 1][1] == 1", "i"),
        ("[facts.i, 1].exists_one(x, true)", "i"),
        ("size([facts.i, 1].map(x, 1)) == 2", "i"),
        ("3 in [facts.i]", "i"),
        ("size(facts.ints)", "ints"),
        ("facts.rows.exists(r, r.open)", "rows"),
        ("[1, 2].filter(x, x > facts.i)", "i"),
        ("[1, 2].map(x, x + facts.i)", "i"),
        ("[1, 2].exists_one(x, x > facts.i)", "i"),
        ("{'a': 1 + facts.i}", "i"),
        ("[3][facts.i]", "i"),
        ("string(facts.i) + 'a'", "i"),
    ] {
        let answer = answer_without(&["b", "i", "ints", "rows"], source);
        assert_eq!(answer, Answer::Unknown(reasons(names)), "{source}");
    }
    let both = union(reasons("b"), reasons("i"));
    assert_eq!(
        answer_without(&["b", "i"], "facts.b && facts.i > 3"),
        Answer::Unknown(both.clone())
    );
    assert_eq!(
        answer_without(&["b", "i"], "facts.i > 3 || facts.b"),
        Answer::Unknown(both)
    );
    for source in [
        "facts.i + 1 / 0",
        "facts.b && 1 / 0 > 0",
        "[facts.i, 1 / 0]",
        "facts.i < 1 / 0",
    ] {
        let answer = answer_without(&["b", "i"], source);
        assert_eq!(
            answer,
            Answer::Error("division by zero".into()),
            "an error beats: {source}"
        );
    }
    // A field that was not read stays one unknown part of a list or a map.
    let Answer::Value(list) = answer_without(&["i"], "[facts.i, 1]") else {
        panic!("a list")
    };
    assert_eq!(list.reasons().len(), 1);
    assert_eq!(
        list.to_json(&Type::Int.listed()).to_string(),
        r#"["not known: i: a test",1]"#
    );
}

#[test]
fn values_are_shown_with_the_names_of_their_types() {
    let (program, layout) = try_compile(
        "{'port': 22, 'cost': money('0.50'), 'peer': null}",
        Want::Any,
    )
    .unwrap();
    let Answer::Value(value) = eval(&program, &layout, &sample(&mut Random(3), 0)) else {
        panic!()
    };
    let json = r#"{"port":22,"cost":"0.50","peer":null}"#;
    let parsed: serde_json::Value = serde_json::from_str(json).unwrap();
    assert_eq!(value.to_json(program.ty()), parsed);
    let (program, _) = try_compile("['a', 'b']", Want::Any).unwrap();
    let list = Value::list(["a", "b"].map(|text| Value::Text(text.into())));
    assert_eq!(list.to_sentence(program.ty()), "a, b");
}
