//! Waiting on several events at once.

use std::panic::Location;

use super::hand_over::settle;
use super::{Event, Payload, RecordEvent};
use crate::op::Op;

/// Events that [`tsync`] waits on: one, or a tuple of up to six.
#[diagnostic::on_unimplemented(
    message = "`tsync` waits on events",
    label = "expected an `Event`, or a tuple of them: `(event, event, ..)`",
    note = "what an op returned is on its pipe already, and is not waited on"
)]
pub trait Synced<'k> {
    /// The payloads, each on the pipe that its event was recorded for.
    type Output;
    #[doc(hidden)]
    fn wait_all(self, at: &'static Location<'static>) -> Self::Output;
}

/// Waits on all events: [`Event::wait`] for each.
///
/// ```
/// # use tilesync::prelude::*;
/// # fn k<'k>(a: VecTile<'k, f32, 8, 8>, b: VecTile<'k, f32, 8, 8>, x: &GlobalIn<'k, f32>) {
/// let e0 = tload(a, &x.tile(0, 0)).record::<TAdd>();
/// let e1 = tload(b, &x.tile(1, 0)).record::<TAdd>();
/// let (a, b) = tsync((e0, e1));
/// # let _ = (a, b);
/// # }
/// ```
#[doc(alias = "TSYNC")]
#[track_caller]
#[inline(always)]
pub fn tsync<'k, E, R>(events: E) -> R
where
    // A parameter, so that what is no event is one error.
    E: Synced<'k, Output = R>,
{
    events.wait_all(Location::caller())
}

#[diagnostic::do_not_recommend]
impl<'k, Src, Dst: Op, P: Payload<'k>> Synced<'k> for Event<Src, Dst, P> {
    type Output = RecordEvent<Dst, P>;

    #[inline(always)]
    fn wait_all(self, at: &'static Location<'static>) -> Self::Output {
        settle(&self.payload, at);
        RecordEvent::new(self.payload)
    }
}

macro_rules! synced {
    ($($src:ident $dst:ident $payload:ident $event:ident),*) => {
        #[diagnostic::do_not_recommend]
        impl<'k, $($src, $dst: Op, $payload: Payload<'k>),*> Synced<'k>
            for ($(Event<$src, $dst, $payload>,)*)
        {
            type Output = ($(RecordEvent<$dst, $payload>,)*);

            #[inline(always)]
            fn wait_all(self, at: &'static Location<'static>) -> Self::Output {
                let ($($event,)*) = self;
                $(settle(&$event.payload, at);)*
                ($(RecordEvent::new($event.payload),)*)
            }
        }
    };
}

synced!(S1 D1 P1 e1);
synced!(S1 D1 P1 e1, S2 D2 P2 e2);
synced!(S1 D1 P1 e1, S2 D2 P2 e2, S3 D3 P3 e3);
synced!(S1 D1 P1 e1, S2 D2 P2 e2, S3 D3 P3 e3, S4 D4 P4 e4);
synced!(S1 D1 P1 e1, S2 D2 P2 e2, S3 D3 P3 e3, S4 D4 P4 e4, S5 D5 P5 e5);
synced!(S1 D1 P1 e1, S2 D2 P2 e2, S3 D3 P3 e3, S4 D4 P4 e4, S5 D5 P5 e5, S6 D6 P6 e6);
