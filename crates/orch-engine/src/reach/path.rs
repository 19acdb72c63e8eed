//! One way of packets to a receiver: gates one after the other, and what is left behind the last.

use std::rc::Rc;
use std::sync::{Arc, LazyLock};

use orch_model::Uid;

use super::admission::Admission;
use super::mark::Mark;
use super::tags::platform;
use crate::netset::{Addresses, Line, Packets};
use crate::value::Reasons;

/// A step that packets pass.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Step<'s> {
    pub(super) mark: Mark<'s>,
    /// Which packets pass it; none means all that pass the gate.
    pub(super) lets: Option<Rc<Admission>>,
    /// The firewall that lets them through.
    pub(super) firewall: Option<&'s Uid>,
}

impl<'s> Step<'s> {
    /// One that all packets of the gate pass.
    pub(super) fn of_all(mark: Mark<'s>) -> Self {
        Self {
            mark,
            lets: None,
            firewall: None,
        }
    }

    fn map(&self, change: &impl Fn(&Packets) -> Packets) -> Self {
        Self {
            mark: self.mark.clone(),
            lets: self.lets.as_ref().map(|lets| Rc::new(lets.map(change))),
            firewall: self.firewall,
        }
    }
}

/// Something that lets packets through or not.
#[derive(Debug, Clone)]
pub(super) struct Gate<'s> {
    pub(super) lets: Admission,
    pub(super) steps: Vec<Step<'s>>,
    /// What to say when it keeps everything out.
    pub(super) stop: Mark<'s>,
}

impl<'s> Gate<'s> {
    /// One that is of no consequence, open or not known.
    pub(super) fn silent(lets: Admission, stop: Mark<'s>) -> Self {
        Self {
            lets,
            steps: Vec::new(),
            stop,
        }
    }

    /// Either of two gates side by side.
    #[must_use]
    pub(super) fn or(mut self, other: Self) -> Self {
        self.lets = self.lets.or(other.lets);
        self.steps.extend(other.steps);
        self
    }
}

/// One way.
#[derive(Debug, Clone)]
pub(super) struct Path<'s> {
    /// What arrives.
    pub(super) lets: Admission,
    pub(super) steps: Vec<Step<'s>>,
    /// Whether nothing is left.
    pub(super) stopped: bool,
    /// The gate behind which nobody of the internet was left.
    pub(super) blocked_by: Option<Mark<'s>>,
    /// How many gates something passed.
    pub(super) passed: usize,
    /// Whether it leads to the receiver's own address and not through a load balancer.
    pub(super) direct: bool,
}

static INTERNET: LazyLock<Arc<Addresses>> = LazyLock::new(|| Arc::new(Addresses::internet()));
static FROM_INTERNET: LazyLock<Packets> = LazyLock::new(|| Packets::from_sources(&INTERNET));

/// The public internet.
pub(super) fn internet() -> &'static Arc<Addresses> {
    &INTERNET
}

/// Every address of these families.
pub(super) fn families(v4: bool, v6: bool) -> Arc<Addresses> {
    static ALL: LazyLock<[Arc<Addresses>; 4]> = LazyLock::new(|| {
        let all = Addresses::all();
        [(false, false), (true, false), (false, true), (true, true)]
            .map(|(v4, v6)| Arc::new(all.of_families(v4, v6)))
    });
    Arc::clone(&ALL[usize::from(v4) + 2 * usize::from(v6)])
}

/// Whether nobody of the internet is let through: the platform that probes health is nobody of it.
pub(super) fn keeps_out(lets: &Admission) -> bool {
    let nobody = |packets: &Packets| {
        Line::ALL
            .iter()
            .flat_map(|line| packets.line(*line))
            .all(|stretch| {
                let sources = &stretch.from_whom;
                Arc::ptr_eq(sources, platform())
                    || sources.v6.is_empty() && sources.v4.count() <= 1 && **sources == **platform()
            })
    };
    nobody(&lets.sure) && lets.open.iter().all(|open| nobody(&open.packets))
}

impl<'s> Path<'s> {
    /// Everything that the internet sends.
    pub(super) fn from_internet() -> Self {
        Self {
            lets: Admission::sure(FROM_INTERNET.clone()),
            steps: Vec::new(),
            stopped: false,
            blocked_by: None,
            passed: 0,
            direct: true,
        }
    }

    /// A way that does not exist, and why.
    pub(super) fn closed(stop: Mark<'s>) -> Self {
        Self {
            lets: Admission::nothing(),
            steps: Vec::new(),
            stopped: true,
            blocked_by: Some(stop),
            passed: 0,
            direct: true,
        }
    }

    /// Leads through a gate.
    pub(super) fn pass(&mut self, gate: &Gate<'s>) {
        if self.stopped {
            return;
        }
        self.lets = self.lets.and(&gate.lets);
        if keeps_out(&self.lets) {
            self.blocked_by.get_or_insert_with(|| gate.stop.clone());
            self.stopped = self.lets.is_nothing();
            return;
        }
        self.passed += 1;
        self.steps.extend_from_slice(&gate.steps);
    }

    /// Another way to the same place.
    pub(super) fn join(&mut self, other: Self) {
        if other.passed >= self.passed {
            self.blocked_by = other.blocked_by.or(self.blocked_by.take());
        }
        self.passed = self.passed.max(other.passed);
        self.lets = std::mem::take(&mut self.lets).or(other.lets);
        if !keeps_out(&self.lets) {
            self.blocked_by = None;
        }
        self.stopped = self.lets.is_nothing();
        for step in other.steps {
            // Several subnets mostly share the beginning of the way, and often its whole.
            if !self.steps.contains(&step) {
                self.steps.push(step);
            }
        }
    }

    /// Leads to other ports, perhaps.
    pub(super) fn redirect(
        &mut self,
        moved: impl Fn(&Packets) -> Packets,
        open: Option<Reasons>,
        stop: Mark<'s>,
    ) {
        if self.stopped {
            return;
        }
        self.lets = self.lets.map(&moved);
        if let Some(why) = open {
            self.lets = self.lets.and(&Admission::unknown(why));
        }
        self.steps = self.steps.iter().map(|step| step.map(&moved)).collect();
        if keeps_out(&self.lets) {
            self.blocked_by.get_or_insert(stop);
            self.stopped = self.lets.is_nothing();
        }
    }
}
