//! Writes what is read in the background and in order, so that no disk makes a tokio worker wait.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use orch_model::{Call, Read, Scope, Text};
use orch_snapshot::{Item, Partial, Shard, SnapshotError};
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// Which read an item belongs to.
pub(crate) type ReadId = (Scope, Text);

/// One thing to write.
#[derive(Debug)]
pub(crate) enum Order {
    Call(Call),
    Items(ReadId, Vec<Item>),
    /// The answer comes when the read is durable.
    Finish(Box<Read>, oneshot::Sender<()>),
    /// The answer comes when everything before it is written.
    Flush(oneshot::Sender<()>),
}

/// A queue that is worked off by at most one blocking thread, which lives while there is work.
#[derive(Debug, Clone)]
pub(crate) struct Writer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    partial: Partial,
    runtime: Handle,
    queue: Mutex<Queue>,
    shards: Mutex<HashMap<ReadId, Shard>>,
    /// Cancelled with the first failure: a collection that cannot be kept must not go on.
    failed: CancellationToken,
    failure: Mutex<Option<SnapshotError>>,
}

#[derive(Debug, Default)]
struct Queue {
    orders: VecDeque<Order>,
    working: bool,
    /// The worker that was started last.
    worker: Option<JoinHandle<()>>,
}

impl Writer {
    /// A writer into a collection, on the runtime it is called from.
    pub(crate) fn new(partial: &Partial) -> Self {
        Self(Arc::new(Shared {
            partial: partial.clone(),
            runtime: Handle::current(),
            queue: Mutex::default(),
            shards: Mutex::default(),
            failed: CancellationToken::new(),
            failure: Mutex::new(None),
        }))
    }

    /// Queues an order.
    pub(crate) fn send(&self, order: Order) {
        let mut queue = locked(&self.0.queue);
        queue.orders.push_back(order);
        if !queue.working {
            queue.working = true;
            let writer = self.clone();
            queue.worker = Some(self.0.runtime.spawn_blocking(move || writer.work()));
        }
    }

    /// Records a read; returns when it is durable, or false when writing failed.
    pub(crate) async fn finish(&self, read: Read) -> bool {
        let (done, wait) = oneshot::channel();
        self.send(Order::Finish(Box::new(read), done));
        wait.await.is_ok()
    }

    /// Returns when everything is written, with what went wrong.
    pub(crate) async fn flush(&self) -> Result<(), SnapshotError> {
        let (done, wait) = oneshot::channel();
        self.send(Order::Flush(done));
        // The answer is dropped exactly when there is a failure to take.
        let _ = wait.await;
        // The worker holds the collection open until it has ended.
        let worker = locked(&self.0.queue).worker.take();
        if let Some(worker) = worker {
            // It does not panic, and there would be nothing to do about it.
            let _ = worker.await;
        }
        locked(&self.0.failure).take().map_or(Ok(()), Err)
    }

    /// Cancelled when writing has failed.
    pub(crate) fn failed(&self) -> &CancellationToken {
        &self.0.failed
    }

    fn work(&self) {
        let mut shards = locked(&self.0.shards);
        loop {
            let order = {
                let mut queue = locked(&self.0.queue);
                match queue.orders.pop_front() {
                    Some(order) => order,
                    None => {
                        // The next worker may take the shards only after this one let go of them.
                        drop(shards);
                        queue.working = false;
                        return;
                    }
                }
            };
            if self.0.failed.is_cancelled() {
                continue;
            }
            if let Err(error) = self.write(&mut shards, order) {
                *locked(&self.0.failure) = Some(error);
                self.0.failed.cancel();
            }
        }
    }

    fn write(
        &self,
        shards: &mut HashMap<ReadId, Shard>,
        order: Order,
    ) -> Result<(), SnapshotError> {
        let partial = &self.0.partial;
        match order {
            Order::Call(call) => partial.call(&call)?,
            Order::Items(id, items) => {
                let mut shard = shards
                    .remove(&id)
                    .unwrap_or_else(|| partial.shard(&id.0, &id.1));
                for item in items {
                    shard.push(item)?;
                }
                shards.insert(id, shard);
            }
            Order::Finish(read, done) => {
                let id = (read.scope.clone(), read.collector.clone());
                let shard = shards
                    .remove(&id)
                    .unwrap_or_else(|| partial.shard(&id.0, &id.1));
                partial.finish(shard, *read)?;
                // Whoever waited may have been stopped.
                let _ = done.send(());
            }
            Order::Flush(done) => drop(done.send(())),
        }
        Ok(())
    }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
