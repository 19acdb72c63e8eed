//! The expressions of a rule file, compiled for one kind, and their mistakes at their place.

use std::collections::BTreeMap;

use orch_model::{Kind, Text};

use super::checked::{Adjust, Programs};
use super::compile::Compiler;
use super::file::{AdjustFile, RuleFile};
use super::place::At;
use super::template::{Template, Written, split};
use crate::lang::{self, Diagnostic, Param, Program, Roots, Type, Want};
use crate::slots::{Layout, Layouts};

impl Compiler<'_> {
    /// The programs of the file for a kind, if none has a mistake.
    pub(super) fn programs(
        &mut self,
        file: &RuleFile,
        kind: Kind,
        several: bool,
        params: &BTreeMap<Text, Param>,
        layouts: &mut Layouts,
    ) -> Option<Programs> {
        let mut expressions = Expressions {
            compiler: self,
            kind: several.then_some(kind),
            params,
            layout: &mut layouts.verdicts,
            key: None,
        };
        let when = file
            .when
            .as_ref()
            .map(|when| expressions.program("when", when, Want::Bool));
        let fails_if = expressions.program("fails_if", &file.fails_if, Want::Bool);
        let key = file
            .key
            .as_ref()
            .map(|key| expressions.program("key", key, Want::Key));
        if let Some(Some(key)) = &key {
            expressions.key = Some(element(key.ty()));
        } else if file.key.is_some() {
            // The key has a mistake of its own: what uses it must not be reported as well.
            expressions.key = Some(Type::Any);
        }
        expressions.layout = &mut layouts.findings;
        let evidence: Vec<_> = file
            .evidence
            .0
            .iter()
            .map(|(name, source)| {
                let part = format!("evidence.{name}");
                (
                    Text::new(name),
                    expressions.program(&part, source, Want::Any),
                )
            })
            .collect();
        let saving = file
            .saving
            .as_ref()
            .map(|at| expressions.program("saving", at, Want::Money));
        let saving_derived = file
            .saving_derived
            .as_ref()
            .map(|at| expressions.program("saving_derived", at, Want::Bool));
        let message = expressions.template("message", &file.message);
        let adjust: Vec<_> = file
            .adjust
            .iter()
            .map(|entry| expressions.adjust(entry))
            .collect();
        Some(Programs {
            when: flip(when)?,
            fails_if: fails_if?,
            key: flip(key)?,
            evidence: evidence
                .into_iter()
                .map(|(name, program)| program.map(|program| (name, program)))
                .collect::<Option<_>>()?,
            saving: flip(saving)?,
            saving_derived: flip(saving_derived)?,
            message: message?,
            adjust: adjust.into_iter().collect::<Option<_>>()?,
        })
    }

    /// Reports the mistakes of an expression at the place of the part of it that is wrong, where the file
    /// spells the expression in one piece, else at its beginning.
    fn report(&mut self, part: &str, at: &At<String>, offset: usize, found: Vec<Diagnostic>) {
        if found.is_empty() {
            self.mistakes.on(
                at,
                format!("`{part}` cannot be checked"),
                "look at the expression",
            );
        }
        for diagnostic in found {
            let start = (offset + diagnostic.span.start).min(at.value.len());
            let end = (offset + diagnostic.span.end).clamp(start, at.value.len());
            let column = self.column(at, start);
            let excerpt = at.value.get(start..end).unwrap_or_default();
            let excerpt: String = excerpt.chars().take(60).collect();
            let near = if excerpt.is_empty() || diagnostic.message.contains(&excerpt) {
                String::new()
            } else {
                format!(" near `{excerpt}`")
            };
            self.mistakes.at(
                at.line,
                column,
                format!("in `{part}`{near}: {}", diagnostic.message),
                diagnostic.help,
            );
        }
    }

    fn column(&self, at: &At<String>, start: usize) -> u32 {
        let line = at
            .line
            .checked_sub(1)
            .and_then(|line| self.raw.lines().nth(line as usize));
        let before = at.column.saturating_sub(1) as usize;
        let rest: String = line.unwrap_or_default().chars().skip(before).collect();
        let quotes = if rest.starts_with(&at.value) {
            0
        } else if rest
            .get(1..)
            .is_some_and(|rest| rest.starts_with(&at.value))
        {
            1
        } else {
            return at.column;
        };
        let chars = at.value.get(..start).map_or(0, |text| text.chars().count());
        at.column + quotes + u32::try_from(chars).unwrap_or(0)
    }
}

/// The expressions of one file for one kind.
struct Expressions<'c, 's> {
    compiler: &'c mut Compiler<'s>,
    /// Named in messages when the rule has several kinds.
    kind: Option<Kind>,
    params: &'c BTreeMap<Text, Param>,
    layout: &'c mut Layout,
    key: Option<Type>,
}

impl Expressions<'_, '_> {
    fn program(&mut self, part: &str, at: &At<String>, want: Want) -> Option<Program> {
        self.compiled(part, at, &at.value, 0, want)
    }

    fn compiled(
        &mut self,
        part: &str,
        at: &At<String>,
        source: &str,
        offset: usize,
        want: Want,
    ) -> Option<Program> {
        let roots = Roots {
            params: self.params,
            key: self.key.as_ref(),
        };
        match lang::compile(source, &roots, self.layout, want) {
            Ok(program) => Some(program),
            Err(found) => {
                let part = match self.kind {
                    Some(kind) => format!("{part} (for {kind})"),
                    None => part.to_owned(),
                };
                self.compiler.report(&part, at, offset, found);
                None
            }
        }
    }

    fn adjust(&mut self, entry: &AdjustFile) -> Option<Adjust> {
        let holds = self.program("adjust.if", &entry.holds, Want::Bool);
        let because = self.template("adjust.because", &entry.because);
        Some(Adjust {
            holds: holds?,
            // A word that is none was reported where the rule's own severity is.
            severity: entry.severity.parse().ok()?,
            because: because?,
        })
    }

    fn template(&mut self, part: &str, at: &At<String>) -> Option<Template> {
        match split(&at.value) {
            Ok(parts) => {
                let wanted = count(&parts);
                let template = Template::of(parts, |source, offset| {
                    self.compiled(part, at, source, offset, Want::Any)
                });
                (template.programs().count() == wanted).then_some(template)
            }
            Err(_) => {
                self.compiler.mistakes.on(
                    at,
                    format!("in `{part}`: `{{{{` is never closed"),
                    "close the expression with `}}`",
                );
                None
            }
        }
    }
}

fn count(parts: &[Written<'_>]) -> usize {
    parts
        .iter()
        .filter(|part| matches!(part, Written::Expression(..)))
        .count()
}

/// An optional part that has a mistake makes the whole wrong; one that is not there does not.
fn flip<T>(part: Option<Option<T>>) -> Option<Option<T>> {
    match part {
        None => Some(None),
        Some(part) => part.map(Some),
    }
}

/// The type of one element of a key.
fn element(ty: &Type) -> Type {
    match ty.strip_null() {
        Type::List(element) => element.strip_null().clone(),
        other => other.clone(),
    }
}
