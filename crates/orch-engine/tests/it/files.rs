//! Rule files that are wrong or hostile: every mistake is told with its place, and nothing aborts.

use orch_engine::{Catalog, RuleFileError, RuleSettings, RuleSource, Settings};
use serde_json::json;

use crate::rules::facts;

/// A rule with these replacements.
fn rule(changes: &[(&str, &str)]) -> String {
    let mut text = r#"title: A disk is not encrypted
category: security
severity: medium
confidence: high
audience: [security]
applies_to: { kind: storage.volume }
params:
  types: { type: list<text>, default: [gp2], about: Types. }
fails_if: "!resource.encrypted && resource.volume_type in params.types"
evidence: { size: resource.size_gib }
message: "{{ resource.name }} is not encrypted"
why: Because.
remediation: { effort: small, steps: [Encrypt it.] }
tests:
  - { name: open, resource: { encrypted: false, volume_type: gp2 }, expect: fail }
  - { name: closed, resource: { encrypted: true }, expect: pass }
"#
    .to_owned();
    for (from, to) in changes {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    text
}

fn compile(text: impl Into<Vec<u8>>) -> Result<Catalog, Vec<RuleFileError>> {
    with_settings(text, &Settings::default())
}

fn with_settings(
    text: impl Into<Vec<u8>>,
    settings: &Settings,
) -> Result<Catalog, Vec<RuleFileError>> {
    let source = RuleSource::new("rules/volume-open.yaml", text.into());
    Catalog::compile(vec![source], facts(), settings)
}

fn errors<T>(result: Result<T, Vec<RuleFileError>>) -> String {
    let Err(errors) = result else {
        panic!("it compiles")
    };
    let lines = errors.iter().map(|error| {
        let help = error.help.as_deref().unwrap_or("no help");
        format!("{error}\n  {help}\n")
    });
    lines.collect()
}

#[test]
fn the_rule_itself_is_good() {
    let catalog = compile(rule(&[])).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_eq!(catalog.lint(), []);
    let reports = catalog.test(&catalog.rules()[0]);
    assert!(
        reports.iter().all(|report| report.detail.is_empty()),
        "{reports:#?}"
    );
}

#[test]
fn all_mistakes_of_a_file_are_told_at_once() {
    let text = rule(&[
        ("category: security", "category: securty"),
        ("severity: medium", "severity: terrible"),
        ("[security]", "[plumber]"),
        ("default: [gp2]", "default: [3]"),
        ("resource.size_gib", "resource.size_gb"),
        ("why: Because.", "why: \"\""),
        (
            "!resource.encrypted &&",
            "!resource.encrypted && resource.size_gib == 'three' &&",
        ),
    ]);
    insta::assert_snapshot!(errors(compile(text)));
}

#[test]
fn words_and_members_that_are_not_there_are_named() {
    for (from, to, expected) in [
        ("title:", "tittle:", "tittle"),
        (
            "storage.volume",
            "storage.volum",
            "did you mean `storage.volume`?",
        ),
        (
            "{ kind: storage.volume }",
            "{ providers: [aws] }",
            "either `kind` or `kinds`",
        ),
        ("list<text>", "list<string>", "is not a type"),
        ("{{ resource.name }}", "{{ resource.name", "never closed"),
        ("[Encrypt it.]", "[]", "remediation.steps"),
        (
            "&& resource.volume_type in params.types",
            "",
            "parameter `types` is not used",
        ),
        (
            "\"!resource.encrypted && resource.volume_type in params.types\"",
            "resource.size_gib",
            "bool",
        ),
    ] {
        let told = errors(compile(rule(&[(from, to)])));
        assert!(told.contains(expected), "{to}: {told}");
        assert!(told.starts_with("rules/volume-open.yaml"), "{told}");
    }
}

#[test]
fn hostile_files_get_an_error() {
    let laughs: String = (1..12)
        .map(|level| {
            let before = if level == 1 {
                "x".to_owned()
            } else {
                format!("*a{}", level - 1)
            };
            format!("k{level}: &a{level} [{}]\n", vec![before; 10].join(","))
        })
        .collect();
    let long = |term: &str, times: usize| {
        rule(&[("!resource.encrypted", &vec![term; times].join(" && "))])
    };
    let hostile: Vec<(&str, Vec<u8>)> = vec![
        ("bomb", laughs.into_bytes()),
        ("deep flow", "[".repeat(50_000).into_bytes()),
        (
            "deep block",
            (0..20_000)
                .map(|at| format!("{}- \n", " ".repeat(at % 200)))
                .collect::<String>()
                .into_bytes(),
        ),
        (
            "parentheses",
            rule(&[("!resource", &format!("{}!resource", "(".repeat(10_000)))]).into_bytes(),
        ),
        ("chain", long("true", 10_000).into_bytes()),
        ("huge", vec![b'a'; 300_000]),
        ("not UTF-8", b"title: \xff\xfe\n".to_vec()),
        ("empty", Vec::new()),
        (
            "two documents",
            format!("{}---\n{}", rule(&[]), rule(&[])).into_bytes(),
        ),
        ("twice", format!("{}title: again\n", rule(&[])).into_bytes()),
        ("NUL", b"title: \0\n".to_vec()),
    ];
    for (name, bytes) in hostile {
        let told = errors(compile(bytes));
        assert!(told.len() < 4_000, "{name}: {} bytes", told.len());
        assert!(told.contains("volume-open.yaml"), "{name}: {told}");
    }
    assert!(
        errors(compile(b"a: 1\nb: \xff".to_vec()))
            .contains(":2: failed to read the rule: it is not UTF-8")
    );
}

#[test]
fn ids_are_told_apart() {
    let source =
        |file: &str, changes: &[(&str, &str)]| RuleSource::new(file, rule(changes).into_bytes());
    let compile = |sources| Catalog::compile(sources, facts(), &Settings::default());
    let twice = vec![
        source("a/volume-open.yaml", &[]),
        source("b/volume-open.yaml", &[]),
    ];
    assert!(errors(compile(twice)).contains("is also the id of a/volume-open.yaml"));
    let claimed = vec![
        source("a/volume-open.yaml", &[]),
        source(
            "b/volume-closed.yaml",
            &[("tests:", "aliases: [volume-open]\ntests:")],
        ),
    ];
    assert!(errors(compile(claimed)).contains("`volume-open` is also a name of"));
    assert!(errors(compile(vec![source("a/Volume_Open.yaml", &[])])).contains("is no id"));
}

#[test]
fn settings_are_checked_against_the_rule() {
    let mut settings = Settings::default();
    let mut set = |rule: &str, param: &str, value| {
        let params = [(param.into(), value)].into();
        settings.rules.insert(
            rule.into(),
            RuleSettings {
                params,
                ..RuleSettings::default()
            },
        );
        settings.clone()
    };
    let wrong_type = set("volume-open", "types", json!("gp2"));
    assert!(errors(with_settings(rule(&[]), &wrong_type)).contains("has the wrong type"));
    let misspelt = set("volume-open", "type", json!(["gp2"]));
    assert!(errors(with_settings(rule(&[]), &misspelt)).contains("did you mean `types`?"));
    let no_rule = {
        let mut settings = Settings::default();
        settings
            .rules
            .insert("volume-opn".into(), RuleSettings::default());
        settings
    };
    assert!(errors(with_settings(rule(&[]), &no_rule)).contains("did you mean `volume-open`?"));
    let renamed = rule(&[("tests:", "first_id: volume-old\ntests:")]);
    let by_alias = {
        let mut settings = Settings::default();
        let params = [("types".into(), json!(["gp3"]))].into();
        settings.rules.insert(
            "volume-old".into(),
            RuleSettings {
                params,
                ..RuleSettings::default()
            },
        );
        settings
    };
    let catalog = with_settings(renamed, &by_alias).unwrap_or_else(|errors| panic!("{errors:#?}"));
    assert_ne!(
        catalog.rules()[0].params["types"].value,
        catalog.rules()[0].params["types"].default
    );
    // Its own tests are about the defaults of the file.
    let reports = catalog.test(&catalog.rules()[0]);
    assert!(
        reports.iter().all(|report| report.detail.is_empty()),
        "{reports:#?}"
    );
}

#[test]
fn lint_wants_tests_and_one_rule_for_one_question() {
    let lint = |sources: Vec<RuleSource>| {
        let catalog = Catalog::compile(sources, facts(), &Settings::default())
            .unwrap_or_else(|errors| panic!("{errors:#?}"));
        catalog
            .lint()
            .iter()
            .map(ToString::to_string)
            .collect::<Vec<_>>()
            .join("\n")
    };
    let source = |file: &str, changes: &[(&str, &str)]| {
        vec![RuleSource::new(file, rule(changes).into_bytes())]
    };
    let no_fail = source("volume-open.yaml", &[("expect: fail", "expect: pass")]);
    assert!(lint(no_fail).contains("no test expects `fail`"));
    let field = "!resource.encrypted && resource.iops == null &&";
    let no_unknown = source("volume-open.yaml", &[("!resource.encrypted &&", field)]);
    assert!(lint(no_unknown).contains("`resource.iops` can be missing"));
    let fact = "!resource.encrypted && facts.snapshots.size() == 0 &&";
    let no_unknown = source("volume-open.yaml", &[("!resource.encrypted &&", fact)]);
    assert!(lint(no_unknown).contains("`facts.snapshots` can be missing"));
    let same = |id: &str, size: &str| {
        let condition = format!("!resource.encrypted && resource.size_gib > {size} &&");
        source(
            &format!("{id}.yaml"),
            &[("!resource.encrypted &&", &condition)],
        )
    };
    let both = [same("volume-one", "5"), same("volume-two", "70")].concat();
    assert!(lint(both).contains("differs from that of volume-one only in literals"));
    // Nor is it asked twice because the clouds differ.
    let on = |id: &str, cloud: &str| {
        let asked = format!("kind: storage.volume, providers: [{cloud}]");
        source(&format!("{id}.yaml"), &[("kind: storage.volume", &asked)])
    };
    let both = [on("volume-one", "aws"), on("volume-two", "gcp")].concat();
    assert!(lint(both).contains("differs from that of volume-one only in literals"));
}

#[test]
fn a_rule_of_several_clouds_says_why_not_of_the_others() {
    let on = |providers: &str| {
        rule(&[(
            "kind: storage.volume",
            &format!("kind: storage.volume, providers: {providers}"),
        )])
    };
    let lint = |text: String| {
        let catalog = compile(text).unwrap_or_else(|errors| panic!("{errors:#?}"));
        let told = catalog.lint();
        (
            told.iter().map(ToString::to_string).collect::<String>(),
            orch_engine::docs::clouds_page(&catalog),
        )
    };
    let (told, _) = lint(on("[aws, gcp]"));
    assert!(told.contains("nothing says why the rule is not asked on azure"));
    let (told, page) = lint(on(
        "[aws, gcp], elsewhere: { azure: disks are always encrypted }",
    ));
    assert_eq!(told, "");
    assert!(page.contains("– disks are always encrypted"), "{page}");
    let (told, _) = lint(on("[aws]"));
    assert_eq!(told, "", "nobody expects it of the others");

    for (cloud, mistake) in [("aws", "has no place here"), ("azur", "is not a provider")] {
        let text = on(&format!("[aws, gcp], elsewhere: {{ {cloud}: because }}"));
        let told = errors(compile(text));
        assert!(told.contains(mistake), "{told}");
    }
}

#[test]
fn the_reference_is_made_of_the_rules() {
    let catalog = compile(rule(&[])).unwrap_or_else(|errors| panic!("{errors:#?}"));
    insta::assert_snapshot!(orch_engine::docs::rule_page(&catalog.rules()[0]));
    let facts = orch_engine::docs::facts_page(&catalog);
    assert!(
        facts.contains("## exposure")
            && facts.contains("Needs `network.interface`, `network.vpc`.")
    );
    let schema = orch_engine::docs::rule_schema();
    let properties = schema
        .get("properties")
        .and_then(|of| of.as_object())
        .unwrap();
    assert!(
        properties
            .values()
            .all(|of| of.get("description").is_some()),
        "{properties:#?}"
    );
}
