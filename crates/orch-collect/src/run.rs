//! What everything in one run shares: cancellation, ledger, budget, circuits, progress.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, PoisonError};

use orch_model::{Call, Cause, Gap, Scope, Text};
use rust_decimal::Decimal;
use tokio::sync::mpsc::UnboundedSender;
use tokio_util::sync::CancellationToken;

use crate::circuit::Circuit;
use crate::writer::{Order, Writer};
use crate::{CollectSettings, Progress};

/// Why a call is not made again in a run in which every call is made once.
const ASKED_ONCE: &str = "asked once already";

/// One run. Clones share everything.
#[derive(Debug, Clone)]
pub struct Run(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    cancel: CancellationToken,
    circuit: Circuit,
    budget: Decimal,
    /// What charged calls cost so far, by account.
    spent: Mutex<BTreeMap<Text, Decimal>>,
    /// What each collector asked so far, where it may ask everything once only.
    asked: Option<Mutex<BTreeSet<Asked>>>,
    ledger: Mutex<Ledger>,
    events: Option<UnboundedSender<Progress>>,
}

/// A collector, its scope and what it called.
type Asked = (Scope, Text, Text);

/// Calls are kept until there is a directory to write them to: discovery comes before it.
#[derive(Debug)]
enum Ledger {
    Kept(Vec<Call>),
    Written(Writer),
}

impl Run {
    /// A run that tells its progress to `events`. Cancelling `cancel` ends it and keeps what was read.
    pub fn new(
        settings: &CollectSettings,
        cancel: CancellationToken,
        events: Option<UnboundedSender<Progress>>,
    ) -> Self {
        Self(Arc::new(Shared {
            cancel,
            circuit: Circuit::new(settings.circuit),
            budget: settings.max_api_cost,
            spent: Mutex::default(),
            asked: settings.once.then(Mutex::default),
            ledger: Mutex::new(Ledger::Kept(Vec::new())),
            events,
        }))
    }

    /// The user's wish to stop.
    pub fn cancel(&self) -> &CancellationToken {
        &self.0.cancel
    }

    /// Tells an event.
    pub fn emit(&self, event: Progress) {
        if let Some(events) = &self.0.events {
            // Nobody listening is no reason to stop.
            let _ = events.send(event);
        }
    }

    /// Adds a call that has ended to the ledger, and tells it.
    pub fn record(&self, call: Call) {
        self.emit(Progress::Call(call.clone()));
        match &mut *self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner) {
            Ledger::Kept(calls) => calls.push(call),
            Ledger::Written(writer) => writer.send(Order::Call(call)),
        }
    }

    /// The calls that are not in a directory: all of a run that only plans.
    pub fn calls(&self) -> Vec<Call> {
        match &*self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner) {
            Ledger::Kept(calls) => calls.clone(),
            Ledger::Written(_) => Vec::new(),
        }
    }

    /// From now on calls go to the writer, those made so far first.
    pub(crate) fn write_calls_to(&self, writer: &Writer) {
        let mut ledger = self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner);
        let written = Ledger::Written(writer.clone());
        if let Ledger::Kept(calls) = std::mem::replace(&mut *ledger, written) {
            for call in calls {
                writer.send(Order::Call(call));
            }
        }
    }

    /// Calls are kept again, and the writer is let go.
    pub(crate) fn keep_calls(&self) {
        *self.0.ledger.lock().unwrap_or_else(PoisonError::into_inner) = Ledger::Kept(Vec::new());
    }

    /// Sets money aside for a charged call, before it is made.
    ///
    /// # Errors
    /// When the account's limit does not allow it; then the call must not be made.
    pub fn charge(&self, scope: &Scope, usd: Decimal) -> Result<(), Gap> {
        let mut spent = self.0.spent.lock().unwrap_or_else(PoisonError::into_inner);
        let spent = spent.entry(scope.account.clone()).or_default();
        if *spent + usd > self.0.budget {
            return Err(Gap::new(
                Cause::BudgetReached,
                format!("limit of {} USD an account", self.0.budget.normalize()),
            ));
        }
        *spent += usd;
        Ok(())
    }

    /// Counts what an earlier, interrupted run spent: the limit is one for all of a collection.
    pub(crate) fn spent_before(&self, calls: &[Call]) {
        let mut spent = self.0.spent.lock().unwrap_or_else(PoisonError::into_inner);
        for call in calls {
            if let Some(scope) = &call.scope {
                *spent.entry(scope.account.clone()).or_default() += call.charge_usd;
            }
        }
    }

    /// What charged calls cost so far, by account.
    pub fn spent(&self) -> BTreeMap<Text, Decimal> {
        self.0
            .spent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Whether a collector may make a call, before it is made. Only a run in which every call is made once
    /// refuses any; discovery is never refused.
    ///
    /// # Errors
    /// When it made that call before.
    pub fn ask(
        &self,
        scope: Option<&Scope>,
        collector: Option<&Text>,
        operation: &str,
    ) -> Result<(), Gap> {
        let (Some(asked), Some(scope), Some(collector)) = (&self.0.asked, scope, collector) else {
            return Ok(());
        };
        let mut asked = asked.lock().unwrap_or_else(PoisonError::into_inner);
        if asked.insert((scope.clone(), collector.clone(), Text::new(operation))) {
            Ok(())
        } else {
            Err(Gap::new(Cause::Cancelled, ASKED_ONCE))
        }
    }

    /// Whether a request may be sent to a host.
    ///
    /// # Errors
    /// When the host did not answer several times in a row.
    pub fn admit(&self, host: &str) -> Result<(), Gap> {
        self.0.circuit.admit(host)
    }

    /// A host answered, whatever it said.
    pub fn host_answered(&self, host: &str) {
        self.0.circuit.answered(host);
    }

    /// A host refused the connection or did not answer in time; true when it is left alone from now on.
    pub fn host_failed(&self, host: &str) -> bool {
        self.0.circuit.failed(host)
    }
}
