//! Tests of the configuration file.

use std::time::Duration;

use super::*;

fn parse(text: &str) -> Result<Config, Vec<Placed>> {
    Config::parse(Path::new("conf/orch.toml"), text)
}

#[test]
fn a_whole_configuration_is_read() {
    let config = parse(
        r#"
        [audit]
        provider = "aws"
        only = ["security", "right-sizing"]
        rules_dirs = ["mine"]
        fail_on = "never"
        [network]
        call_timeout = "2m"
        service_concurrency = 4
        [metrics]
        days = 7
        [rule.firewall-open-sensitive-port]
        severity = "critical"
        params = { ports = [22], share = 0.25 }
        [[waiver]]
        fingerprint = "0123456789abcdef"
        reason = "bastion"
        owner = "ops"
        until = 2026-12-31
        [[waiver]]
        rule = "r"
        resource = "arn:x"
        reason = "known"
        owner = "ops"
        until = "2026-12-31"
        "#,
    )
    .unwrap();
    assert_eq!(config.options.rules_dirs, [PathBuf::from("conf/mine")]);
    assert_eq!(config.options.fail_on, Some(words::FailOn::Never));
    assert_eq!(config.collect.call, Duration::from_secs(120));
    assert_eq!(
        (
            config.collect.service_concurrency,
            config.collect.metric_days
        ),
        (4, 7)
    );
    assert_eq!(config.rules[0].params["ports"], serde_json::json!([22]));
    assert_eq!(config.waivers.len(), 2);
    assert_eq!(config.waivers[0].until, config.waivers[1].until);
}

#[test]
fn the_example_is_valid_and_shows_the_defaults() {
    let text = include_str!("../../../../orch.example.toml");
    let config = parse(text).unwrap();
    assert_eq!(config.collect, CollectSettings::default());
    assert_eq!(config.rank, RankParams::default());
    // Everything that is commented out must be valid as well.
    let all: String = text
        .lines()
        .map(|line| match line.strip_prefix("# ") {
            Some(rest)
                if rest.split_once(" = ").is_some_and(|(key, _)| {
                    key.chars().all(|c| c.is_ascii_lowercase() || c == '_')
                }) =>
            {
                format!("{rest}\n")
            }
            _ => format!("{line}\n"),
        })
        .collect();
    let config = parse(&all).unwrap();
    assert_eq!(
        config.options.providers,
        Some(vec![orch_model::Provider::Aws])
    );
    assert_eq!(config.options.skip_rules.unwrap().len(), 1);
}

#[test]
fn every_mistake_is_told_with_its_place() {
    let text = "[audit]\nseverty = \"high\"\nonly = [\"cost\", \"secrity\"]\n[network]\nconcurrency = 0\ncall_timeout = 20\n[netwrk]\n[[waiver]]\nrule = \"x\"\n";
    let mistakes = parse(text).unwrap_err();
    let told: Vec<(usize, &str, &str)> = mistakes
        .iter()
        .map(|placed| {
            let line = text[..placed.span.start].matches('\n').count() + 1;
            let help = placed.mistake.help.as_deref().unwrap_or_default();
            (line, placed.mistake.message.as_str(), help)
        })
        .collect();
    assert_eq!(
        told,
        [
            (2, "no key in [audit] `severty`", "did you mean `severity`?"),
            (
                3,
                "only in [audit]: no category `secrity`",
                "did you mean `security`?"
            ),
            (
                5,
                "concurrency in [network]: 0 is out of range",
                "write a whole number from 1 to 1000"
            ),
            (
                6,
                "call_timeout in [network]: a whole number where a length of time belongs",
                "write a length of time, for example \"20s\" or \"10m\""
            ),
            (
                7,
                "no key in the configuration `netwrk`",
                "did you mean `network`?"
            ),
            (
                8,
                "a waiver is not complete",
                "a waiver says fingerprint, or rule and resource, reason, owner, until"
            ),
        ]
    );
}

#[test]
fn numbers_that_cannot_be_meant_are_told_with_their_range_all_at_once() {
    let text = "[audit]\nmax_api_cost = \"1000000000\"\n[network]\nscope_timeout = \"9999h\"\ncall_timeout = \"0s\"\n\
                max_attempts = 0\nconcurrency = -4\nservice_concurrency = 0x7fffffff\ncircuit_failures = 4294967296\n\
                [metrics]\ndays = 999999\n[costs]\ndays = 0\n[rank]\nhigh = -1\nlow = 1e30\n";
    let mistakes = parse(text).unwrap_err();
    let lines: Vec<usize> = mistakes
        .iter()
        .map(|placed| text[..placed.span.start].matches('\n').count() + 1)
        .collect();
    assert_eq!(lines, [2, 4, 5, 6, 7, 8, 9, 11, 13, 15, 16], "{mistakes:?}");
    for placed in &mistakes[1..] {
        let message = &placed.mistake.message;
        assert!(message.ends_with(" is out of range"), "{message}");
        let help = placed.mistake.help.as_deref().unwrap();
        assert!(help.contains(" from ") && help.contains(" to "), "{help}");
    }
    let days = mistakes[7].mistake.clone();
    assert_eq!(days.message, "days in [metrics]: 999999 is out of range");
    assert_eq!(days.help.unwrap(), "write a whole number from 1 to 455");
}

#[test]
fn billing_is_kept_where_the_file_says_from_the_day_it_says() {
    let read = |text: &str| parse(&format!("[costs]\n{text}\n"));
    let cache = |text: &str| read(text).unwrap().cost_cache;
    assert_eq!(cache("cache = \"kept\""), Some(PathBuf::from("conf/kept")));
    assert_eq!(cache("cache = \"/kept\""), Some(PathBuf::from("/kept")));
    assert_eq!(cache("cache = \"\""), Some(PathBuf::new()));
    assert_eq!(cache("days = 3"), None);
    assert_eq!(read("invoice_day = 28").unwrap().collect.invoice_day, 28);
    for wrong in ["invoice_day = 0", "invoice_day = 29", "cache = 1"] {
        read(wrong).unwrap_err();
    }
}

#[test]
fn what_is_no_id_of_a_management_group_is_told_with_the_form_of_one() {
    let parse = |id: &str| parse(&format!("[azure]\nmanagement_group = {id}\n"));
    let longest = "a".repeat(90);
    for id in ["shop-prod", "1", "a_(b).c", longest.as_str()] {
        let config = parse(&format!("\"{id}\"")).unwrap();
        assert_eq!(config.options.azure.management_group.as_deref(), Some(id));
    }
    let too_long = format!("\"{longest}a\"");
    for id in [
        "\"\"",
        "\"..\"",
        "\"-a\"",
        "\"a.\"",
        "\"a/b\"",
        "\"Shop Prod\"",
        "\"a?b\"",
        "\"a%2fb\"",
        "\"/providers/Microsoft.Management/managementGroups/a\"",
        "\"é\"",
        "\"a\\u001b[31m\"",
        too_long.as_str(),
        "7",
    ] {
        let mistakes = parse(id).unwrap_err();
        let [placed] = &mistakes[..] else {
            panic!("{mistakes:?}")
        };
        let mistake = &placed.mistake;
        assert!(
            mistake.message.starts_with("management_group in [azure]: "),
            "{mistake}"
        );
        assert!(!mistake.message.contains('\u{1b}'), "{mistake:?}");
        assert!(mistake.help.is_some(), "{id}");
        assert_eq!(placed.span.start, 27, "{id}");
    }
}

#[test]
fn text_that_is_not_toml_is_told_with_its_place() {
    let mistakes = parse("[audit\nprovider = \"aws\"\n").unwrap_err();
    assert_eq!(mistakes[0].span.start, 6);
}

#[test]
fn lengths_of_time() {
    for (text, millis) in [
        ("500ms", 500),
        ("5s", 5_000),
        ("2m", 120_000),
        ("1h", 3_600_000),
    ] {
        let config = parse(&format!("[network]\nconnect_timeout = \"{text}\"")).unwrap();
        assert_eq!(config.collect.connect, Duration::from_millis(millis));
    }
    for text in ["5", "s", "-1s", "0s", "1.5s", "99999999999999999999h"] {
        parse(&format!("[network]\nconnect_timeout = \"{text}\"")).unwrap_err();
    }
}

#[test]
fn what_is_nested_without_end_is_one_short_mistake() {
    for text in [
        format!("a={}", "[".repeat(100_000)),
        format!("a={}", "{a=".repeat(100_000)),
        format!("[{}a]\n", "a.".repeat(100_000)),
        format!("[rule.x.params]\n{}a=1", "a.".repeat(100_000)),
    ] {
        let mistakes = parse(&text).unwrap_err();
        assert_eq!(mistakes.len(), 1);
        let error = crate::AppError::Config {
            path: "orch.toml".into(),
            text,
            mistakes,
        };
        let shown = crate::Shown::from(&error);
        let [part] = shown.parts() else {
            panic!("{shown:?}");
        };
        // No line is drawn: it could not be.
        assert!(miette::Diagnostic::source_code(part).is_none());
        assert!(part.to_string().starts_with("orch.toml, line "), "{part}");
        assert!(shown.line().len() < 300);
    }
}

#[test]
fn thousands_of_mistakes_are_counted() {
    let text = "a=1\n".repeat(3_000);
    let mistakes = parse(&text).unwrap_err();
    let error = crate::AppError::Config {
        path: "orch.toml".into(),
        text,
        mistakes,
    };
    let shown = crate::Shown::from(&error);
    assert_eq!(shown.parts().len(), 21);
    assert_eq!(
        shown.parts()[20].to_string(),
        "2979 more mistakes are not shown"
    );
    assert!(
        shown.line().ends_with(", and 2998 more"),
        "{}",
        shown.line()
    );
}

#[test]
fn thousands_of_mistakes_about_rules_are_counted_as_well() {
    let text: String = (0..3_000)
        .map(|number| format!("[rule.none-{number}]\nenabled = false\n"))
        .collect();
    let config = parse(&text).unwrap();
    let errors = config.rules.iter().map(|rule| orch_engine::RuleFileError {
        file: format!("rules.{}", rule.id),
        line: None,
        column: None,
        message: "there is no such rule".to_owned(),
        help: None,
    });
    let error = crate::setup::rule_errors(errors.collect(), &config);
    let shown = crate::Shown::from(&error);
    assert_eq!(shown.parts().len(), 21);
    assert!(
        shown.line().ends_with(", and 2999 more"),
        "{}",
        shown.line()
    );
}

#[test]
fn a_parameter_out_of_range_is_told_at_its_place() {
    let text = "[rule.r]\nseverity = \"low\"\n[rule.r.params]\nports = [70000]\n";
    let config = parse(text).unwrap();
    let rule = &config.rules[0];
    assert_eq!(&text[rule.param_spans["ports"].clone()], "[70000]");
    let errors = vec![orch_engine::RuleFileError {
        file: "rules.r.params.ports".to_owned(),
        line: None,
        column: None,
        message: "parameter `ports` of rule r is out of range: 70000".to_owned(),
        help: None,
    }];
    let error = crate::setup::rule_errors(errors, &config);
    let shown = crate::Shown::from(&error);
    let label = miette::Diagnostic::labels(&shown.parts()[0])
        .and_then(|mut labels| labels.next())
        .unwrap();
    assert_eq!(label.offset(), text.find("[70000]").unwrap());
}
