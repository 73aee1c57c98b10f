//! Several payloads behind one token: an array of them, and apart again.

use super::{Event, RecordEvent};

impl<Src, P, Q> RecordEvent<Src, (P, Q)> {
    /// Takes a joined token apart.
    #[inline(always)]
    pub fn split(self) -> (RecordEvent<Src, P>, RecordEvent<Src, Q>) {
        let (left, right) = self.payload;
        (RecordEvent::new(left), RecordEvent::new(right))
    }
}

impl<Src, Dst, P, Q> Event<Src, Dst, (P, Q)> {
    /// Takes a joined event apart. The one flag covers both halves: the first use of either waits.
    #[inline(always)]
    pub fn split(self) -> (Event<Src, Dst, P>, Event<Src, Dst, Q>) {
        let (left, right) = self.payload;
        (Event::new(left), Event::new(right))
    }
}

impl<Src, P, const N: usize> RecordEvent<Src, [P; N]> {
    /// Puts the payloads of several tokens behind one, as [`join`](RecordEvent::join) does with two.
    #[inline(always)]
    pub fn all(tokens: [RecordEvent<Src, P>; N]) -> Self {
        RecordEvent::new(tokens.map(|token| token.payload))
    }

    /// Takes a joined token apart.
    #[inline(always)]
    pub fn split(self) -> [RecordEvent<Src, P>; N] {
        self.payload.map(RecordEvent::new)
    }
}

impl<Src, Dst, P, const N: usize> Event<Src, Dst, [P; N]> {
    /// Puts the payloads of several events behind one token, as [`join`](Event::join) does with two.
    #[inline(always)]
    pub fn all(tokens: [Event<Src, Dst, P>; N]) -> Self {
        Event::new(tokens.map(|token| token.payload))
    }

    /// Takes a joined event apart. The one flag covers all parts: the first use of any of them waits.
    #[inline(always)]
    pub fn split(self) -> [Event<Src, Dst, P>; N] {
        self.payload.map(Event::new)
    }
}
