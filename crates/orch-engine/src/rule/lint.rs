//! What no shipped rule may do although it works: lack tests, or ask another rule's question again.

use std::collections::{BTreeMap, BTreeSet};

use orch_model::{Kind, Provider};

use super::checked::Rule;
use super::file::Expect;
use super::place::{Mistakes, RuleFileError};
use crate::catalog::Catalog;
use crate::lang::Type;

/// The paths of `resource` that every resource has, read or not at all.
const ALWAYS_READ: [&str; 6] = ["uid", "name", "account", "region", "provider", "kind"];

pub(crate) fn lint(catalog: &Catalog) -> Vec<RuleFileError> {
    let mut errors = Vec::new();
    for rule in catalog.rules() {
        let mut mistakes = Mistakes::of(&rule.file);
        tests(catalog, rule, &mut mistakes);
        errors.extend(mistakes.into_errors());
    }
    errors.extend(same_question(catalog.rules()));
    errors.sort();
    errors
}

/// At least one test that fails, one that passes, and one that is unknown wherever evidence can be missing.
fn tests(catalog: &Catalog, rule: &Rule, mistakes: &mut Mistakes) {
    let has = |expect| rule.tests.iter().any(|test| test.expect == expect);
    for expect in [Expect::Fail, Expect::Pass] {
        if !has(expect) {
            mistakes.whole(
                format!("no test expects `{}`", expect.as_str()),
                "add a test, best a near miss of the other answer",
            );
        }
    }
    let adjusted = rule
        .sources
        .adjust
        .iter()
        .map(|(_, severity, _)| severity.as_str());
    let own = (!rule.sources.adjust.is_empty()).then(|| rule.severity.as_str());
    for severity in adjusted.chain(own).collect::<BTreeSet<_>>() {
        let mut words = rule.tests.iter().filter_map(|test| test.severity.as_ref());
        if !words.any(|word| word.as_str() == severity) {
            mistakes.whole(
                format!("no test expects severity `{severity}` although the rule can give it"),
                "add a test that fails with this `severity`",
            );
        }
    }
    for cloud in Provider::ALL {
        if rule.providers.len() > 1 && !rule.asks(cloud) && !rule.elsewhere.contains_key(&cloud) {
            mistakes.whole(
                format!("nothing says why the rule is not asked on {cloud}"),
                "say it in a few words under `elsewhere` of `applies_to`, or ask it there too",
            );
        }
    }
    if let Some(missing) = can_be_missing(catalog, rule)
        && !has(Expect::Unknown)
    {
        mistakes.whole(
            format!("no test expects `unknown` although {missing} can be missing"),
            "add a test that leaves it out, or that names what it needs under `reads`",
        );
    }
}

/// Something that the verdict rests on and that may not have been read.
fn can_be_missing(catalog: &Catalog, rule: &Rule) -> Option<String> {
    for (kind, programs) in &rule.programs {
        let Type::Struct(members) = Type::of_kind(*kind) else {
            continue;
        };
        let deciding = programs.when.iter().chain([&programs.fails_if]);
        for uses in deciding.map(|program| program.uses()) {
            let unread = uses.resource.iter().find(|path| {
                let first = path.split('.').next().unwrap_or(path);
                let member = members.member(first).map(|(_, member)| member);
                let optional = member.is_some_and(|member| member.ty.can_be_none());
                !ALWAYS_READ.contains(&first) && (first == "tags" || optional)
            });
            if let Some(path) = unread {
                return Some(format!("`resource.{path}`"));
            }
            let needy = uses.facts.iter().find(|name| {
                let fact = catalog.facts().get(*kind, name);
                fact.is_some_and(|fact| !fact.spec().needs.is_empty())
            });
            if let Some(name) = needy {
                return Some(format!("`facts.{name}`"));
            }
        }
    }
    None
}

/// Rules of one kind whose conditions are the same but for literals: one question is one rule, on whichever
/// clouds it is asked.
fn same_question(rules: &[Rule]) -> Vec<RuleFileError> {
    let mut asked: BTreeMap<(Kind, String), &Rule> = BTreeMap::new();
    let mut errors = Vec::new();
    for rule in rules {
        let when = rule.sources.when.as_deref().unwrap_or("true");
        let question = format!("{}\n{}", shape(when), shape(&rule.sources.fails_if));
        for kind in &rule.kinds {
            let Some(other) = asked.insert((*kind, question.clone()), rule) else {
                continue;
            };
            let mut mistakes = Mistakes::of(&rule.file);
            mistakes.whole(
                format!(
                    "`fails_if` differs from that of {} only in literals",
                    other.id
                ),
                "make one rule of both, with what differs as a parameter",
            );
            errors.extend(mistakes.into_errors());
            break;
        }
    }
    errors
}

/// An expression with every literal as `_`, lists of literals as one, and no space.
fn shape(source: &str) -> String {
    let mut shape = String::with_capacity(source.len());
    let mut chars = source.chars().peekable();
    let mut in_name = false;
    while let Some(c) = chars.next() {
        match c {
            '"' | '\'' => {
                while let Some(inner) = chars.next() {
                    match inner {
                        '\\' => _ = chars.next(),
                        end if end == c => break,
                        _ => {}
                    }
                }
                shape.push('_');
            }
            c if c.is_ascii_digit() && !in_name => {
                while chars
                    .peek()
                    .is_some_and(|next| next.is_ascii_alphanumeric() || *next == '.')
                {
                    chars.next();
                }
                shape.push('_');
            }
            c if c.is_whitespace() => {}
            c => shape.push(c),
        }
        in_name = c.is_ascii_alphanumeric() || c == '_';
    }
    while shape.contains("_,_") {
        shape = shape.replace("_,_", "_");
    }
    shape.replace("[_]", "_")
}

#[cfg(test)]
mod tests {
    use super::shape;

    #[test]
    fn literals_do_not_make_a_question() {
        let ssh = shape("resource.port in [22, 23] && resource.name == \"a\"");
        assert_eq!(
            ssh,
            shape("resource.port  in [3389] && resource.name=='b\\'c'")
        );
        assert_ne!(
            ssh,
            shape("resource.port in [22] || resource.name == \"a\"")
        );
        assert_ne!(shape("params.a1 > 3"), shape("params.a2 > 3"));
        assert_eq!(shape("x > 1.5e3"), shape("x > 2"));
    }
}
