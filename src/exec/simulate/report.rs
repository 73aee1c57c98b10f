//! A forecast as JSON.

use serde::Serialize;

use super::forecast::{Forecast, Load};
use super::path::Stretch;
use super::waits::Wait;
use super::what_if::WhatIf;
use crate::chip::ChipId;
use crate::op::Pipe;

/// What a forecast says, to be written by `serde`: [`Forecast::report`].
#[derive(Clone, Debug, Serialize)]
pub struct ForecastReport {
    chip: ChipId,
    us: f64,
    launch_us: f64,
    cycles: f64,
    blocks: usize,
    cores: usize,
    waves: usize,
    /// Whether one block was simulated for all.
    alike: bool,
    pipes: Vec<PipeReport>,
    flops: f64,
    flops_roof: f64,
    loaded: f64,
    loaded_roof: f64,
    stored: f64,
    stored_roof: f64,
    critical_path: Vec<Stretch>,
    waits: Vec<Wait>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    what_if: Vec<WhatIf>,
}

#[derive(Clone, Debug, Serialize)]
struct PipeReport {
    pipe: Pipe,
    busy: f64,
    #[serde(flatten)]
    load: Load,
}

impl Forecast {
    /// All that the forecast says, for `serde`: times in microseconds and cycles, rates in bytes and operations a second, the critical path by
    /// lines. With `what_if`, changes are simulated too.
    #[must_use]
    pub fn report(&self, what_if: bool) -> ForecastReport {
        let pipes = Pipe::ALL.into_iter().map(|pipe| (pipe, self.load(pipe)));
        let pipes = pipes.filter(|(_, load)| load.ops + load.sync + load.waiting > 0.0);
        ForecastReport {
            chip: self.profile.chip,
            us: self.us(),
            launch_us: self.launch_us(),
            cycles: self.cycles(),
            blocks: self.blocks(),
            cores: self.cores(),
            waves: self.waves(),
            alike: self.job.classes() == 1,
            pipes: pipes
                .map(|(pipe, load)| PipeReport { pipe, busy: self.busy(pipe), load })
                .collect(),
            flops: self.flops(),
            flops_roof: self.flops_roof(),
            loaded: self.loaded(),
            loaded_roof: self.loaded_roof(),
            stored: self.stored(),
            stored_roof: self.stored_roof(),
            critical_path: self.critical_lines(),
            waits: self.waits(),
            what_if: if what_if { self.what_if() } else { Vec::new() },
        }
    }
}
