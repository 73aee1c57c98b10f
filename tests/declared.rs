//! Every op that is declared with others of its kind, on every chip, for every element type, against one formula an op.
//!
//! The cases are written from `isa::table`, where the declarations are: `TILESYNC_WRITE=1 cargo test --test declared` writes
//! `declared/cases.rs` anew. An op without a formula fails.
#![allow(clippy::unwrap_used, clippy::too_many_arguments, reason = "a test")]

mod common;

use std::collections::BTreeMap;
use std::path::Path;

use common::{Number, SHAPES, TILE, Wide, assert_close, data, launch, reciprocal, rng};
use tilesync::isa::table::{Form, forms};
use tilesync::prelude::*;
use tilesync::tile::Dtype;

/// Kinds of ops whose cases are written, and the files where they are. Those of `cases` have results that are elements of elements: how they
/// are called is a line of [`call`] and one of [`call_in_place`]. The others are read by the tests of their names, which have the oracles.
const FILES: &[(&str, &[&str])] = &[
    ("cases", KINDS),
    ("reduce", &["fold_rows", "fold_cols"]),
    ("arg", &["arg_rows", "rows_value", "arg_cols", "cols_value", "part_arg"]),
];

const KINDS: &[&str] = &[
    "unary",
    "binary",
    "binary_with_tmp",
    "scalar",
    "scalar_with_tmp",
    "part",
    "spread_rows",
    "spread_cols",
];

/// Ops of these kinds whose formula takes more than a line, and the tests that have it.
const ELSEWHERE: &[(&str, &str)] = &[
    ("trem", "remainder"),
    ("trems", "remainder"),
    ("tfmod", "remainder"),
    ("tfmods", "remainder"),
    ("tpow", "power"),
    ("tpows", "power"),
];

/// An element of `op` from one of the source, and one of the second source, the scalar, the column or the row; and how many units in the
/// last place it may be off.
trait Formula: Number {
    fn formula(op: &str, x: Self, y: Self) -> Option<(Self, u64)>;
}

macro_rules! floats {
    ($($t:ident)*) => {$(
        impl Formula for $t {
            fn formula(op: &str, a: Self, b: Self) -> Option<(Self, u64)> {
                let (x, y) = (a.wide(), b.wide());
                let exact = |value: f64| Some((Self::of(value), 0));
                let near = |value: f64| Some((Self::of(value), 1));
                match op {
                    "abs" => exact(x.abs()),
                    "neg" => exact(-x),
                    "exp" => near(x.exp()),
                    "log" => near(x.ln()),
                    "sqrt" => exact(x.sqrt()),
                    "rsqrt" => near(1.0 / x.sqrt()),
                    "recip" => exact(1.0 / x),
                    "relu" => exact(x.max(0.0)),
                    "lrelu" => exact(if x > 0.0 { x } else { y * x }),
                    "add" => exact(x + y),
                    "sub" => exact(x - y),
                    "mul" => exact(x * y),
                    "div" => exact(x / y),
                    "max" => exact(x.max(y)),
                    "min" => exact(x.min(y)),
                    "subrelu" => exact((x - y).max(0.0)),
                    "expdif" => near(Self::of(x - y).wide().exp()),
                    _ => None,
                }
            }
        }
    )*};
}

floats!(f16 bf16 f32);

macro_rules! integers {
    ($($t:ident)*) => {$(
        impl Formula for $t {
            fn formula(op: &str, a: Self, b: Self) -> Option<(Self, u64)> {
                let (x, y) = (a.wide(), b.wide());
                let has_bit = (0..i128::from($t::BITS)).contains(&y);
                let value = match op {
                    "abs" => x.abs(),
                    "neg" => -x,
                    "not" => -1 - x,
                    "recip" => reciprocal(x),
                    "relu" => x.max(0),
                    "add" => x + y,
                    "sub" => x - y,
                    "mul" => x.times(y),
                    "div" => x.quotient(y),
                    "max" => x.max(y),
                    "min" => x.min(y),
                    "and" => x & y,
                    "or" => x | y,
                    "xor" => x ^ y,
                    "shl" => if has_bit { x << y } else { 0 },
                    "shr" => if has_bit { x >> y } else { x.signum().min(0) },
                    _ => return None,
                };
                Some((Self::of(value), 0))
            }
        }
    )*};
}

integers!(i8 u8 i16 u16 i32 u32 i64 u64);

/// The name of the formula of an op of a kind: that of what it does to two elements.
fn formula_of<'a>(kind: &str, op: &'a str) -> &'a str {
    let op = op.strip_suffix("_assign").unwrap_or(op);
    let plain = match kind {
        "part" => op.strip_prefix("tpart"),
        "spread_rows" => op.strip_prefix("trowexpand"),
        "spread_cols" => op.strip_prefix("tcolexpand"),
        _ => op.strip_prefix('t'),
    };
    let plain = plain.unwrap();
    // `tadds` of a tile and a scalar is `tadd` of two tiles; `tlrelu` has no such twin.
    if kind.starts_with("scalar") { plain.strip_suffix('s').unwrap_or(plain) } else { plain }
}

/// Elements of all sizes, and numbers from 0 to 71 among them, by which bits are shifted.
fn elements<T: Number>(rng: &mut fastrand::Rng, count: usize) -> Vec<T> {
    let mut all = data(rng, count);
    all.iter_mut().step_by(3).for_each(|x| *x = T::from_bits(rng.u64(0..72)));
    all
}

#[rustfmt::skip]
macro_rules! call {
    (unary $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x) };
    (binary $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, &$y) };
    (binary_with_tmp $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, &$y, &mut $tmp) };
    (scalar $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, $c) };
    (scalar_with_tmp $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, $c, &mut $tmp) };
    (part $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, &$y) };
    (spread_rows $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, &$col, &mut $like) };
    (spread_cols $op:ident $z:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($z, &$x, &$row) };
}

#[rustfmt::skip]
macro_rules! call_in_place {
    (unary $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x) };
    (binary $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, &$y) };
    (binary_with_tmp $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, &$y, &mut $tmp) };
    (scalar $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, $c) };
    (scalar_with_tmp $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, $c, &mut $tmp) };
    (spread_rows $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, &$col, &mut $like) };
    (spread_cols $op:ident $x:ident $y:ident $c:ident $tmp:ident $like:ident $col:ident $row:ident) => { $op($x, &$row) };
}

/// The ops of a kind on one element type of one chip, in one kernel: each to another tile, and in place where there is such a form.
macro_rules! case {
    ($kind:ident $chip:ident $t:ident: $($op:ident $([$assign:ident])?)*) => {{
        const OPS: &[&str] = &[$(stringify!($op)),*];

        #[derive(Buffers)]
        struct Ub<'k> {
            x: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            y: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            z: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            col: VecCol<'k, $t, 32, Dyn, $chip>,
            row: VecTile<'k, $t, 1, 32, Dyn, $chip>,
            like: VecTile<'k, $t, 32, 32, Dyn, $chip>,
            tmp: VecTile<'k, $t, 32, 64, Dyn, $chip>,
        }

        /// The column is the first one of `by_cols`, the row the first one of `y`. Without a form in place `x` stays as it is.
        #[kernel]
        #[allow(unused_mut, unused_variables, unused_labels, reason = "no op takes all of it")]
        fn run<'k>(
            ub: Ub<'k>,
            x: GlobalIn<'k, $t>,
            y: GlobalIn<'k, $t>,
            by_cols: GlobalIn<'k, $t, ColMajor>,
            out: GlobalOut<'k, $t>,
            in_place: GlobalOut<'k, $t>,
            c: $t,
            op: usize,
        ) -> Retired<Ub<'k>> {
            let x = tload(ub.x, &x.tile(0, 0)).record::<Vector>();
            let row = tload(ub.row, &y.tile(0, 0)).record::<Vector>();
            let y = tload(ub.y, &y.tile(0, 0)).record::<Vector>();
            let col = tload(ub.col, &by_cols.tile(0, 0)).record::<Vector>();
            let (mut tmp, mut like, z) = (ub.tmp.on::<Vector>(), ub.like.on::<Vector>(), ub.z);
            let z = 'chosen: {
                $(if OPS[op] == stringify!($op) {
                    break 'chosen call!($kind $op z x y c tmp like col row).on::<Vector>();
                })*
                unreachable!()
            };
            let x = 'chosen: {
                $($(if OPS[op] == stringify!($op) {
                    break 'chosen call_in_place!($kind $assign x y c tmp like col row).on::<Vector>();
                })?)*
                x.wait().on::<Vector>()
            };
            let z = tstore(&out.tile(0, 0), z.record::<TStoreVec>());
            let x = tstore(&in_place.tile(0, 0), x.record::<TStoreVec>());
            Ub::retire(UbTokens { x, y, z, col, row, like, tmp })
        }

        let has_in_place = [$(0 $(+ if stringify!($assign).is_empty() { 0 } else { 1 })? == 1),*];
        // Whole tiles, and some of which a part is valid.
        let shape = SHAPES[1];
        for op in 0..OPS.len() {
            let (rng, count) = (&mut rng(), shape.0 * shape.1);
            let [x, y, by_cols]: [Vec<$t>; 3] = [(); 3].map(|()| elements(rng, count));
            let c = elements(rng, 2)[rng.usize(0..2)];
            let [mut out, mut in_place] = [(); 2].map(|()| y.clone());
            launch!(run, shape, [x, y, by_cols], [out, in_place], c, op);
            let second = |at: usize| match stringify!($kind) {
                "spread_rows" => by_cols[at % shape.1 / TILE * TILE * shape.0 + at / shape.1],
                "spread_cols" => y[at / shape.1 / TILE * TILE * shape.1 + at % shape.1],
                "scalar" | "scalar_with_tmp" => c,
                _ => y[at],
            };
            let formula = formula_of(stringify!($kind), OPS[op]);
            let want = |at: usize| {
                let value = Formula::formula(formula, x[at], second(at));
                value.unwrap_or_else(|| panic!("no formula `{formula}` of {}, for `{}`", <$t>::ID, OPS[op]))
            };
            let ulps = want(0).1;
            assert_close(OPS[op], ulps, &out, |at| want(at).0);
            let name = format!("{}, in place,", OPS[op]);
            assert_close(&name, ulps, &in_place, |at| if has_in_place[op] { want(at).0 } else { x[at] });
        }
    }};
}

include!("declared/cases.rs");

/// Kind, chip and element type, and the ops with their forms in place.
fn cases() -> BTreeMap<(&'static str, &'static str, &'static str), Vec<String>> {
    let mut cases: BTreeMap<_, Vec<String>> = BTreeMap::new();
    for Form { name, in_place, called, a2a3, a5, .. } in forms() {
        if called.is_empty()
            || *called == "spread_blocks"
            || ELSEWHERE.iter().any(|(op, _)| op == name)
        {
            continue;
        }
        for (chip, types) in [("A2A3", a2a3), ("A5", a5)] {
            // What needs a scratch tile on a2a3 is in place on a5 alone.
            let alone = called.ends_with("_with_tmp") && chip == "A2A3";
            let assign = in_place.first().filter(|_| !alone);
            let assign = assign.map_or_else(String::new, |assign| format!(" [{assign}]"));
            for ty in types.split_whitespace() {
                cases.entry((*called, chip, ty)).or_default().push(format!("{name}{assign}"));
            }
        }
    }
    cases
}

#[test]
fn the_cases_are_those_of_the_declarations() {
    for (file, kinds) in FILES {
        let mut text = String::from("// Written from the declarations: see `declared.rs`.\n");
        for kind in *kinds {
            text += &format!("\n#[test]\nfn {kind}() {{\n");
            for ((_, chip, ty), ops) in cases().iter().filter(|((called, ..), _)| called == kind) {
                text += &format!("    case!({kind} {chip} {ty}: {});\n", ops.join(" "));
            }
            text += "}\n";
        }
        let path = format!("{}/tests/declared/{file}.rs", env!("CARGO_MANIFEST_DIR"));
        if std::env::var_os("TILESYNC_WRITE").is_some() {
            std::fs::write(&path, &text).unwrap();
        }
        let written = std::fs::read_to_string(&path).unwrap();
        assert!(written == text, "stale: `TILESYNC_WRITE=1 cargo test --test declared`");
    }
}

/// A kind that is neither here nor in this list is a new one: say where its ops are tested.
#[test]
fn every_op_is_tested_somewhere() {
    const PRODUCTS: &[&str] = &["matmul", "matrix_paths", "matmul_mx"];
    let kinds: [(&str, &[&str]); 6] = [
        ("spread_blocks", &["expand"]),
        ("relu_conv", &["fused"]),
        ("update", &["fused"]),
        ("product", PRODUCTS),
        ("product_on", PRODUCTS),
        ("product_from_bias", PRODUCTS),
    ];
    for form in forms() {
        let mut files: Vec<&str> =
            ELSEWHERE.iter().filter(|(op, _)| *op == form.name).map(|(_, file)| *file).collect();
        files.extend(
            kinds.iter().filter(|(kind, _)| *kind == form.called).flat_map(|(_, files)| *files),
        );
        if files.is_empty() {
            let is_written = FILES.iter().any(|(_, kinds)| kinds.contains(&form.called));
            assert!(form.called.is_empty() || is_written, "{form:?}");
            continue;
        }
        let has = |file: &&str| {
            let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/{file}.rs"));
            std::fs::read_to_string(path).unwrap().contains(form.name)
        };
        assert!(files.iter().any(has), "no test of `{}` in {files:?}", form.name);
    }
}
