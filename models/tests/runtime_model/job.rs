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

pub(crate) struct Job(pub(crate) Box<dyn FnOnce() -> Result<(), Failure> + Send>);

impl Job {
    pub(crate) fn may_take_long(&self) -> bool {
        true
    }

    pub(crate) fn run(self, _: &Place) -> Result<(), Failure> {
        (self.0)()
    }

    pub(crate) fn discard(self) {}
}
