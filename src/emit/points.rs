//! Where in the launch something was run: on which core, in which round of each loop around it.

/// The core, which of the rounds are the last ones (a bit each), and the rounds, the outermost loop first.
#[derive(Clone, Copy, Debug)]
pub(super) struct Coords<'p>(&'p [u32]);

/// Numbers before those of the rounds.
const HEAD: usize = 2;

impl Coords<'_> {
    pub(super) fn core(self) -> usize {
        self.0[0] as usize
    }

    pub(super) fn round(self, of: usize) -> i64 {
        self.0[HEAD + of].into()
    }

    pub(super) fn is_last(self, of: usize) -> bool {
        self.0[1] >> of & 1 == 1
    }
}

/// A place while a launch is walked through.
#[derive(Clone, Debug)]
pub(super) struct Here(Vec<u32>);

impl Here {
    pub(super) fn new(core: usize) -> Self {
        Here(vec![core as u32, 0])
    }

    pub(super) fn coords(&self) -> Coords<'_> {
        Coords(&self.0)
    }

    /// Into a loop.
    pub(super) fn enter(&mut self) {
        self.0.push(0);
    }

    /// Round `time` of `count`, of the innermost loop.
    pub(super) fn go(&mut self, time: usize, count: usize) {
        let of = self.0.len() - HEAD - 1;
        self.0[HEAD + of] = time as u32;
        self.0[1] &= !(1 << of);
        self.0[1] |= u32::from(time + 1 == count) << of;
    }

    pub(super) fn leave(&mut self) {
        self.0.pop();
        self.0[1] &= (1 << (self.0.len() - HEAD)) - 1;
    }
}

/// All places at which something was run.
#[derive(Clone, Debug, Default)]
pub(super) struct Points {
    stride: usize,
    flat: Vec<u32>,
}

impl Points {
    pub(super) fn of_depth(depth: usize) -> Self {
        Points { stride: HEAD + depth, flat: Vec::new() }
    }

    pub(super) fn add(&mut self, here: &Here) {
        self.flat.extend_from_slice(&here.0);
    }

    pub(super) fn len(&self) -> usize {
        self.flat.len() / self.stride.max(1)
    }

    pub(super) fn get(&self, at: usize) -> Coords<'_> {
        Coords(&self.flat[at * self.stride..][..self.stride])
    }
}

/// Values, and where each was seen, in the order in which a core goes through its loops, core by core.
#[derive(Clone, Debug)]
pub(super) struct Seen<'p> {
    pub(super) points: &'p Points,
    pub(super) which: Vec<u32>,
    pub(super) values: Vec<i64>,
}

impl<'p> Seen<'p> {
    pub(super) fn depth(&self) -> usize {
        self.points.stride - HEAD
    }

    pub(super) fn coords(&self, at: usize) -> Coords<'p> {
        self.points.get(self.which[at] as usize)
    }

    /// Those where it holds, and the others.
    pub(super) fn split(&self, holds: impl Fn(Coords<'_>) -> bool) -> (Self, Self) {
        let none = || Seen { points: self.points, which: Vec::new(), values: Vec::new() };
        let (mut yes, mut no) = (none(), none());
        for (at, (&which, &value)) in self.which.iter().zip(&self.values).enumerate() {
            let part = if holds(self.coords(at)) { &mut yes } else { &mut no };
            part.which.push(which);
            part.values.push(value);
        }
        (yes, no)
    }

    /// Of each core the first.
    pub(super) fn first_of_cores(&self) -> Self {
        let mut last = None;
        let mut part = Seen { points: self.points, which: Vec::new(), values: Vec::new() };
        for (at, (&which, &value)) in self.which.iter().zip(&self.values).enumerate() {
            let core = self.coords(at).core();
            if last.replace(core) != Some(core) {
                part.which.push(which);
                part.values.push(value);
            }
        }
        part
    }
}
