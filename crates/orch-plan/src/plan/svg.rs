//! Plans as pictures (SVG): a Gantt chart with its ranges, and how far each phase is.

use std::fmt::Write as _;

use chrono::{Datelike as _, Days, NaiveDate};
use orch_report::visible;

use super::view::{PlanView, TaskView};
use crate::project::State;

/// All sizes are pixels.
const WIDTH: u32 = 1200;
const LABELS: u32 = 470;
const ROW: u32 = 22;
const HEAD: u32 = 74;
const FOOT: u32 = 44;
const MARGIN: u32 = 16;
/// So many letters of a title fit beside the bars.
const LETTERS: usize = 62;
/// More weeks than these are not all named.
const NAMED_WEEKS: u32 = 12;

/// Colours that differ in brightness as well, for print and for eyes that see few.
const INK: &str = "#1f2933";
const FAINT: &str = "#7b8794";
const LINE: &str = "#e4e7eb";
const DONE: &str = "#9aa5b1";
const ACTIVE: &str = "#2f80c3";
const OPEN: &str = "#a9cdec";
const CRITICAL: &str = "#d64545";

/// A Gantt chart: likely bars, thin lines to the worst dates, what is critical in red, today and the target.
pub fn gantt_svg(plan: &PlanView) -> String {
    let axis = Axis::of(plan);
    let rows = plan.tasks.len() + plan.phases.iter().filter(|phase| phase.of > 0).count();
    let bottom = HEAD + ROW * u32::try_from(rows).unwrap_or(0);
    let height = bottom + FOOT;
    let mut body = String::new();
    axis.weeks(&mut body, bottom);
    let mut y = HEAD;
    for phase in plan.phases.iter().filter(|phase| phase.of > 0) {
        let milestone = phase.milestone.as_ref();
        let title = match milestone {
            Some(milestone) => format!("{} \u{2192} {milestone}", phase.title),
            None => phase.title.clone(),
        };
        text(
            &mut body,
            MARGIN,
            y + 15,
            INK,
            "600",
            &short(&title, LETTERS),
        );
        y += ROW;
        for task in plan.tasks.iter().filter(|task| task.phase == phase.id) {
            bar(&mut body, &axis, task, y);
            y += ROW;
        }
    }
    axis.mark(&mut body, plan.today, bottom, INK, "today");
    if let Some(target) = &plan.target {
        axis.mark(&mut body, target.date, bottom, CRITICAL, "target");
    }
    legend(&mut body, bottom + 26);
    let end = format!(
        "{} to {}; ends {} at best, {} likely, {} at worst",
        plan.start, plan.end[1], plan.end[0], plan.end[1], plan.end[2]
    );
    page(&plan.name, &end, height, &body)
}

/// How many tasks of each phase are done, begun, open.
pub fn progress_svg(plan: &PlanView) -> String {
    let mut body = String::new();
    let mut y = HEAD;
    let started: usize = plan.phases.iter().map(|phase| phase.started).sum();
    let all = [("All of it", plan.done, started, plan.of)];
    let phases = plan.phases.iter().filter(|phase| phase.of > 0);
    let rows = phases.map(|phase| (phase.title.as_str(), phase.done, phase.started, phase.of));
    let room = f64::from(WIDTH - LABELS - 2 * MARGIN - 120);
    for (title, done, started, of) in all.into_iter().chain(rows) {
        text(
            &mut body,
            MARGIN,
            y + 15,
            INK,
            "400",
            &short(title, LETTERS),
        );
        let part = |count: usize| room * count as f64 / of.max(1) as f64;
        let mut x = f64::from(LABELS);
        let parts = [
            (done, DONE),
            (started, ACTIVE),
            (of.saturating_sub(done + started), OPEN),
        ];
        for (count, colour) in parts {
            let width = part(count);
            rect(&mut body, (x, y + 4), (width, ROW - 8), colour);
            x += width;
        }
        let percent = done * 100 / of.max(1);
        let said = format!("{percent} % ({done}/{of})");
        text(&mut body, WIDTH - MARGIN - 110, y + 15, INK, "400", &said);
        y += ROW;
    }
    let legend = [("done", DONE), ("in progress", ACTIVE), ("open", OPEN)];
    keys(&mut body, y + 20, &legend);
    let said = format!("{} of {} tasks done on {}", plan.done, plan.of, plan.today);
    page(&plan.name, &said, y + FOOT, &body)
}

/// From days to pixels.
struct Axis {
    first: NaiveDate,
    days: i64,
}

impl Axis {
    fn of(plan: &PlanView) -> Self {
        let firsts = plan.tasks.iter().map(|task| task.first).chain([plan.start]);
        let first = firsts.min().unwrap_or(plan.start);
        let target = plan.target.as_ref().map(|target| target.date);
        let lasts = plan.end.into_iter().chain([plan.today]).chain(target);
        let last = lasts.max().unwrap_or(first);
        Self {
            first,
            days: (last - first).num_days().max(6) + 1,
        }
    }

    /// The left edge of a day.
    fn x(&self, date: NaiveDate) -> f64 {
        let day = (date - self.first).num_days().clamp(0, self.days);
        let room = f64::from(WIDTH - LABELS - MARGIN);
        f64::from(LABELS) + room * day as f64 / self.days as f64
    }

    /// The right edge of a day.
    fn end(&self, date: NaiveDate) -> f64 {
        self.x(date.checked_add_days(Days::new(1)).unwrap_or(date))
    }

    /// A line for each Monday, with its date where there is room.
    fn weeks(&self, out: &mut String, bottom: u32) {
        let weeks = u32::try_from(self.days / 7 + 1).unwrap_or(1);
        let every = weeks.div_ceil(NAMED_WEEKS).max(1);
        let days = self
            .first
            .iter_days()
            .take(usize::try_from(self.days).unwrap_or(0));
        let mondays = days.filter(|day| day.weekday() == chrono::Weekday::Mon);
        for (at, monday) in mondays.enumerate() {
            let x = self.x(monday);
            let _ = writeln!(
                out,
                r#"<line x1="{x:.1}" y1="{}" x2="{x:.1}" y2="{bottom}" stroke="{LINE}"/>"#,
                HEAD - 4
            );
            if (at as u32).is_multiple_of(every) {
                let _ = writeln!(
                    out,
                    r#"<text x="{:.1}" y="{}" fill="{FAINT}" font-size="11">{}</text>"#,
                    x + 2.0,
                    HEAD - 8,
                    monday.format("%d %b")
                );
            }
        }
    }

    fn mark(&self, out: &mut String, date: NaiveDate, bottom: u32, colour: &str, name: &str) {
        let end = self
            .first
            .checked_add_days(Days::new(self.days.unsigned_abs()));
        if date < self.first || end.is_none_or(|end| date > end) {
            return;
        }
        let x = self.x(date);
        let _ = writeln!(
            out,
            r#"<line x1="{x:.1}" y1="{}" x2="{x:.1}" y2="{bottom}" stroke="{colour}" stroke-dasharray="4 3"/><text x="{x:.1}" y="{}" fill="{colour}" font-size="11" text-anchor="middle">{name}</text>"#,
            HEAD - 4,
            bottom + 12
        );
    }
}

fn bar(out: &mut String, axis: &Axis, task: &TaskView, y: u32) {
    let said = format!("{} \u{b7} {}", task.owner, task.title);
    text(out, MARGIN + 12, y + 15, INK, "400", &short(&said, LETTERS));
    let colour = match (task.state, task.critical) {
        (State::Done | State::Dropped, _) => DONE,
        (State::Started, false) => ACTIVE,
        (State::Pending, false) => OPEN,
        (_, true) => CRITICAL,
    };
    let (start, end) = (axis.x(task.first), axis.end(task.last[1].max(task.first)));
    let _ = writeln!(
        out,
        "<g><title>{}: {} to {}, {} at best, {} at worst</title>",
        escaped(&said),
        task.first,
        task.last[1],
        task.last[0],
        task.last[2]
    );
    rect(out, (start, y + 4), (end - start, ROW - 8), colour);
    let worst = axis.end(task.last[2]);
    if worst > end + 1.0 && task.state != State::Done {
        let middle = y + ROW / 2;
        let _ = writeln!(
            out,
            r#"<line x1="{end:.1}" y1="{middle}" x2="{worst:.1}" y2="{middle}" stroke="{FAINT}" stroke-width="1.5"/><line x1="{worst:.1}" y1="{}" x2="{worst:.1}" y2="{}" stroke="{FAINT}" stroke-width="1.5"/>"#,
            middle - 4,
            middle + 4
        );
    }
    out.push_str("</g>\n");
}

fn legend(out: &mut String, y: u32) {
    let all = [
        ("done", DONE),
        ("in progress", ACTIVE),
        ("open", OPEN),
        ("critical: late here is late at the end", CRITICAL),
        ("thin line: to the worst date", FAINT),
    ];
    keys(out, y, &all);
}

fn keys(out: &mut String, y: u32, all: &[(&str, &str)]) {
    let mut x = MARGIN;
    for (name, colour) in all {
        rect(out, (f64::from(x), y - 9), (12.0, 10), colour);
        text(out, x + 18, y, FAINT, "400", name);
        x += 50 + 7 * u32::try_from(name.len()).unwrap_or(0);
    }
}

fn rect(out: &mut String, (x, y): (f64, u32), (width, height): (f64, u32), colour: &str) {
    if width <= 0.0 {
        return;
    }
    let _ = writeln!(
        out,
        r#"<rect x="{x:.1}" y="{y}" width="{width:.1}" height="{height}" rx="2" fill="{colour}"/>"#
    );
}

fn text(out: &mut String, x: u32, y: u32, colour: &str, weight: &str, said: &str) {
    let _ = writeln!(
        out,
        r#"<text x="{x}" y="{y}" fill="{colour}" font-weight="{weight}">{}</text>"#,
        escaped(said)
    );
}

fn page(name: &str, said: &str, height: u32, body: &str) -> String {
    let (name, said) = (escaped(name), escaped(said));
    format!(
        r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img" font-family="system-ui, 'Segoe UI', 'DejaVu Sans', sans-serif" font-size="12">
<title>{name}</title>
<desc>{said}</desc>
<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>
<text x="{MARGIN}" y="26" fill="{INK}" font-size="17" font-weight="600">{name}</text>
<text x="{MARGIN}" y="46" fill="{FAINT}">{said}</text>
{body}</svg>
"##
    )
}

fn short(text: &str, letters: usize) -> String {
    if text.chars().count() <= letters {
        return text.to_owned();
    }
    let head: String = text.chars().take(letters - 1).collect();
    format!("{}\u{2026}", head.trim_end())
}

/// Text that is nothing but text in XML.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in visible(text).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            // What XML does not allow at all.
            '\u{fffe}' | '\u{ffff}' => {}
            other => out.push(other),
        }
    }
    out
}
