//! A toy in place of kernels: closures that succeed or fail.

#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Failure(pub(crate) &'static str);

pub(crate) struct Place {
    pub(crate) urgent: bool,
}

impl Place {
    pub(crate) fn is_urgent(&self) -> bool {
        self.urgent
    }

    pub(crate) fn enter(&self) -> impl Drop + use<> {
        Inside
    }
}

struct Inside;

impl Drop for Inside {
    fn drop(&mut self) {}
}

/// Who gives work to a queue.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Caller(pub(crate) u32);

impl Caller {
    pub(crate) fn is_alive(self) -> bool {
        true
    }
}

pub(crate) struct Job {
    pub(crate) run: Box<dyn FnOnce() -> Result<(), Failure> + Send>,
    pub(crate) caller: Option<Caller>,
}

impl Job {
    pub(crate) fn may_take_long(&self) -> bool {
        true
    }

    pub(crate) fn caller(&self) -> Option<Caller> {
        self.caller
    }

    pub(crate) fn run(self, _: &Place) -> Result<(), Failure> {
        (self.run)()
    }

    pub(crate) fn discard(self) {}
}
