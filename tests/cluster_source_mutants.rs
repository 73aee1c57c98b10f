//! Mechanical edits of the source of the examples `gemm_dequant`, `gemm_weights_a5` and `attention`: what the compiler lets through,
//! `check_cluster` finds nothing wrong with, and it computes the same bits early and late; or the launch is stopped before anything runs.
//!
//! `TILESYNC_MUTANTS` says how many edits of each are tried.
#![cfg(feature = "serde")]

mod source;

use std::path::Path;

use source::{Mutant, mutants, none_is_faulty, survivors, verdicts};

/// An example whose cluster is edited.
struct Example {
    name: &'static str,
    source: &'static str,
    /// The first and the last line of what is edited.
    lines: (&'static str, &'static str),
    /// Makes the cluster and its tensors; `CLUSTER` is the mutant's type.
    judge: &'static str,
}

const DEQUANT: Example = Example {
    name: "GemmDequant",
    source: include_str!("../examples/gemm_dequant.rs"),
    lines: ("struct GemmDequant", "/// The factors, and a scale"),
    judge: "
        let (m, k, n) = (20, 130, 140);
        let (a, b): (Vec<i8>, Vec<i8>) = ((0..m * k).map(|x| (x % 7) as i8).collect(), (0..k * n).map(|x| (x % 5) as i8).collect());
        let (scale, bias) = (vec![0.5_f32; n], vec![3.0_f32; n]);
        let (a, b) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&b, &[k, n])?);
        let (scale, bias) = (GlobalTensor::new(&scale, &[1, n])?, GlobalTensor::new(&bias, &[1, n])?);
        y.resize(m * n, 0.0);
        let mut out = GlobalTensorMut::new(y, &[m, n])?;
        let cube = (a.parts(M, k)?, b.whole());
        let vector = (scale.whole(), bias.whole(), out.parts(M, n)?);
        Pipelined::new().order(order).launch_cluster(&CLUSTER { columns: n }, 1, cube, vector)
    ",
};

const WEIGHTS: Example = Example {
    name: "GemmWeights",
    source: include_str!("../examples/gemm_weights_a5.rs"),
    lines: ("struct GemmWeights", "/// The factors, and a scale"),
    judge: "
        let (m, k, n) = (64, 192, 128);
        let a: Vec<f16> = (0..m * k).map(|x| f16::from_f32((x % 7) as f32)).collect();
        let w: Vec<i8> = (0..k * n).map(|x| (x % 5) as i8).collect();
        let (scale, bias) = (vec![f16::from_f32(0.5); n], vec![3.0_f32; n]);
        let (a, w) = (GlobalTensor::new(&a, &[m, k])?, GlobalTensor::new(&w, &[k, n])?);
        let (scale, bias) = (GlobalTensor::new(&scale, &[1, n])?, GlobalTensor::new(&bias, &[1, n])?);
        y.resize(m * n, 0.0);
        let mut out = GlobalTensorMut::new(y, &[m, n])?;
        let vector = (w.whole(), scale.whole(), bias.whole(), out.parts(M, n)?);
        let cluster = CLUSTER { rows: k, columns: n };
        Pipelined::new().order(order).launch_cluster(&cluster, 1, (a.parts(M, k)?,), vector)
    ",
};

const ATTENTION: Example = Example {
    name: "Attention",
    source: include_str!("../examples/attention.rs"),
    lines: ("struct Attention", "/// `[r, x]` is 0 where"),
    judge: "
        let (queries, keys, dim) = (40, 300, 16);
        let hidden = |(row, x): (usize, usize)| if x <= row + KEYS { 0.0 } else { f32::NEG_INFINITY };
        let table: Vec<f32> = (0..HALF * TABLE).map(|at| hidden((at / TABLE, at % TABLE))).collect();
        let draw = |len: usize| (0..len).map(|x| f16::from_f32((x % 11) as f32 / 8.0 - 0.6)).collect::<Vec<_>>();
        let (q, k, v) = (draw(queries * dim), draw(keys * dim), draw(keys * dim));
        let q = GlobalTensor::new(&q, &[queries, dim])?;
        let k = GlobalTensor::new(&k, &[dim, keys])?;
        let v = GlobalTensor::new(&v, &[keys, dim])?;
        let table = GlobalTensor::new(&table, &[HALF, TABLE])?;
        y.resize(queries * dim, 0.0);
        let mut out = GlobalTensorMut::new(y, &[queries, dim])?;
        let cube = (q.parts(QUERIES, dim)?, k.whole(), v.whole());
        let vector = (table.whole(), out.parts(QUERIES, dim)?);
        let cluster = CLUSTER { queries, keys, causal: true };
        Pipelined::new().order(order).launch_cluster(&cluster, 1, cube, vector)
    ",
};

impl Example {
    /// What is edited, and what all mutants share.
    fn parts(&self) -> (String, String) {
        let (first, last) = self.lines;
        let start = self.source.find(first).expect("the cluster");
        let start = self.source[..start].rfind('\n').map_or(0, |end| end + 1);
        let end = start + self.source[start..].find(last).expect("its end");
        let uses = |line: &&str| {
            !line.starts_with("//!")
                && !["std::", "half::", "tilesync::exec"]
                    .iter()
                    .any(|of| line.starts_with(&format!("use {of}")))
        };
        let before = self.source[..start].lines().filter(uses);
        let shared: String = before.flat_map(|line| [line, "\n"]).collect();
        let mut fields = false;
        let cluster = self.source[start..end].lines().map(|line| {
            // The struct is made from outside of the mutant's module.
            let bare = line.trim_start().trim_start_matches("pub(crate) ");
            if bare.starts_with(first) {
                fields = true;
                return format!("pub(crate) {bare}\n");
            }
            fields &= line != "}";
            let is_field = fields && !bare.starts_with("//");
            if is_field { format!("    pub(crate) {bare}\n") } else { format!("{line}\n") }
        });
        (cluster.collect(), format!("{shared}\n"))
    }
}

fn tried() -> usize {
    let number = std::env::var("TILESYNC_MUTANTS").ok();
    number.map_or(100, |number| number.parse().expect("TILESYNC_MUTANTS is a number"))
}

/// What of the example compiles, and what becomes of it.
fn no_edit_escapes(example: &Example) {
    let (cluster, shared) = example.parts();
    let mut all = mutants(example.name, &cluster, "fn cube<'k>(");
    fastrand::Rng::with_seed(1).shuffle(&mut all[1..]);
    let edits = all.len();
    all.truncate(tried() + 1);
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("{}_mutants", example.name));
    std::fs::create_dir_all(&dir).expect("the target directory can be written to");
    let numbered: Vec<(usize, &Mutant)> = all.iter().enumerate().collect();
    let alive = survivors(&shared, numbered, &dir.join("mutants0.rs"));

    let runs: String = alive.iter().map(|(number, _)| judged(example, *number)).collect();
    let main = format!("fn main() {{\n{runs}}}\n{JUDGE}");
    let verdicts = verdicts(&shared, &alive, &main, &dir);
    assert_eq!(verdicts.lines().next(), Some("0 harmless"), "it is right as it stands");
    let count = |what: &str| verdicts.lines().filter(|line| line.ends_with(what)).count();
    println!(
        "{}: {} of {edits} edits, {} rejected, {} stopped, {} harmless, {} escaped",
        example.name,
        all.len() - 1,
        all.len() - alive.len(),
        count("stopped"),
        count("harmless") - 1,
        count("faulty"),
    );
    none_is_faulty(&verdicts, &all);
}

/// Runs a mutant early and late.
fn judged(example: &Example, number: usize) -> String {
    let cluster = format!("m{number}::{}", example.name);
    let launch = example.judge.replace("CLUSTER", &cluster);
    format!("judge({number}, |order, y| {{ {launch} }});\n")
}

const JUDGE: &str = "
fn judge(
    number: usize,
    launch: fn(Order, &mut Vec<f32>) -> Result<tilesync::exec::ClusterReport, LaunchError>,
) {
    let bits = |order| {
        let mut y = Vec::new();
        let report = launch(order, &mut y).ok()?;
        Some((report, y.iter().map(|y| y.to_bits()).collect::<Vec<_>>()))
    };
    let both = std::panic::catch_unwind(|| (bits(Order::Early), bits(Order::Late)));
    let verdict = match both {
        Ok((Some((report, early)), Some((_, late)))) => {
            let verdict = tilesync::exec::check::check_cluster(&report.program);
            if verdict.is_clean() && early == late { \"harmless\" } else { \"faulty\" }
        }
        Ok((None, None)) | Err(_) => \"stopped\",
        Ok(_) => \"faulty\",
    };
    println!(\"{number} {verdict}\");
}
";

#[test]
fn no_edit_of_gemm_dequant_compiles_into_a_faulty_launch() {
    no_edit_escapes(&DEQUANT);
}

#[test]
fn no_edit_of_gemm_weights_compiles_into_a_faulty_launch() {
    no_edit_escapes(&WEIGHTS);
}

#[test]
fn no_edit_of_attention_compiles_into_a_faulty_launch() {
    no_edit_escapes(&ATTENTION);
}
