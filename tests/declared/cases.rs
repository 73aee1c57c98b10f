// Written from the declarations: see `declared.rs`.

#[test]
fn unary() {
    case!(unary A2A3 f16: tabs [tabs_assign] tneg [tneg_assign] texp [texp_assign] tlog [tlog_assign] tsqrt [tsqrt_assign] trsqrt [trsqrt_assign] trecip trelu [trelu_assign]);
    case!(unary A2A3 f32: tabs [tabs_assign] tneg [tneg_assign] texp [texp_assign] tlog [tlog_assign] tsqrt [tsqrt_assign] trsqrt [trsqrt_assign] trecip trelu [trelu_assign]);
    case!(unary A2A3 i16: tneg [tneg_assign] trecip tnot [tnot_assign]);
    case!(unary A2A3 i32: tneg [tneg_assign] trecip trelu [trelu_assign] tnot [tnot_assign]);
    case!(unary A2A3 i8: tnot [tnot_assign]);
    case!(unary A2A3 u16: tnot [tnot_assign]);
    case!(unary A2A3 u32: tnot [tnot_assign]);
    case!(unary A2A3 u8: tnot [tnot_assign]);
    case!(unary A5 bf16: tneg [tneg_assign]);
    case!(unary A5 f16: tabs [tabs_assign] tneg [tneg_assign] texp [texp_assign] tlog [tlog_assign] tsqrt [tsqrt_assign] trsqrt [trsqrt_assign] trecip trelu [trelu_assign]);
    case!(unary A5 f32: tabs [tabs_assign] tneg [tneg_assign] texp [texp_assign] tlog [tlog_assign] tsqrt [tsqrt_assign] trsqrt [trsqrt_assign] trecip trelu [trelu_assign]);
    case!(unary A5 i16: tabs [tabs_assign] tneg [tneg_assign] trecip tnot [tnot_assign]);
    case!(unary A5 i32: tabs [tabs_assign] tneg [tneg_assign] trecip trelu [trelu_assign] tnot [tnot_assign]);
    case!(unary A5 i8: tabs [tabs_assign] tnot [tnot_assign]);
    case!(unary A5 u16: tneg [tneg_assign] tnot [tnot_assign]);
    case!(unary A5 u32: tneg [tneg_assign] tnot [tnot_assign]);
    case!(unary A5 u8: tnot [tnot_assign]);
}

#[test]
fn binary() {
    case!(binary A2A3 f16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tsubrelu [tsubrelu_assign]);
    case!(binary A2A3 f32: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tsubrelu [tsubrelu_assign]);
    case!(binary A2A3 i16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A2A3 i32: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A2A3 i8: tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A2A3 u16: tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A2A3 u32: tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A2A3 u8: tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 bf16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tmax [tmax_assign] tmin [tmin_assign]);
    case!(binary A5 f16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tsubrelu [tsubrelu_assign]);
    case!(binary A5 f32: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tsubrelu [tsubrelu_assign]);
    case!(binary A5 i16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 i32: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 i64: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 i8: tadd [tadd_assign] tsub [tsub_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 u16: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 u32: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 u64: tadd [tadd_assign] tsub [tsub_assign] tmul [tmul_assign] tdiv [tdiv_assign] tmax [tmax_assign] tmin [tmin_assign] tshl [tshl_assign] tshr [tshr_assign]);
    case!(binary A5 u8: tadd [tadd_assign] tsub [tsub_assign] tmax [tmax_assign] tmin [tmin_assign] tand [tand_assign] tor [tor_assign] tshl [tshl_assign] tshr [tshr_assign]);
}

#[test]
fn binary_with_tmp() {
    case!(binary_with_tmp A2A3 i16: txor);
    case!(binary_with_tmp A2A3 i32: txor);
    case!(binary_with_tmp A2A3 i8: txor);
    case!(binary_with_tmp A2A3 u16: txor);
    case!(binary_with_tmp A2A3 u32: txor);
    case!(binary_with_tmp A2A3 u8: txor);
    case!(binary_with_tmp A5 i16: txor [txor_assign]);
    case!(binary_with_tmp A5 i32: txor [txor_assign]);
    case!(binary_with_tmp A5 i8: txor [txor_assign]);
    case!(binary_with_tmp A5 u16: txor [txor_assign]);
    case!(binary_with_tmp A5 u32: txor [txor_assign]);
    case!(binary_with_tmp A5 u8: txor [txor_assign]);
}

#[test]
fn scalar() {
    case!(scalar A2A3 f16: tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign] tlrelu [tlrelu_assign]);
    case!(scalar A2A3 f32: tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign] tlrelu [tlrelu_assign]);
    case!(scalar A2A3 i16: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A2A3 i32: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A2A3 i8: tands tors);
    case!(scalar A2A3 u16: tands tors tshls [tshls_assign] tshrs [tshrs_assign]);
    case!(scalar A2A3 u32: tands tors tshls [tshls_assign] tshrs [tshrs_assign]);
    case!(scalar A2A3 u8: tands tors);
    case!(scalar A5 bf16: tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 f16: tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign] tlrelu [tlrelu_assign]);
    case!(scalar A5 f32: tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign] tlrelu [tlrelu_assign]);
    case!(scalar A5 i16: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 i32: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 i64: tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 i8: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 u16: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 u32: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 u64: tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmuls [tmuls_assign] tdivs [tdivs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
    case!(scalar A5 u8: tands tors tshls [tshls_assign] tshrs [tshrs_assign] tadds [tadds_assign] tsubs [tsubs_assign] tmaxs [tmaxs_assign] tmins [tmins_assign]);
}

#[test]
fn scalar_with_tmp() {
    case!(scalar_with_tmp A2A3 i16: txors);
    case!(scalar_with_tmp A2A3 i32: txors);
    case!(scalar_with_tmp A2A3 i8: txors);
    case!(scalar_with_tmp A2A3 u16: txors);
    case!(scalar_with_tmp A2A3 u32: txors);
    case!(scalar_with_tmp A2A3 u8: txors);
    case!(scalar_with_tmp A5 i16: txors [txors_assign]);
    case!(scalar_with_tmp A5 i32: txors [txors_assign]);
    case!(scalar_with_tmp A5 i8: txors [txors_assign]);
    case!(scalar_with_tmp A5 u16: txors [txors_assign]);
    case!(scalar_with_tmp A5 u32: txors [txors_assign]);
    case!(scalar_with_tmp A5 u8: txors [txors_assign]);
}

#[test]
fn part() {
    case!(part A2A3 f16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A2A3 f32: tpartadd tpartmul tpartmax tpartmin);
    case!(part A2A3 i16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A2A3 i32: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 bf16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 f16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 f32: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 i16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 i32: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 i64: tpartadd tpartmax tpartmin);
    case!(part A5 i8: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 u16: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 u32: tpartadd tpartmul tpartmax tpartmin);
    case!(part A5 u64: tpartadd tpartmax tpartmin);
    case!(part A5 u8: tpartadd tpartmul tpartmax tpartmin);
}

#[test]
fn spread_rows() {
    case!(spread_rows A2A3 f16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign] trowexpandexpdif [trowexpandexpdif_assign]);
    case!(spread_rows A2A3 f32: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign] trowexpandexpdif [trowexpandexpdif_assign]);
    case!(spread_rows A2A3 i16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A2A3 i32: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 bf16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 f16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign] trowexpandexpdif [trowexpandexpdif_assign]);
    case!(spread_rows A5 f32: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign] trowexpandexpdif [trowexpandexpdif_assign]);
    case!(spread_rows A5 i16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 i32: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 i8: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 u16: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 u32: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
    case!(spread_rows A5 u8: trowexpandadd [trowexpandadd_assign] trowexpandsub [trowexpandsub_assign] trowexpandmul [trowexpandmul_assign] trowexpanddiv [trowexpanddiv_assign] trowexpandmax [trowexpandmax_assign] trowexpandmin [trowexpandmin_assign]);
}

#[test]
fn spread_cols() {
    case!(spread_cols A2A3 f16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign] tcolexpandexpdif [tcolexpandexpdif_assign]);
    case!(spread_cols A2A3 f32: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign] tcolexpandexpdif [tcolexpandexpdif_assign]);
    case!(spread_cols A2A3 i16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A2A3 i32: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 bf16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 f16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign] tcolexpandexpdif [tcolexpandexpdif_assign]);
    case!(spread_cols A5 f32: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign] tcolexpandexpdif [tcolexpandexpdif_assign]);
    case!(spread_cols A5 i16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 i32: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 i8: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 u16: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 u32: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
    case!(spread_cols A5 u8: tcolexpandadd [tcolexpandadd_assign] tcolexpandsub [tcolexpandsub_assign] tcolexpandmul [tcolexpandmul_assign] tcolexpanddiv [tcolexpanddiv_assign] tcolexpandmax [tcolexpandmax_assign] tcolexpandmin [tcolexpandmin_assign]);
}
