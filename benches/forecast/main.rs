//! Forecasts beside what was measured: each row of `measured.tsv`, the error of each family, and the error on what the numbers were not
//! fitted to.
//!
//! ```text
//! cargo bench --bench forecast
//! cargo bench --bench forecast -- gemm    # the rows of one family alone
//! ```

mod fit;
#[path = "../../examples/forecast/kernels/mod.rs"]
mod kernels;
mod rows;

use fit::{Fit, Number};
use rows::{Measured, Row};

/// The families, each with the numbers of the profile that its rows are a measurement of.
const FAMILIES: [(&str, &[Number]); 7] = [
    ("gemm", PRODUCTS),
    ("conv2d", PRODUCTS),
    ("topk", &[Number::Repeat("TMRGSORT")]),
    (
        "attention",
        &[Number::Named("launch_queued"), Number::Named("cross_token"), Number::Named("l2_fifo")],
    ),
    ("op a2a3", &[]),
    // Fewer cycles than rows, or than the instructions that depend on each other take at least, as they were measured on a 910B3: 23 for each of
    // the 63 of TCOLMAX, 20 before TSORT32 begins. Whatever that measures, it is not the op.
    ("op doubtful", &[]),
    (
        "op a5",
        &[
            Number::Named("vector_row"),
            Number::Named("vector_row_repeat"),
            Number::Start("TADD"),
            Number::Repeat("TADD"),
            Number::Start("TSUB"),
            Number::Repeat("TSUB"),
            Number::Start("TMUL"),
            Number::Repeat("TMUL"),
        ],
    ),
];
const PRODUCTS: &[Number] = &[
    Number::Named("launch"),
    Number::Named("token"),
    Number::Named("gm_l1"),
    Number::Named("gm_l1_start"),
    Number::Named("hbm"),
];

fn main() {
    let wanted = std::env::args().skip(1).find(|word| !word.starts_with("--"));
    let (rows, left_out) = match rows::read() {
        Ok(read) => read,
        Err(failure) => {
            eprintln!("error: {failure}");
            std::process::exit(1);
        }
    };
    let families = FAMILIES.iter().filter(|(name, _)| wanted.as_deref().is_none_or(|w| w == *name));
    let mut sums = Vec::new();
    for (family, numbers) in families {
        let of: Vec<&Row> = rows.iter().filter(|row| row.family == *family).collect();
        if of.is_empty() {
            continue;
        }
        println!("{family}");
        println!("  {:<74} {:>10} {:>10} {:>8}", "case", "measured", "forecast", "error");
        for row in &of {
            print_row(row);
        }
        println!();
        // Numbers are fitted to all families that they are of: to products and to convolutions.
        let has = |row: &&&Row, own: bool| {
            let of = |&&(name, same): &&(&str, &[Number])| {
                row.family == name && same == *numbers && (own || name != *family)
            };
            !numbers.is_empty() && FAMILIES.iter().any(|family| of(&family))
        };
        let rows: Vec<&Row> = rows.iter().collect();
        let with: Vec<&Row> = rows.iter().filter(|row| has(row, true)).copied().collect();
        let without: Vec<&Row> = rows.iter().filter(|row| has(row, false)).copied().collect();
        let fit = Fit { rows: &with, numbers };
        let other = Fit { rows: &without, numbers };
        let other = (!without.is_empty()).then(|| other.errors_of(&of));
        if std::env::args().any(|word| word == "--fit") && !numbers.is_empty() {
            fit.print(of[0]);
        }
        sums.push((
            *family,
            of.len(),
            fit::errors(&of, None),
            busy(&of),
            fit.leave_one_out(&of),
            other,
        ));
    }
    println!("errors of the time, in %; of busy ratios, in points");
    println!(
        "  {:<10} {:>5} {:>8} {:>8} {:>8} {:>12} {:>12} {:>12} {:>16}",
        "family",
        "cases",
        "mean",
        "median",
        "worst",
        "busy mean",
        "busy worst",
        "one out mean",
        "family out mean"
    );
    for (family, cases, errors, busy, one_out, other) in sums {
        let (busy_mean, busy_worst) = busy.map_or(("-".to_owned(), "-".to_owned()), |busy| {
            (format!("{:.1}", mean(&busy)), format!("{:.1}", worst(&busy)))
        });
        println!(
            "  {family:<10} {cases:>5} {:>8.1} {:>8.1} {:>8.1} {busy_mean:>12} {busy_worst:>12} {:>12} {:>16}",
            mean(&errors),
            median(&errors),
            worst(&errors),
            one_out.map_or("-".to_owned(), |errors| format!("{:.1}", mean(&errors))),
            other.map_or("-".to_owned(), |errors| format!("{:.1}", mean(&errors)))
        );
    }
    for (case, why) in left_out {
        println!("left out: {case}: {why}");
    }
}

fn print_row(row: &Row) {
    for measured in &row.measured {
        let (what, got, want) = match measured {
            Measured::Time(us) => ("us", row.case.us, *us),
            Measured::Cycles(cycles) => ("cycles", row.case.cycles, *cycles),
            Measured::Busy(pipe, share) => (pipe.short(), 100.0 * row.case.busy(*pipe), *share),
        };
        let (label, error) = match measured {
            Measured::Busy(..) => (format!("  busy {what}, %"), format!("{:+.1} p", got - want)),
            _ => {
                (format!("{} ({what})", row.words), format!("{:+.1} %", 100.0 * (got / want - 1.0)))
            }
        };
        println!("  {label:<74} {want:>10.1} {got:>10.1} {error:>8}");
    }
}

/// How far off busy ratios are, in points.
fn busy(rows: &[&Row]) -> Option<Vec<f64>> {
    let mut off = Vec::new();
    for row in rows {
        for measured in &row.measured {
            if let Measured::Busy(pipe, share) = measured {
                off.push((100.0 * row.case.busy(*pipe) - share).abs());
            }
        }
    }
    (!off.is_empty()).then_some(off)
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len().max(1) as f64
}

fn worst(values: &[f64]) -> f64 {
    values.iter().copied().fold(0.0, f64::max)
}

fn median(values: &[f64]) -> f64 {
    let mut values = values.to_vec();
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or(0.0)
}
