//! Mechanical edits of the source of typed kernels: what the compiler lets through, `check` finds nothing wrong with.
//!
//! All mutants of all kernels are modules of one file. Those with an error are taken out until the rest compiles; the rest runs.
#![cfg(feature = "serde")]

mod source;

use std::path::Path;

use source::{Mutant, faulty, mutants, none_is_faulty, survivors, verdicts};

/// The kernels, and what they share.
const SOURCE: &str = include_str!("kernels/mod.rs");
/// Each kernel's name and text, and the rest of the file.
fn kernels() -> (Vec<(String, String)>, String) {
    let mut rest =
        SOURCE.lines().filter(|line| !line.starts_with("//!") && !line.starts_with("#!["));
    let mut rest: String = rest.by_ref().flat_map(|line| [line, "\n"]).collect();
    let mut kernels = Vec::new();
    while let Some(start) = rest.find("#[kernel]\nfn ") {
        let end = start + rest[start..].find("\n}\n").expect("a kernel ends") + 3;
        let text: String = rest.drain(start..end).collect();
        let text = text.replacen("#[kernel]\nfn ", "#[kernel]\npub(crate) fn ", 1);
        let name = text.split("fn ").nth(1).and_then(|text| text.split('<').next());
        kernels.push((name.expect("a kernel has a name").to_owned(), text));
    }
    (kernels, rest)
}

#[test]
fn no_edit_of_a_kernel_compiles_into_a_faulty_program() {
    let (kernels, shared) = kernels();
    let list = shared.find("/// The recorded programs").expect("the list of programs");
    let shared = &shared[..list];
    let all: Vec<Mutant> =
        kernels.iter().flat_map(|(name, text)| mutants(name, text, "{\n")).collect();
    let dir = Path::new(env!("CARGO_TARGET_TMPDIR")).join("source_mutants");
    std::fs::create_dir_all(&dir).expect("the target directory can be written to");
    let numbered: Vec<(usize, &Mutant)> = all.iter().enumerate().collect();
    let started = std::time::Instant::now();
    // One compiler a core: most of the time goes into the errors.
    let jobs = std::thread::available_parallelism().map_or(1, usize::from);
    let alive: Vec<(usize, &Mutant)> = std::thread::scope(|scope| {
        let chunks = numbered.chunks(numbered.len().div_ceil(jobs)).enumerate();
        let compile = |(job, chunk): (usize, &[(usize, _)])| {
            let (chunk, file) = (chunk.to_vec(), dir.join(format!("mutants{job}.rs")));
            scope.spawn(move || survivors(shared, chunk, &file))
        };
        let jobs: Vec<_> = chunks.map(compile).collect();
        jobs.into_iter().flat_map(|job| job.join().expect("no mutant is lost")).collect()
    });
    println!("{} mutants, {} compile; {:?}", all.len(), alive.len(), started.elapsed());

    let runs: String = alive
        .iter()
        .map(|(number, mutant)| format!("judge({number}, &m{number}::{});\n", mutant.kernel))
        .collect();
    let main = format!("{JUDGE}\nfn main() {{\n{runs}}}\n");
    let verdicts = verdicts(shared, &alive, &main, &dir);

    println!(
        "{:<14} {:<13} {:>7} {:>8} {:>8} {:>7}",
        "kernel", "edit", "mutants", "rejected", "harmless", "escaped"
    );
    let mut rows: Vec<(&str, &str)> = all.iter().map(|m| (m.kernel.as_str(), m.kind)).collect();
    rows.sort_unstable();
    rows.dedup();
    for (kernel, kind) in rows {
        let of_row = |mutant: &Mutant| mutant.kernel == kernel && mutant.kind == kind;
        let total = all.iter().filter(|mutant| of_row(mutant)).count();
        let compiled = alive.iter().filter(|(_, mutant)| of_row(mutant)).count();
        let escaped = verdicts.lines().filter_map(faulty).filter(|number| of_row(&all[*number]));
        let escaped = escaped.count();
        assert!(kind != "none" || compiled == total, "{kernel} is right as it stands");
        println!(
            "{kernel:<14} {kind:<13} {total:>7} {:>8} {:>8} {escaped:>7}",
            total - compiled,
            compiled - escaped
        );
    }
    none_is_faulty(&verdicts, &all);
}

/// Prints a mutant's number and whether its program is right, or whether it was stopped before anything went wrong.
const JUDGE: &str = "
fn judge<K>(number: usize, kernel: &K)
where
    K: for<'h> Kernel<
            Args = (GlobalIn<'static, f32>, GlobalIn<'static, f32>, GlobalOut<'static, f32>),
        > + std::panic::RefUnwindSafe,
{
    let program = std::panic::catch_unwind(|| recorded(kernel, 4));
    let verdict = match program {
        Ok(program) if tilesync::exec::check::check(&program).is_clean() => \"harmless\",
        Ok(_) => \"faulty\",
        Err(_) => \"stopped\",
    };
    println!(\"{number} {verdict}\");
}
";
