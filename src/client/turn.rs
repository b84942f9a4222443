//! Turns within one tab: who comes while somebody works waits until that work is done.

use std::cell::{Cell, RefCell};
use std::task::{Poll, Waker};

/// One thing at a time, in this tab. Not for threads.
#[derive(Default)]
pub(super) struct Turn {
    taken: Cell<bool>,
    waiting: RefCell<Vec<Waker>>,
}

/// Somebody's turn; it ends when this is dropped, also if the work was given up.
pub(super) struct MyTurn<'a>(&'a Turn);

impl Turn {
    /// Waits for a turn.
    pub(super) async fn take(&self) -> MyTurn<'_> {
        std::future::poll_fn(|context| {
            if self.taken.replace(true) {
                self.waiting.borrow_mut().push(context.waker().clone());
                Poll::Pending
            } else {
                Poll::Ready(())
            }
        })
        .await;
        MyTurn(self)
    }
}

impl Drop for MyTurn<'_> {
    fn drop(&mut self) {
        self.0.taken.set(false);
        // All are woken, the first one takes the turn: a waiter that was given up cannot stop the others.
        for waker in self.0.waiting.take() {
            waker.wake();
        }
    }
}
