//! Analyses and specialists as people read them in a terminal, and as programs do.

use std::io::{self, Write};

use orch_report::{grid, visible};
use schemars::JsonSchema;
use serde::Serialize;

use crate::analysis::{Analysis, Mode};
use crate::{Library, Specialist};

/// An analysis for people.
///
/// # Errors
/// Those of `out`.
pub fn analysis(analysis: &Analysis, width: usize, out: &mut dyn Write) -> io::Result<()> {
    let mode = match analysis.mode {
        Mode::Project => "A project",
        Mode::Direct => "No project: one specialist, or a few who need no leading",
        Mode::Ask => "Too little is said for a plan",
    };
    let pattern = match &analysis.pattern {
        Some(pattern) => format!(
            " after the pattern {pattern} ({})",
            analysis.pattern_reasons.join(", ")
        ),
        None => String::new(),
    };
    writeln!(out, "{mode}{}", visible(&pattern))?;
    if !analysis.domains.is_empty() {
        writeln!(out, "Domains: {}", visible(&analysis.domains.join(", ")))?;
    }
    if let Some(deadline) = &analysis.deadline {
        let date = deadline.date.map(|date| date.to_string());
        let date = date.as_deref().unwrap_or("no day that is certain");
        writeln!(out, "By when: {date}, from `{}`", visible(&deadline.words))?;
    }
    if !analysis.ruled_out.is_empty() {
        writeln!(
            out,
            "Ruled out: {}",
            visible(&analysis.ruled_out.join(", "))
        )?;
    }
    if !analysis.specialists.is_empty() {
        writeln!(out)?;
        let mut rows = vec![["SPECIALIST", "AFTER", "WHY"].map(str::to_owned).to_vec()];
        for one in &analysis.specialists {
            let why = one.reasons.join("\n");
            rows.push(vec![one.id.clone(), one.after.join(", "), why]);
        }
        grid(&rows, &[], &[0], width, out)?;
    }
    if !analysis.besides.is_empty() {
        writeln!(out, "\nAlso in the plan, whatever the request says")?;
        for one in &analysis.besides {
            let line = format!("{}: {}", one.id, one.reasons.join(", "));
            writeln!(out, "  {}", visible(&line))?;
        }
    }
    if !analysis.questions.is_empty() {
        writeln!(out, "\nQuestions")?;
        for question in &analysis.questions {
            let line = format!("{} ({})", question.text, question.why);
            writeln!(out, "  {}", visible(&line))?;
        }
    }
    Ok(())
}

/// All specialists, the frozen answer of `orch specialist list`, schema `orch/specialists-v1`.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SpecialistsView {
    /// Always `orch/specialists-v1`.
    pub schema: &'static str,
    /// By id.
    pub specialists: Vec<SpecialistView>,
}

/// A specialist.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct SpecialistView {
    /// Its id.
    pub id: String,
    /// Its name for people.
    pub title: String,
    /// The field.
    pub domain: String,
    /// Services and things that it knows.
    pub services: Vec<String>,
    /// Tools that it uses.
    pub tools: Vec<String>,
    /// What it is practised in.
    pub practices: Vec<String>,
    /// When to choose it.
    pub choose_when: Vec<String>,
    /// What it needs before it begins.
    pub needs: Vec<String>,
    /// What it hands to the next.
    pub hands_over: Vec<String>,
    /// It begins after these are done.
    pub after: Vec<String>,
    /// These begin after it is done.
    pub before: Vec<String>,
    /// At the same time as these.
    pub parallel: Vec<String>,
    /// To and fro with these.
    pub iterative: Vec<String>,
}

/// The specialists of a library; only that of an id, where one is given.
pub fn specialists(library: &Library, id: Option<&str>) -> SpecialistsView {
    let wanted = |one: &&String| id.is_none_or(|id| id == one.as_str());
    let specialists = library.specialists.keys().filter(wanted);
    SpecialistsView {
        schema: "orch/specialists-v1",
        specialists: specialists
            .map(|id| of(id, &library.specialists[id]))
            .collect(),
    }
}

fn of(id: &str, specialist: &Specialist) -> SpecialistView {
    let Specialist {
        title,
        domain,
        capabilities,
        choose_when,
        needs,
        hands_over,
        partners,
        words: _,
        signs: _,
        practice: _,
        outlives_tools: _,
        not_words: _,
        // What it is told is a briefing.
        briefing: _,
    } = specialist.clone();
    SpecialistView {
        id: id.to_owned(),
        title,
        domain,
        services: capabilities.services,
        tools: capabilities.tools,
        practices: capabilities.practices,
        choose_when,
        needs,
        hands_over,
        after: partners.after,
        before: partners.before,
        parallel: partners.parallel,
        iterative: partners.iterative,
    }
}

impl SpecialistsView {
    /// One line for each.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn list(&self, width: usize, out: &mut dyn Write) -> io::Result<()> {
        let head = ["SPECIALIST", "NAME", "DOMAIN", "CHOOSE IT WHEN"];
        let mut rows = vec![head.map(str::to_owned).to_vec()];
        for one in &self.specialists {
            let when = one.choose_when.first().cloned().unwrap_or_default();
            rows.push(vec![
                one.id.clone(),
                one.title.clone(),
                one.domain.clone(),
                when,
            ]);
        }
        grid(&rows, &[], &[0, 1, 2], width, out)
    }

    /// All about each.
    ///
    /// # Errors
    /// Those of `out`.
    pub fn pages(&self, out: &mut dyn Write) -> io::Result<()> {
        for one in &self.specialists {
            one.page(out)?;
        }
        Ok(())
    }
}

impl SpecialistView {
    fn page(&self, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, "{} ({})", visible(&self.title), visible(&self.id))?;
        writeln!(out, "{}", visible(&self.domain))?;
        for (title, items) in [
            ("Services", &self.services),
            ("Tools", &self.tools),
            ("Practices", &self.practices),
            ("Choose it when", &self.choose_when),
            ("It needs", &self.needs),
            ("It hands over", &self.hands_over),
        ] {
            if items.is_empty() {
                continue;
            }
            writeln!(out, "\n{title}")?;
            for item in items {
                writeln!(out, "  {}", visible(item))?;
            }
        }
        let partners = [
            ("begins after", &self.after),
            ("comes before", &self.before),
            ("works beside", &self.parallel),
            ("goes to and fro with", &self.iterative),
        ];
        if partners.iter().any(|(_, ids)| !ids.is_empty()) {
            writeln!(out, "\nWith others")?;
        }
        for (how, ids) in partners.iter().filter(|(_, ids)| !ids.is_empty()) {
            writeln!(out, "  {how} {}", visible(&ids.join(", ")))?;
        }
        Ok(())
    }
}
