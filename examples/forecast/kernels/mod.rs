//! The kernels that were measured, with the structure and the tiles of what was measured.

mod conv2d;
mod gemm;
mod op;
mod topk;

use std::error::Error;

use tilesync::exec::simulate::{Forecast, Profile, Simulated};

/// What is wrong with a case, in words.
pub(crate) type Failure = Box<dyn Error>;

/// What a case was given: `key=value`.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    pairs: Vec<(String, String)>,
    profile: Option<Profile>,
}

impl Keys {
    /// Reads `key=value` words.
    pub(crate) fn new(words: &[&str]) -> Result<Self, Failure> {
        let pair = |word: &&str| {
            let pair = word.split_once('=').or_else(|| (*word == "causal").then_some((word, "")));
            let (key, value) = pair.ok_or_else(|| format!("`{word}` is not key=value"))?;
            Ok::<_, Failure>((key.to_owned(), value.to_owned()))
        };
        Ok(Keys { pairs: words.iter().map(pair).collect::<Result<_, _>>()?, profile: None })
    }

    /// The same, against another profile than the chip's own.
    pub(crate) fn against(mut self, profile: Profile) -> Self {
        self.profile = Some(profile);
        self
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
        match (&self.profile, self.text("chip", Some("a2a3"))?) {
            (Some(profile), _) => Ok(profile.clone()),
            (None, "a2a3") => Ok(Profile::a2a3()),
            (None, "a5") => Ok(Profile::a5()),
            (None, chip) => Err(format!("chip={chip} is not a2a3 or a5").into()),
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
}

/// Forecasts `kernel`.
pub(crate) fn forecast(kernel: &str, keys: &[&str]) -> Result<Case, Failure> {
    forecast_against(kernel, keys, None)
}

/// Forecasts `kernel`, against a profile of one's own.
pub(crate) fn forecast_against(
    kernel: &str,
    keys: &[&str],
    profile: Option<Profile>,
) -> Result<Case, Failure> {
    if kernel == "op" {
        let (name, keys) = keys.split_first().ok_or("say which op: `op TADD rows=64 cols=64`")?;
        let keys = Keys::new(keys)?;
        return op::forecast(name, &profile.map_or(keys.clone(), |profile| keys.against(profile)));
    }
    let keys = Keys::new(keys)?;
    let keys = profile.map_or(keys.clone(), |profile| keys.against(profile));
    let forecast = match kernel {
        "gemm" => gemm::forecast(&keys)?,
        "conv2d" => conv2d::forecast(&keys)?,
        "topk" => topk::forecast(&keys)?,
        _ => {
            return Err(format!("`{kernel}` is not a kernel here: gemm, conv2d, topk or op").into());
        }
    };
    Ok(Case { us: forecast.us(), cycles: forecast.cycles(), forecast })
}
