//! An async mutex for one thread: for futures of one tab that must not run at the same time.

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};

/// A mutex between the futures of one thread.
#[derive(Default)]
pub(super) struct LocalMutex {
    is_locked: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// Unlocks the mutex when dropped, also if the future that holds it is dropped.
pub(super) struct LocalMutexGuard<'a>(&'a LocalMutex);

impl LocalMutex {
    /// Waits until the mutex is free, and locks it.
    pub(super) async fn lock(&self) -> LocalMutexGuard<'_> {
        std::future::poll_fn(|context| {
            if self.is_locked.replace(true) {
                self.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        LocalMutexGuard(self)
    }
}

impl Drop for LocalMutexGuard<'_> {
    fn drop(&mut self) {
        self.0.is_locked.set(false);
        // Wakes all; the first one locks. A waiting future that was dropped cannot block the others.
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }
}
