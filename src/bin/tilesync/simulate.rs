//! `tilesync simulate`: how long it takes, and why.

use std::io::Write;
use std::path::{Path, PathBuf};

use clap::Args;
use tilesync::chip::ChipId;
use tilesync::exec::simulate::{Forecast, Profile, Simulated};
use tilesync::trace::Launch;

use super::input::Input;
use super::run::name;
use super::{Chip, Failure};

/// How many answers of *what if* are shown.
const ANSWERS: usize = 12;

#[derive(Args)]
pub(crate) struct Options {
    /// A trace, or the traces of both sides of a kernel, or a program as `Program::save` writes it.
    #[arg(required = true)]
    files: Vec<PathBuf>,
    /// The chip; that of the program where it is not said.
    #[arg(long, value_enum)]
    chip: Option<Chip>,
    /// How many cores the chip has; where blocks are on several cores, how many clusters.
    #[arg(long)]
    cores: Option<usize>,
    /// A profile of your own in the place of the built-in one: see `Profile::parse`.
    #[arg(long)]
    profile: Option<PathBuf>,
    /// Also simulate what changes would gain.
    #[arg(long)]
    what_if: bool,
    /// Print the forecast as JSON.
    #[arg(long)]
    json: bool,
    /// Write the timeline as a page of HTML.
    #[arg(long)]
    html: Option<PathBuf>,
    /// Write the timeline as SVG.
    #[arg(long)]
    svg: Option<PathBuf>,
    /// Write the timeline as a trace for Perfetto.
    #[arg(long)]
    perfetto: Option<PathBuf>,
}

impl Options {
    fn profile(&self, program: ChipId) -> Result<Profile, Failure> {
        let profile = match (&self.profile, self.chip) {
            (Some(path), _) => {
                let named = |error: &dyn std::fmt::Display| format!("{}: {error}", path.display());
                let table = std::fs::read_to_string(path).map_err(|error| named(&error))?;
                Profile::parse(&table).map_err(|error| named(&error))?
            }
            (None, Some(Chip::A2a3)) => Profile::a2a3(),
            (None, Some(Chip::A5)) => Profile::a5(),
            (None, None) => Profile::of(program),
        };
        Ok(profile)
    }

    fn simulated(&self, program: ChipId) -> Result<Simulated, Failure> {
        let simulated = Simulated::new(self.profile(program)?);
        Ok(match self.cores {
            Some(cores) => simulated.cores(cores),
            None => simulated,
        })
    }

    /// Cores whose sides are known work together.
    fn traced(&self, launch: &Launch) -> Result<Forecast, Failure> {
        let programs = || launch.blocks.iter().map(|block| &block.program);
        let simulated =
            self.simulated(programs().next().map_or(ChipId::A2A3, |program| program.chip))?;
        Ok(match launch.cluster() {
            Some(cluster) => simulated.run_cluster(&cluster)?,
            None => simulated.run_all(programs())?,
        })
    }

    /// Prints a forecast, and writes its pictures: of the first kernel alone, where there are several.
    fn tell(&self, name: &str, forecast: &Forecast, is_first: bool) -> Result<(), Failure> {
        let mut out = std::io::stdout();
        if self.json {
            writeln!(out, "{}", serde_json::to_string_pretty(&forecast.report(self.what_if))?)?;
        } else {
            writeln!(out, "{name}: {forecast}")?;
            if self.what_if {
                writeln!(out, "\n  what if")?;
                for answer in forecast.what_if().iter().take(ANSWERS) {
                    writeln!(out, "  {:+9.2} us  {}", -answer.gain_us, answer.change)?;
                }
            }
        }
        let write = |path: &Option<PathBuf>, text: &dyn Fn() -> String| match path {
            Some(path) if is_first => write(path, &text()),
            _ => Ok(()),
        };
        write(&self.html, &|| forecast.timeline().html())?;
        write(&self.svg, &|| forecast.timeline().svg())?;
        write(&self.perfetto, &|| forecast.timeline().chrome())
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    std::fs::write(path, text).map_err(|error| format!("{}: {error}", path.display()).into())
}

/// `tilesync simulate`.
pub(crate) fn simulate(options: &Options) -> Result<bool, Failure> {
    match Input::open(&options.files)? {
        Input::Program(launch) => {
            let chip = launch.programs().next().map_or(ChipId::A2A3, |(_, program)| program.chip);
            let forecast = options.simulated(chip)?.run_cluster(&launch)?;
            options.tell("program", &forecast, true)?;
        }
        Input::Trace(trace) => {
            for (number, launch) in trace.launches().enumerate() {
                options.tell(name(launch), &options.traced(launch)?, number == 0)?;
            }
            if let Some(cut) = trace.cut() {
                return Err(cut.to_string().into());
            }
        }
    }
    Ok(true)
}
