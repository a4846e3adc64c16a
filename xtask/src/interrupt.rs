//! What must be undone however the command ends: a server that was started, a folder that was made. An [`Undo`] runs when it
//! is dropped (so on return, on error and on panic), and all that are left run when the command is interrupted.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;

use tokio::signal::unix::{SignalKind, signal};

use crate::failure::{Context, Outcome};

type Action = Box<dyn FnOnce() + Send>;

struct Pending {
    next: u64,
    actions: BTreeMap<u64, Action>,
}

static PENDING: Mutex<Pending> = Mutex::new(Pending { next: 0, actions: BTreeMap::new() });

/// Runs its action when dropped.
pub(crate) struct Undo(u64);

impl Undo {
    pub(crate) fn new(action: impl FnOnce() + Send + 'static) -> Self {
        let mut pending = pending();
        let number = pending.next;
        pending.next += 1;
        pending.actions.insert(number, Box::new(action));
        Self(number)
    }
}

impl Drop for Undo {
    fn drop(&mut self) {
        let action = pending().actions.remove(&self.0);
        if let Some(action) = action {
            action();
        }
    }
}

/// Listens for Ctrl-C and a polite kill: undoes everything, the newest first, and exits as a shell expects.
pub(crate) fn install() -> Outcome {
    let runtime =
        tokio::runtime::Builder::new_current_thread().enable_all().build().context("cannot listen for signals")?;
    thread::spawn(move || {
        runtime.block_on(async {
            let (Ok(mut interrupt), Ok(mut terminate)) =
                (signal(SignalKind::interrupt()), signal(SignalKind::terminate()))
            else {
                return;
            };
            let code = tokio::select! {
                _ = interrupt.recv() => 130,
                _ = terminate.recv() => 143,
            };
            undo_everything();
            std::process::exit(code);
        });
    });
    Ok(())
}

fn undo_everything() {
    // One at a time: an action may itself drop an `Undo`, which needs the lock.
    loop {
        let newest = pending().actions.pop_last();
        let Some((_, action)) = newest else { return };
        action();
    }
}

fn pending() -> MutexGuard<'static, Pending> {
    PENDING.lock().unwrap_or_else(PoisonError::into_inner)
}
