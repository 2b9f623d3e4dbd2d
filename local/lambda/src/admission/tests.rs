//! The order of admission, without instances.

use std::cell::Cell;
use std::pin::Pin;

use futures_util::FutureExt;

use super::*;

type Waiting<'a> = Pin<Box<dyn Future<Output = Option<Admission<u32>>> + 'a>>;

fn caller(queue: &Queue) -> Waiting<'_> {
    let reservation = queue.reserve_now().unwrap();
    Box::pin(queue.admit(reservation, || None))
}

fn event(queue: &Queue) -> Waiting<'_> {
    Box::pin(queue.admit_event(|| None))
}

/// What `waiting` is granted now.
fn granted(waiting: &mut Waiting<'_>) -> Option<Admission<u32>> {
    waiting.now_or_never().map(Option::unwrap)
}

#[test]
fn invocations_at_the_limit_of_the_machine_wait_in_order() {
    let queue = Queue::with_limits(None, 1, 1);
    let running = granted(&mut caller(&queue));
    let (mut first, mut second) = (caller(&queue), caller(&queue));
    assert!(granted(&mut first).is_none() && granted(&mut second).is_none());

    drop(running);

    assert!(granted(&mut second).is_none());
    assert!(granted(&mut first).is_some());
}

#[test]
fn a_caller_that_leaves_gives_up_its_turn() {
    let queue = Queue::with_limits(None, 1, 1);
    let running = granted(&mut caller(&queue));
    let (mut first, mut second) = (caller(&queue), caller(&queue));
    assert!(granted(&mut first).is_none() && granted(&mut second).is_none());

    drop(first);
    drop(running);

    assert!(granted(&mut second).is_some());
}

#[test]
fn callers_and_events_take_turns() {
    let queue = Queue::with_limits(None, 1, 1);
    let mut running = granted(&mut event(&queue));
    let mut waiting = Vec::from(["event"; 4].map(|kind| (kind, event(&queue))));
    waiting.extend(["caller"; 2].map(|kind| (kind, caller(&queue))));
    let mut poll_all = || {
        let mut next = None;
        waiting.retain_mut(|(kind, waiting)| match granted(waiting) {
            Some(admission) => {
                assert!(next.is_none(), "one instance runs one invocation");
                next = Some((*kind, admission));
                false
            }
            None => true,
        });
        next
    };
    assert!(poll_all().is_none());

    let order = [(); 6].map(|()| {
        drop(running.take());
        let (kind, admission) = poll_all().unwrap();
        running = Some(admission);
        kind
    });

    assert_eq!(order, ["event", "caller", "event", "caller", "event", "event"]);
}

#[test]
fn an_instance_that_becomes_idle_ends_the_wait_for_a_start() {
    let queue = Queue::with_limits(None, 2, 1);
    let started = granted(&mut caller(&queue)).unwrap();
    assert!(matches!(started.instance, Source::New(_)));
    let idle = Cell::new(None);
    let mut waiting: Waiting<'_> = Box::pin(queue.admit(queue.reserve_now().unwrap(), || idle.take()));
    assert!(granted(&mut waiting).is_none());

    idle.set(Some(7));
    queue.instance_freed();

    assert!(matches!(granted(&mut waiting).unwrap().instance, Source::Idle(7)));
}

#[test]
fn a_closed_queue_admits_nothing() {
    let queue = Queue::with_limits(None, 1, 1);
    let _running = granted(&mut caller(&queue));
    let (mut first, mut second) = (caller(&queue), event(&queue));
    assert!(granted(&mut first).is_none() && granted(&mut second).is_none());

    queue.close();

    assert!(matches!(first.now_or_never(), Some(None)));
    assert!(matches!(second.now_or_never(), Some(None)));
}
