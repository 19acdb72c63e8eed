//! Which guards make something that can be none usable, and which only look as if they did.

use orch_engine::lang::Want;
use orch_engine::value::{Answer, Value};

use crate::generator::Random;
use crate::sample::{eval, facts, reasons, sample, try_compile};

#[test]
fn guards_that_hold() {
    let sources = [
        "facts.ni != null && facts.ni > 3",
        "null != facts.ni && facts.ni > 3",
        "has(facts.ni) && facts.ni > 3",
        "facts.ni == null || facts.ni > 3",
        "!has(facts.ni) || facts.ni > 3",
        "!(facts.ni == null) && facts.ni > 3",
        "!(facts.ni == null || facts.b) && facts.ni > 3",
        "facts.ni != null ? facts.ni > 3 : facts.b",
        "facts.ni == null ? facts.b : facts.ni > 3",
        "facts.b && facts.ni != null && facts.c && facts.ni > 3",
        "(facts.b && facts.ni != null) && (facts.c || facts.ni > 3)",
        "facts.ni == 3 && facts.ni + 1 == 4",
        "facts.ni != 3 || facts.ni + 1 == 4",
        "facts.ni in [1, 2] && facts.ni > 1",
        "facts.ns == 'a' && facts.ns.startsWith('a')",
        "has(facts.peer) && facts.peer.port > 3",
        "has(facts.peer.port) && facts.peer.port > 3",
        "facts.peer != null && facts.rows.exists(r, r.port == facts.peer.port)",
        "facts.rows.exists(r, r.note != null && r.note.size() > 1)",
        "facts.rows.filter(r, has(r.note)).all(r, r.note == null || r.note.size() > 1)",
        "facts.rows.map(r, has(r.note), r.note.size()).exists(n, n > 3)",
        "'env' in facts.tags && facts.tags['env'].startsWith('p')",
        "'env' in facts.tags && facts.tags.env.startsWith('p')",
        "has(facts.tags.env) && facts.tags['env'].startsWith('p')",
        "has(facts.tags.`x-y`) && facts.tags['x-y'].startsWith('p')",
        "(facts.ni != null && facts.b || facts.ni != null && facts.c) && facts.ni > 3",
        "facts.?ni.hasValue() && facts.ni > 3",
        "default(facts.ni, 0) > 3",
        "facts.?ni.orValue(0) > 3",
        "facts.?peer.?port.orValue(0) > 3",
        "facts.?peer.port != null || facts.b",
        "facts.ints[?3].orValue(7) == 7",
        "facts.ni == null && facts.ns == null || facts.ni == 4",
    ];
    for source in sources {
        // `a.?b.c` without a second `?` asks a member of something that can be none.
        let wrong = source.contains("?peer.port");
        match try_compile(source, Want::Bool) {
            Ok(_) => assert!(!wrong, "`{source}` was taken"),
            Err(errors) => assert!(wrong, "`{source}`: {errors:#?}"),
        }
    }
}

#[test]
fn guards_that_do_not_hold() {
    let sources = [
        "facts.ni > 3",
        "facts.ni > 3 && facts.ni != null",
        "facts.ni != null || facts.ni > 3",
        "facts.ni == null && facts.ni > 3",
        "(facts.ni != null || facts.b) && facts.ni > 3",
        "facts.b || facts.ni == null || facts.c && facts.peer.port > 3",
        "facts.ni != null ? facts.b : facts.ni > 3",
        "facts.ni != 3 && facts.ni > 3",
        "facts.ni == facts.ni && facts.ni > 3",
        "facts.ni in [1, null] && facts.ni > 3",
        "facts.ni in facts.ints && facts.ints.all(x, x > 3) && -facts.ni > 3",
        // With an unknown condition the guard is unknown although it would be false.
        "(facts.b ? facts.ni != null : facts.ni != null) && facts.ni > 3",
        "facts.rows.exists(r, r.note != null) && facts.rows.all(r, r.note.size() > 1)",
        "facts.rows.all(r, has(r.note)) && facts.rows[0].note.size() > 1",
        "'a' in facts.tags && facts.tags['b'].size() > 1",
        "facts.tags[facts.s].size() > 1",
        "facts.peer.port > 3",
        "facts.peer != null && facts.ns.size() > 3",
        "facts.ns.size() > 3",
        "facts.ns + 'a' == 'a'",
        "facts.ints[facts.ni] == 1",
        "[facts.ni].exists(x, x > 3)",
        "facts.ni",
        "[1, 2].all(x, facts.ni != null) && facts.ni > 1",
    ];
    for source in sources {
        let Err(errors) = try_compile(source, Want::Bool) else {
            panic!("`{source}` was taken")
        };
        assert!(
            errors.iter().any(|error| error.message.contains("none")),
            "`{source}`: {errors:#?}"
        );
    }
}

/// The checker's promise: what it takes never meets none where a value is needed.
#[test]
fn no_guarded_expression_meets_none() {
    let sources = [
        "(facts.b || facts.peer == null) ? facts.i : facts.peer.port",
        "facts.peer == null || (facts.b && facts.ns != null) && facts.ns.size() > facts.peer.port",
        "!(facts.b || facts.ni == null) && -facts.ni > 0",
        "(facts.ni == null || facts.ns == null) || (facts.b && facts.ni > size(facts.ns))",
        "facts.ni == 22 && facts.ni > 3",
        "(facts.i / facts.j > 1 && facts.ni != null) && facts.ni > 3",
        "(facts.ni == null || facts.i / facts.j > 1) || facts.ni > 3",
    ];
    for source in sources {
        let (program, layout) = try_compile(source, Want::Any).unwrap();
        for seed in 0..2_000 {
            let sample = sample(&mut Random(seed), 30);
            if let Answer::Error(message) = eval(&program, &layout, &sample) {
                assert!(
                    !message.contains("none"),
                    "`{source}`: {message} with {sample:?}"
                );
            }
        }
    }
}

#[test]
fn an_unread_field_is_unknown_to_every_question() {
    let sample = sample(&mut Random(5), 0);
    let orch_engine::lang::Type::Struct(known) = facts() else {
        panic!("facts are a struct")
    };
    let Value::Struct(members) = sample else {
        panic!("a sample is a struct")
    };
    let unread: Value = Value::Struct(
        known
            .members()
            .iter()
            .zip(members.iter())
            .map(|(member, value)| match member.name.as_str() {
                "ni" | "peer" | "tags" => Value::Unknown(reasons(&member.name)),
                _ => value.clone(),
            })
            .collect(),
    );
    for (source, why) in [
        ("has(facts.ni)", "ni"),
        ("facts.ni == null", "ni"),
        ("facts.ni == 3", "ni"),
        ("default(facts.ni, 3) == 3", "ni"),
        ("has(facts.peer.port)", "peer"),
        ("'env' in facts.tags", "tags"),
        ("has(facts.tags.env)", "tags"),
        ("size(facts.tags) == 0", "tags"),
    ] {
        let (program, layout) = try_compile(source, Want::Bool).unwrap();
        assert_eq!(
            eval(&program, &layout, &unread),
            Answer::Unknown(reasons(why)),
            "{source}"
        );
    }
}
