// Written from the declarations: see `declared.rs`.

#[test]
fn fold_rows() {
    case!(fold_rows A2A3 f16: trowsum trowprod trowmax trowmin);
    case!(fold_rows A2A3 f32: trowsum trowprod trowmax trowmin);
    case!(fold_rows A2A3 i16: trowsum trowprod trowmax trowmin);
    case!(fold_rows A2A3 i32: trowsum trowprod trowmax trowmin);
    case!(fold_rows A5 f16: trowsum trowprod trowmax trowmin);
    case!(fold_rows A5 f32: trowsum trowprod trowmax trowmin);
    case!(fold_rows A5 i16: trowsum trowprod trowmax trowmin);
    case!(fold_rows A5 i32: trowsum trowprod trowmax trowmin);
    case!(fold_rows A5 i64: trowsum trowmax trowmin);
    case!(fold_rows A5 i8: trowmax trowmin);
    case!(fold_rows A5 u64: trowsum trowmax trowmin);
    case!(fold_rows A5 u8: trowmax trowmin);
}

#[test]
fn fold_cols() {
    case!(fold_cols A2A3 f16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A2A3 f32: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A2A3 i16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A2A3 i32: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 bf16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 f16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 f32: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 i16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 i32: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 i64: tcolsum tcolmax tcolmin);
    case!(fold_cols A5 i8: tcolsum tcolmax tcolmin);
    case!(fold_cols A5 u16: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 u32: tcolsum tcolprod tcolmax tcolmin);
    case!(fold_cols A5 u64: tcolsum tcolmax tcolmin);
    case!(fold_cols A5 u8: tcolsum tcolmax tcolmin);
}
