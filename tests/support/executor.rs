//! Steps futures on one thread. A future that waits for something nobody will do is a failed test, not a
//! test that hangs.

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use super::random::Random;

/// More polls than any login needs: one that takes more goes round in a circle.
const MAX_POLLS: usize = 10_000;

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

impl Woken {
    fn take(&self) -> bool {
        self.0.swap(false, Ordering::Relaxed)
    }
}

/// Runs one future to its end.
pub(crate) fn block_on<T>(future: impl Future<Output = T>) -> T {
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(Arc::clone(&woken));
    let mut future = pin!(future);
    for _ in 0..MAX_POLLS {
        if let Poll::Ready(value) = future.as_mut().poll(&mut Context::from_waker(&waker)) {
            return value;
        }
        assert!(woken.take(), "the future waits and nobody will wake it");
    }
    panic!("the future never ends");
}

/// Runs two futures in turn, so that each goes on while the other waits.
pub(crate) fn both<A, B>(first: impl Future<Output = A>, second: impl Future<Output = B>) -> (A, B) {
    let (mut first, mut second) = (pin!(first), pin!(second));
    let (mut first_done, mut second_done) = (None, None);
    block_on(std::future::poll_fn(|context| {
        if first_done.is_none()
            && let Poll::Ready(value) = first.as_mut().poll(context)
        {
            first_done = Some(value);
        }
        if second_done.is_none()
            && let Poll::Ready(value) = second.as_mut().poll(context)
        {
            second_done = Some(value);
        }
        if first_done.is_some() && second_done.is_some() { Poll::Ready(()) } else { Poll::Pending }
    }));
    (first_done.unwrap(), second_done.unwrap())
}

/// Goes one step, which is not the last one.
pub(crate) fn step<T>(future: Pin<&mut impl Future<Output = T>>) {
    assert!(future.poll(&mut Context::from_waker(Waker::noop())).is_pending(), "it is done already");
}

/// Something that a person or a tab does.
pub(crate) type Task<'a> = Pin<Box<dyn Future<Output = ()> + 'a>>;

/// Runs all tasks to their end, each step by a task that chance picks from those that can go on.
pub(crate) fn run_all(tasks: Vec<Task<'_>>, random: &mut Random) {
    let mut tasks: Vec<(Task<'_>, Arc<Woken>)> =
        tasks.into_iter().map(|task| (task, Arc::new(Woken(AtomicBool::new(true))))).collect();
    for _ in 0..MAX_POLLS {
        if tasks.is_empty() {
            return;
        }
        let ready: Vec<usize> = (0..tasks.len()).filter(|&at| tasks[at].1.0.load(Ordering::Relaxed)).collect();
        assert!(!ready.is_empty(), "{} tasks wait and nobody will wake them", tasks.len());
        let at = ready[random.below(ready.len())];
        let (task, woken) = &mut tasks[at];
        woken.take();
        let waker = Waker::from(Arc::clone(woken));
        if task.as_mut().poll(&mut Context::from_waker(&waker)).is_ready() {
            drop(tasks.swap_remove(at));
        }
    }
    panic!("the tasks never end");
}

/// Lets the others go on `times` times.
pub(crate) async fn pause(times: usize) {
    let mut left = times;
    std::future::poll_fn(|context| {
        if left == 0 {
            return Poll::Ready(());
        }
        left -= 1;
        context.waker().wake_by_ref();
        Poll::Pending
    })
    .await;
}
