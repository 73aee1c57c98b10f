//! The table of ops against an independent listing of PTO's enumeration: `op_listing.tsv`, index, name and pipe a line.

use std::collections::BTreeMap;

use tilesync::op::{
    Includes, Op, OpCode, Pipe, Scalar, TAdd, TCi, TLoad, TReshape, TRowMax, Vector,
};

const LISTING: &str = include_str!("op_listing.tsv");

fn listed() -> impl Iterator<Item = (usize, &'static str, &'static str)> {
    LISTING.lines().map(|line| {
        let mut columns = line.split('\t');
        let mut next = || columns.next().expect("three columns");
        (next().parse().expect("an index"), next(), next())
    })
}

#[test]
fn index_name_and_pipe_are_those_of_the_listing() {
    assert_eq!(listed().count(), OpCode::ALL.len());
    for ((index, name, pipe), &code) in listed().zip(OpCode::ALL) {
        assert_eq!(code as usize, index, "{name}");
        assert_eq!(code.name(), name);
        assert_eq!(code.pipe().to_string(), pipe, "{name}");
        assert_eq!(OpCode::from_index(index as u8), Some(code));
    }
    assert_eq!(OpCode::from_index(OpCode::ALL.len() as u8), None);
}

#[test]
fn each_pipe_has_as_many_ops_as_pto_gives_it() {
    let mut counts = BTreeMap::new();
    for code in OpCode::ALL {
        *counts.entry(code.pipe()).or_insert(0) += 1;
    }
    let expected = [
        (Pipe::V, 107),
        (Pipe::Fix, 8),
        (Pipe::S, 6),
        (Pipe::Mte2, 5),
        (Pipe::Mte1, 5),
        (Pipe::Mte3, 2),
        (Pipe::M, 2),
    ];
    assert_eq!(counts, BTreeMap::from(expected));
}

/// An event recorded for `C` may be waited on by `O`.
fn admits<C: Includes<O>, O: Op>() -> (Pipe, Pipe) {
    (C::CODE.pipe(), O::CODE.pipe())
}

#[test]
fn a_class_admits_the_ops_of_its_pipe() {
    let vector =
        [admits::<Vector, TAdd>(), admits::<Vector, TRowMax>(), admits::<Vector, Vector>()];
    assert_eq!(vector, [(Pipe::V, Pipe::V); 3]);
    let scalar =
        [admits::<Scalar, TReshape>(), admits::<Scalar, TCi>(), admits::<Scalar, Scalar>()];
    assert_eq!(scalar, [(Pipe::S, Pipe::S); 3]);
    assert_eq!(admits::<TLoad, TLoad>(), (Pipe::Mte2, Pipe::Mte2));
    static_assertions::assert_not_impl_any!(Vector: Includes<TLoad>, Includes<Scalar>, Includes<TReshape>);
    static_assertions::assert_not_impl_any!(TAdd: Includes<Vector>, Includes<TRowMax>);
}
