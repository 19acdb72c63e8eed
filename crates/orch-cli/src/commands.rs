//! From what was typed to the call that does it.

use orch_app::{
    AppError, AuditRequest, Cancel, CatalogueRequest, CollectRequest, CostRequest, DoctorRequest,
    Exit, RawOptions, RightsizeRequest, Setup, View, Watch,
};

use crate::args::{
    self, Audit, Catalog, Collect, Command, Config, Cost, Doctor, Permissions, Rightsize, Rule,
    Shared,
};
use crate::{ending, progress, signals, terminal};

pub(crate) type Ended = Result<Option<Exit>, AppError>;

/// What becomes of what was read when the reading is stopped.
const KEPT: &str = "what was read is kept";
const REPORTED: &str = "what was read so far is reported, and not kept without --save";
const ONLY_REPORTED: &str = "what was read so far is reported, and not kept";
const LOST: &str = "nothing is kept";

/// Runs a command. Nothing as its end means that it only had to print.
pub(crate) fn run(command: Command) -> Ended {
    match command {
        Command::Audit(audit) => self::audit(*audit),
        Command::Collect(collect) => self::collect(*collect),
        Command::Cost(cost) => self::cost(*cost),
        Command::Rightsize(rightsize) => self::rightsize(*rightsize),
        Command::Catalog(catalog) => self::catalog(catalog),
        Command::Project(project) => crate::project::project(*project),
        Command::Brief(brief) => print(&crate::brief::brief(*brief)?),
        Command::Review(review) => print(&crate::brief::review(*review)?),
        Command::Rule(rule) => self::rule(rule),
        Command::Plan(plan) => crate::plan::plan(plan),
        Command::Specialist(specialist) => crate::plan::specialist(specialist),
        Command::Permissions(permissions) => self::permissions(*permissions),
        Command::Doctor(doctor) => self::doctor(*doctor),
        Command::Config(Config::Check { shared }) => {
            let said = orch_app::check_config(&setup(RawOptions::default(), shared))?;
            print(&said)
        }
        Command::Completions { shell } => {
            let script = args::completions(shell);
            terminal::print(|out| out.write_all(&script)).map_err(broken_output)?;
            Ok(None)
        }
    }
}

fn audit(audit: Audit) -> Ended {
    if let Some(output) = &audit.output {
        orch_app::check_output(output)?;
    }
    let options = audit.rules.options(audit.live.options());
    let options = RawOptions {
        tags: audit.tag,
        severity: audit.severity,
        group_by: audit.group_by,
        format: audit.format,
        derived_prices: audit.derived_prices,
        fail_on: audit.fail_on,
        allow_gaps: audit.allow_gaps,
        ..options
    };
    let request = AuditRequest {
        setup: setup(options, audit.shared),
        snapshot: audit.snapshot,
        save: audit.save,
    };
    if audit.plan {
        let plan = watched(Some(LOST), |watch| orch_app::plan(&request, watch))?;
        let width = terminal::width();
        terminal::print(|out| plan.write(width, out)).map_err(broken_output)?;
        return Ok(Some(plan.exit()));
    }
    let stopped = match (&request.snapshot, &request.save) {
        (Some(_), _) => None,
        (None, Some(_)) => Some(KEPT),
        (None, None) => Some(REPORTED),
    };
    let outcome = watched(stopped, |watch| orch_app::audit(&request, watch))?;
    let written = match &audit.output {
        Some(path) => {
            let view = outcome.view(terminal::width(), false);
            orch_app::write_output(path, |out| outcome.write(&view, out))
        }
        None => {
            let colour = terminal::colour(terminal::stdout_is_terminal());
            let view: View = outcome.view(terminal::width(), colour);
            terminal::print(|out| outcome.write(&view, out)).map_err(broken_output)
        }
    };
    // Also where the report is lost: what was read is not.
    if let Some(kept) = &outcome.kept {
        ending::say(&orch_app::visible_lines(&format!("orch: {kept}")));
    }
    written?;
    Ok(Some(outcome.exit))
}

fn rightsize(rightsize: Rightsize) -> Ended {
    if let Some(output) = &rightsize.output {
        orch_app::check_output(output)?;
        if let Some(bill) = &rightsize.focus {
            orch_app::check_is_not_read(output, bill)?;
        }
    }
    let request = RightsizeRequest {
        setup: Setup {
            options: RawOptions {
                catalog: rightsize.catalog,
                ..rightsize.live.options()
            },
            config: rightsize.config,
        },
        snapshot: rightsize.snapshot,
        focus: rightsize.focus,
        preset: rightsize.preset,
        lookback: rightsize.lookback,
        assume_memory: rightsize.assume_memory,
        effort: rightsize.effort,
        other_architecture: rightsize.other_architecture,
        burstable: rightsize.burstable,
        published_prices: rightsize.published_prices,
        top: rightsize.top,
        format: rightsize.format,
    };
    let fetches = request.focus.as_deref().is_some_and(orch_app::is_remote);
    let stopped = match &request.snapshot {
        None => Some(ONLY_REPORTED),
        Some(_) => fetches.then_some(LOST),
    };
    let outcome = watched(stopped, |watch| orch_app::rightsize(&request, watch))?;
    let view = View {
        width: terminal::width(),
        colour: false,
        group_by: None,
    };
    match &rightsize.output {
        Some(path) => orch_app::write_output(path, |out| outcome.write(&view, out))?,
        None => terminal::print(|out| outcome.write(&view, out)).map_err(broken_output)?,
    }
    Ok(Some(outcome.exit))
}

fn collect(collect: Collect) -> Ended {
    let request = CollectRequest {
        setup: Setup {
            options: collect.live.options(),
            config: collect.config,
        },
        out: collect.out,
        resume: collect.resume,
    };
    let outcome = watched(Some(KEPT), |watch| orch_app::collect(&request, watch))?;
    print(&outcome.text)?;
    Ok(Some(outcome.exit))
}

fn cost(cost: Cost) -> Ended {
    let directory = cost.output.as_deref().filter(|output| output.is_dir());
    if let Some(output) = cost.output.as_deref().filter(|_| directory.is_none()) {
        orch_app::check_output(output)?;
        if let Some(bill) = &cost.focus {
            orch_app::check_is_not_read(output, bill)?;
        }
    }
    let request = CostRequest {
        setup: Setup {
            options: cost.live.options(),
            config: cost.config,
        },
        snapshot: cost.snapshot,
        focus: cost.focus,
        days: cost.days,
        group_by: cost.group_by,
        basis: cost.basis,
        top: cost.top,
        format: cost.format,
        fail_on: cost.fail_on,
        rates: cost.rates,
        commitments: cost.commitments,
        discount: cost.discount,
        rightsized: cost.rightsized,
    };
    let local = request
        .focus
        .as_deref()
        .is_some_and(|path| !orch_app::is_remote(path));
    let stopped = match &request.focus {
        Some(_) if local => None,
        Some(_) => Some(LOST),
        None => request.snapshot.is_none().then_some(ONLY_REPORTED),
    };
    let outcome = watched(stopped, |watch| orch_app::cost(&request, watch))?;
    let plain = View {
        width: terminal::width(),
        colour: false,
        group_by: None,
    };
    match (&cost.output, directory) {
        (Some(_), Some(directory)) => outcome.write_all(directory, plain)?,
        (Some(path), None) => orch_app::write_output(path, |out| outcome.write(plain, out))?,
        (None, _) => {
            let view = View {
                colour: terminal::colour(terminal::stdout_is_terminal()),
                ..plain
            };
            terminal::print(|out| outcome.write(view, out)).map_err(broken_output)?;
        }
    }
    Ok(Some(outcome.exit))
}

fn catalog(catalog: Catalog) -> Ended {
    match catalog {
        Catalog::Update {
            provider,
            regions,
            dir,
            config,
        } => {
            let options = RawOptions {
                provider: Some(provider),
                regions,
                ..RawOptions::default()
            };
            let setup = Setup { options, config };
            let request = CatalogueRequest { setup, dir };
            let updated = watched(Some(KEPT), |watch| {
                orch_app::catalog_update(&request, watch)
            })?;
            print(&updated.text)?;
            Ok(Some(updated.exit))
        }
        Catalog::Show {
            provider,
            dir,
            config,
        } => {
            let options = RawOptions {
                provider,
                ..RawOptions::default()
            };
            let shown = orch_app::catalog_show(&Setup { options, config }, dir)?;
            let width = terminal::width();
            terminal::print(|out| shown.write(width, out)).map_err(broken_output)?;
            Ok(None)
        }
    }
}

fn doctor(doctor: Doctor) -> Ended {
    let request = DoctorRequest {
        setup: Setup {
            options: doctor.live.options(),
            config: doctor.config,
        },
        charged: doctor.charged,
    };
    let diagnosis = watched(Some(LOST), |watch| orch_app::doctor(&request, watch))?;
    let width = terminal::width();
    terminal::print(|out| diagnosis.write(width, out)).map_err(broken_output)?;
    Ok(Some(diagnosis.exit()))
}

fn permissions(permissions: Permissions) -> Ended {
    let options = RawOptions {
        provider: permissions.provider,
        ..RawOptions::default()
    };
    let setup = setup(permissions.rules.options(options), permissions.shared);
    print(&orch_app::permissions(&setup)?)
}

fn rule(rule: Rule) -> Ended {
    let none = RawOptions::default;
    match rule {
        Rule::List { rules, shared } => {
            let list = orch_app::rules::list(&setup(rules.options(none()), shared))?;
            let width = terminal::width();
            terminal::print(|out| list.write(width, out)).map_err(broken_output)?;
            Ok(None)
        }
        Rule::Explain { id, shared } => {
            print(&orch_app::rules::explain(&setup(none(), shared), &id)?)
        }
        Rule::Lint { shared } => print(&orch_app::rules::lint(&setup(none(), shared))?),
        Rule::Test { ids, shared } => {
            let outcome = orch_app::rules::test(&setup(none(), shared), &ids)?;
            print(&outcome.text)?;
            Ok(Some(outcome.exit))
        }
        Rule::New { id, kind } => print(&orch_app::rules::new(&id, &kind)?),
        Rule::Eval {
            expression,
            resource,
        } => print(&orch_app::rules::eval(&expression, resource.as_deref())?),
    }
}

pub(crate) fn setup(options: RawOptions, shared: Shared) -> Setup {
    Setup {
        options: RawOptions {
            rules_dirs: shared.rules,
            catalog: shared.catalog,
            ..options
        },
        config: shared.config,
    }
}

/// Runs something. Where it reads a cloud, progress is shown and Ctrl-C is heard; `stopped` says what becomes of
/// what was read then.
fn watched<T>(
    stopped: Option<&'static str>,
    work: impl FnOnce(&Watch) -> Result<T, AppError>,
) -> Result<T, AppError> {
    let cancel = Cancel::new();
    let Some(stopped) = stopped else {
        return work(&Watch {
            cancel,
            events: None,
            now: now(),
        });
    };
    let (events, display) = progress::display();
    signals::listen(cancel.clone(), stopped);
    let watch = Watch {
        cancel,
        events,
        now: now(),
    };
    let done = work(&watch);
    drop(watch);
    display.end();
    done
}

/// The edge of the program reads the clock; everything behind it is told the time.
pub(crate) fn now() -> orch_app::Time {
    std::time::SystemTime::now().into()
}

/// What rule files and snapshots say is in the text: none of it may move the cursor.
pub(crate) fn print(text: &str) -> Ended {
    let text = orch_app::visible_lines(text);
    terminal::print(|out| out.write_all(text.as_bytes())).map_err(broken_output)?;
    Ok(None)
}

pub(crate) fn broken_output(source: std::io::Error) -> AppError {
    AppError::Write {
        path: "standard output".into(),
        source,
    }
}
