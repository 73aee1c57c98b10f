//! The kernels that were measured, with the structure and the tiles of what was measured.

mod attention;
mod conv2d;
mod gemm;
mod op;
mod topk;

use std::error::Error;

use tilesync::exec::simulate::{Forecast, Profile, Simulated};
use tilesync::op::Pipe;

/// What is wrong with a case, in words.
pub(crate) type Failure = Box<dyn Error>;

/// What a case was given: `key=value`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    pairs: Vec<(String, String)>,
}

impl Keys {
    /// Reads `key=value` words.
    pub(crate) fn new(words: &[&str]) -> Result<Self, Failure> {
        let pair = |word: &&str| {
            let pair = word.split_once('=').or_else(|| (*word == "causal").then_some((word, "")));
            let (key, value) = pair.ok_or_else(|| format!("`{word}` is not key=value"))?;
            // The names that the PTO library has for them.
            let key = match &*key.to_lowercase() {
                "validrow" | "valid_row" => "valid_rows".to_owned(),
                "validcol" | "valid_col" => "valid_cols".to_owned(),
                "topk" => "k".to_owned(),
                other => other.to_owned(),
            };
            Ok::<_, Failure>((key, value.to_owned()))
        };
        Ok(Keys { pairs: words.iter().map(pair).collect::<Result<_, _>>()? })
    }

    pub(crate) fn text<'s>(&'s self, key: &str, or: Option<&'s str>) -> Result<&'s str, Failure> {
        let value = self.pairs.iter().find(|(known, _)| known == key).map(|(_, value)| &**value);
        value.or(or).ok_or_else(|| format!("say {key}=").into())
    }

    pub(crate) fn number(&self, key: &str, or: Option<usize>) -> Result<usize, Failure> {
        match (self.text(key, Some("")).unwrap_or_default(), or) {
            ("", Some(number)) => Ok(number),
            (text, _) => match text.parse() {
                Ok(number) if number > 0 => Ok(number),
                _ => Err(format!("{key}={text} is not a number above 0").into()),
            },
        }
    }

    fn profile(&self) -> Result<Profile, Failure> {
        match self.text("chip", Some("a2a3"))? {
            "a2a3" => Ok(Profile::a2a3()),
            "a5" => Ok(Profile::a5()),
            chip => Err(format!("chip={chip} is not a2a3 or a5").into()),
        }
    }

    fn simulated(&self, cores: usize) -> Result<Simulated, Failure> {
        Ok(Simulated::new(self.profile()?).cores(cores))
    }
}

/// How many blocks lie below and beside each other: as near to a square as can be, as the measured kernels have it.
fn split(cores: usize) -> (usize, usize) {
    let down = (1..=cores).take_while(|down| down * down <= cores);
    let down = down.filter(|down| cores.is_multiple_of(*down)).last().unwrap_or(1);
    (down, cores / down)
}

/// A forecast, and the cycles that a measurement of the kernel counts.
pub(crate) struct Case {
    pub(crate) forecast: Forecast,
    pub(crate) us: f64,
    pub(crate) cycles: f64,
    is_op: bool,
}

impl Case {
    fn of_kernel(forecast: Forecast) -> Self {
        Case { us: forecast.us(), cycles: forecast.cycles(), forecast, is_op: false }
    }

    /// Of an op alone the time of its pipe is counted, without launch, flags and scalar pipe.
    fn of_op(forecast: Forecast, profile: &Profile) -> Self {
        let cycles: f64 = Pipe::ALL.iter().map(|&pipe| forecast.load(pipe).ops).sum();
        Case { us: profile.microseconds(cycles), cycles, forecast, is_op: true }
    }

    /// The same launch against another profile.
    #[allow(dead_code, reason = "the bench fits profiles, the example does not")]
    pub(crate) fn again(&self, profile: &Profile) -> Result<Case, Failure> {
        let simulated = Simulated::new(profile.clone()).cores(self.forecast.cores());
        let forecast = simulated.again(&self.forecast)?;
        Ok(match self.is_op {
            true => Case::of_op(forecast, profile),
            false => Case::of_kernel(forecast),
        })
    }

    /// The share of the time in which `pipe` runs ops.
    pub(crate) fn busy(&self, pipe: Pipe) -> f64 {
        self.forecast.busy(pipe) * self.forecast.us() / self.us
    }
}

/// Forecasts `kernel`.
pub(crate) fn forecast(kernel: &str, keys: &[&str]) -> Result<Case, Failure> {
    if kernel == "op" {
        let (name, keys) = keys.split_first().ok_or("say which op: `op TADD rows=64 cols=64`")?;
        let keys = Keys::new(keys)?;
        return Ok(Case::of_op(op::forecast(name, &keys)?, &keys.profile()?));
    }
    let keys = Keys::new(keys)?;
    let forecast = match kernel {
        "gemm" => gemm::forecast(&keys)?,
        "attention" => attention::forecast(&keys)?,
        "conv2d" => conv2d::forecast(&keys)?,
        "topk" => topk::forecast(&keys)?,
        _ => {
            return Err(format!(
                "`{kernel}` is not a kernel here: gemm, conv2d, topk, attention or op"
            )
            .into());
        }
    };
    Ok(Case::of_kernel(forecast))
}
