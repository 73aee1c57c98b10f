//! A forecast for the terminal.

use std::fmt::{Display, Formatter, Result};

use super::forecast::Forecast;
use super::path::Spent;
use super::waits::Spot;
use crate::op::Pipe;

/// How many lines of waits and of the critical path are shown.
const SHOWN: usize = 8;

impl Display for Forecast {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        self.head(f)?;
        self.pipes(f)?;
        self.roofs(f)?;
        self.path(f)?;
        self.stalls(f)
    }
}

fn plural(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

impl Forecast {
    fn head(&self, f: &mut Formatter<'_>) -> Result {
        let (cycles, launch) = (self.cycles(), self.launch_us());
        writeln!(
            f,
            "{:.2} us on {}: {cycles:.0} cycles, and {launch:.1} us for the launch",
            self.us(),
            self.profile.chip
        )?;
        let on = match self.job.cores {
            1 => plural(self.cores(), "core"),
            cores => format!("{} of {cores} cores", plural(self.cores(), "cluster")),
        };
        write!(f, "{} on {on}", plural(self.blocks(), "block"))?;
        if self.waves() > 1 {
            write!(f, ", {} waves", self.waves())?;
        }
        let how = match (self.job.classes(), self.blocks()) {
            (_, 1) => String::new(),
            (1, _) => {
                "; all blocks are alike, and one was simulated for all: that is exact".to_owned()
            }
            (kinds, _) => format!("; {kinds} kinds of blocks, and each block was simulated"),
        };
        writeln!(f, "{how}\n")
    }

    fn pipes(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "  pipe   busy   ops, sync, waiting and idle: cycles of a core")?;
        for pipe in Pipe::ALL {
            let load = self.load(pipe);
            if load.ops + load.sync + load.waiting > 0.0 {
                let of_core = |cycles: f64| cycles / self.cores_with(pipe) as f64;
                writeln!(
                    f,
                    "  {:<5} {:5.1} % {:>12.0} {:>10.0} {:>12.0} {:>12.0}",
                    pipe.short(),
                    100.0 * self.busy(pipe),
                    of_core(load.ops),
                    of_core(load.sync),
                    of_core(load.waiting),
                    of_core(load.idle)
                )?;
            }
        }
        writeln!(f)
    }

    fn roofs(&self, f: &mut Formatter<'_>) -> Result {
        let share = |got: f64, roof: f64| 100.0 * got / roof;
        if self.flops() > 0.0 {
            let (got, roof) = (self.flops(), self.flops_roof());
            writeln!(
                f,
                "  products  {:>8.2} Tflop/s of {:.1}, {:.1} %",
                got * 1e-12,
                roof * 1e-12,
                share(got, roof)
            )?;
        }
        let rows = [
            ("loaded", self.loaded(), self.loaded_roof()),
            ("stored", self.stored(), self.stored_roof()),
        ];
        for (name, got, roof) in rows.into_iter().filter(|(_, got, _)| *got > 0.0) {
            writeln!(
                f,
                "  {name}    {:>8.2} GB/s of {:.0}, {:.1} %",
                got * 1e-9,
                roof * 1e-9,
                share(got, roof)
            )?;
        }
        writeln!(f)
    }

    fn path(&self, f: &mut Formatter<'_>) -> Result {
        writeln!(f, "  the critical path goes through")?;
        let lines = self.critical_lines();
        let all: f64 = lines.iter().map(|line| line.cycles).sum();
        for line in lines.iter().take(SHOWN) {
            let what = match &line.what {
                Spent::Op(name) => name.clone(),
                Spent::HandOver(_) => "a flag on its way".to_owned(),
                Spent::Sync => "flags, barriers".to_owned(),
                Spent::Issue => "issue".to_owned(),
            };
            writeln!(
                f,
                "  {:5.1} % {:>10.0} cycles, {:>6} x {:<5} {:<18} {}",
                100.0 * line.cycles / all.max(1.0),
                line.cycles,
                line.count,
                Spot(line.core, line.pipe),
                what,
                line.line
            )?;
        }
        writeln!(f)
    }

    fn stalls(&self, f: &mut Formatter<'_>) -> Result {
        let waits = self.waits();
        if waits.is_empty() {
            return write!(f, "  no pipe waits for another");
        }
        write!(f, "  who waits for whom")?;
        for wait in waits.iter().take(SHOWN) {
            let share = 100.0 * wait.cycles / self.cycles().max(1.0);
            let (cycles, count) = (wait.cycles, wait.count);
            write!(f, "\n  {share:5.1} % {cycles:>10.0} cycles, {count:>6} x {wait}")?;
        }
        Ok(())
    }
}
