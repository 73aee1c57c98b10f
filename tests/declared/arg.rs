// Written from the declarations: see `declared.rs`.

#[test]
fn arg_rows() {
    case!(arg_rows A2A3 f16: trowargmax trowargmin);
    case!(arg_rows A2A3 f32: trowargmax trowargmin);
    case!(arg_rows A2A3 i16: trowargmax trowargmin);
    case!(arg_rows A2A3 i32: trowargmax trowargmin);
    case!(arg_rows A5 f16: trowargmax trowargmin);
    case!(arg_rows A5 f32: trowargmax trowargmin);
    case!(arg_rows A5 i16: trowargmax trowargmin);
    case!(arg_rows A5 i32: trowargmax trowargmin);
    case!(arg_rows A5 u16: trowargmax trowargmin);
    case!(arg_rows A5 u32: trowargmax trowargmin);
}

#[test]
fn rows_value() {
    case!(rows_value A2A3 f16: trowargmax_value trowargmin_value);
    case!(rows_value A2A3 f32: trowargmax_value trowargmin_value);
    case!(rows_value A2A3 i16: trowargmax_value trowargmin_value);
    case!(rows_value A2A3 i32: trowargmax_value trowargmin_value);
    case!(rows_value A5 f16: trowargmax_value trowargmin_value);
    case!(rows_value A5 f32: trowargmax_value trowargmin_value);
    case!(rows_value A5 i16: trowargmax_value trowargmin_value);
    case!(rows_value A5 i32: trowargmax_value trowargmin_value);
    case!(rows_value A5 u16: trowargmax_value trowargmin_value);
    case!(rows_value A5 u32: trowargmax_value trowargmin_value);
}

#[test]
fn arg_cols() {
    case!(arg_cols A2A3 f16: tcolargmax tcolargmin);
    case!(arg_cols A2A3 f32: tcolargmax tcolargmin);
    case!(arg_cols A5 bf16: tcolargmax tcolargmin);
    case!(arg_cols A5 f16: tcolargmax tcolargmin);
    case!(arg_cols A5 f32: tcolargmax tcolargmin);
    case!(arg_cols A5 i16: tcolargmax tcolargmin);
    case!(arg_cols A5 i32: tcolargmax tcolargmin);
    case!(arg_cols A5 i8: tcolargmax tcolargmin);
    case!(arg_cols A5 u16: tcolargmax tcolargmin);
    case!(arg_cols A5 u32: tcolargmax tcolargmin);
    case!(arg_cols A5 u8: tcolargmax tcolargmin);
}

#[test]
fn cols_value() {
    case!(cols_value A2A3 f16: tcolargmax_value tcolargmin_value);
    case!(cols_value A2A3 f32: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 bf16: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 f16: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 f32: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 i16: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 i32: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 u16: tcolargmax_value tcolargmin_value);
    case!(cols_value A5 u32: tcolargmax_value tcolargmin_value);
}

#[test]
fn part_arg() {
    case!(part_arg A2A3 f16: tpartargmax tpartargmin);
    case!(part_arg A2A3 f32: tpartargmax tpartargmin);
    case!(part_arg A5 f16: tpartargmax tpartargmin);
    case!(part_arg A5 f32: tpartargmax tpartargmin);
}
