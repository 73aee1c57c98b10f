// What each intrinsic does to its operands, those in memory alone and in their order: r read, w written, u read and written, t scratch
// (written), f read if it is in Scaling and else scratch, m read if it is not in Mat, - only its shape. Forms with other numbers of operands stand side by side.
#pragma once

// Ops with template arguments that are types, then values.
#define TILESYNC_OPS(OP)                                                                                                                \
    OP(TADD, "wrr") OP(TSUB, "wrr") OP(TMUL, "wrr") OP(TDIV, "wrr") OP(TMIN, "wrr") OP(TMAX, "wrr") OP(TAND, "wrr") OP(TOR, "wrr")      \
    OP(TXOR, "wrrt") OP(TSHL, "wrr") OP(TSHR, "wrr") OP(TREM, "wrrt wrr") OP(TFMOD, "wrr") OP(TPRELU, "wrrt") OP(TADDC, "wrrr")        \
    OP(TSUBC, "wrrr") OP(TPOW, "wrrt wrr") OP(TPOWS, "wrt wr") OP(TSUBRELU, "wrr") OP(TSUBRELUCONV, "wrr") OP(TADDRELUCONV, "wrr")     \
    OP(TFUSEDMULADD, "urr") OP(TFUSEDMULADDRELU, "urr") OP(TMULADDDST, "urr") OP(TADDDEQRELU, "wrrt") OP(TPAIRREDUCESUM, "wr")         \
    OP(TABS, "wr") OP(TNEG, "wr") OP(TNOT, "wr") OP(TRELU, "wr") OP(TEXP, "wr") OP(TLOG, "wr") OP(TSQRT, "wr") OP(TRSQRT, "wr wrt")    \
    OP(TRECIP, "wr") OP(TADDS, "wr") OP(TSUBS, "wr") OP(TMULS, "wr") OP(TDIVS, "wr") OP(TMINS, "wr") OP(TMAXS, "wr") OP(TFMODS, "wr")  \
    OP(TREMS, "wrt wr") OP(TANDS, "wr") OP(TORS, "wr") OP(TXORS, "wrt") OP(TSHLS, "wr") OP(TSHRS, "wr") OP(TLRELU, "wr")               \
    OP(TAXPY, "ur") OP(TADDSC, "wrr") OP(TSUBSC, "wrr") OP(TEXPANDS, "w") OP(TCMP, "wrr") OP(TCMPS, "wr wrr") OP(TSEL, "wrrrt wrrr")   \
    OP(TSELS, "wrrt wrr") OP(TCONCAT, "wrr wrrrr wrrwrr") OP(TROWSUM, "wrt") OP(TROWPROD, "wrt") OP(TROWMAX, "wrt")                    \
    OP(TROWMIN, "wrt") OP(TROWARGMAX, "wrt wwrt") OP(TROWARGMIN, "wrt wwrt") OP(TCOLSUM, "wr wrt") OP(TCOLPROD, "wr")                  \
    OP(TCOLMAX, "wr") OP(TCOLMIN, "wr") OP(TCOLARGMAX, "wrt wwrt") OP(TCOLARGMIN, "wrt wwrt") OP(TROWEXPAND, "wr")                     \
    OP(TROWEXPANDADD, "wrr wrrt") OP(TROWEXPANDSUB, "wrr wrrt") OP(TROWEXPANDMUL, "wrr wrrt") OP(TROWEXPANDDIV, "wrr wrrt")            \
    OP(TROWEXPANDMAX, "wrr wrrt") OP(TROWEXPANDMIN, "wrr wrrt") OP(TROWEXPANDEXPDIF, "wrr wrrt") OP(TCOLEXPAND, "wr")                  \
    OP(TCOLEXPANDADD, "wrr") OP(TCOLEXPANDSUB, "wrr") OP(TCOLEXPANDMUL, "wrr") OP(TCOLEXPANDDIV, "wrr") OP(TCOLEXPANDMAX, "wrr")       \
    OP(TCOLEXPANDMIN, "wrr") OP(TCOLEXPANDEXPDIF, "wrr") OP(TPARTADD, "wrr") OP(TPARTMUL, "wrr") OP(TPARTMAX, "wrr")                   \
    OP(TPARTMIN, "wrr") OP(TPARTARGMAX, "wrrwrr") OP(TPARTARGMIN, "wrrwrr") OP(TTRANS, "wrt wr") OP(TRANDOM, "w")                      \
    OP(TCI, "w wt") OP(TTRI, "w") OP(TSORT32, "wrr wrrt") OP(TMRGSORT, "wr wtrr wtrrr wtrrrr") OP(TGATHER, "wr wrr wrrt wrrwt")        \
    OP(TGATHERB, "wrr") OP(TSCATTER, "wrr wr") OP(THISTOGRAM, "wrr") OP(TINTERLEAVE, "wwrr") OP(TDEINTERLEAVE, "wwrr wwr")             \
    OP(TDEQUANT, "wrrr") OP(TQUANT, "wr wrr wrrt wrrr wrrtr wrwww wrwwww") OP(TCVT, "wr wrt") OP(TLOAD, "wr") OP(TPREFETCH, "tr")      \
    OP(TSTORE, "wr wrr") OP(TMOV, "wr wrf") OP(TEXTRACT, "wr wrf") OP(TINSERT, "ur urr") OP(TFILLPAD, "wm")                            \
    OP(TFILLPAD_INPLACE, "wm") OP(TFILLPAD_EXPAND, "wr") OP(TIMG2COL, "wr") OP(TMATMUL, "wrr") OP(TMATMUL_ACC, "urr wrrr")             \
    OP(TMATMUL_BIAS, "wrrr") OP(TGEMV, "wrr") OP(TGEMV_ACC, "urr wrrr") OP(TGEMV_BIAS, "wrrr") OP(TMATMUL_MX, "wrrrr wrrrrr")          \
    OP(TGEMV_MX, "wrrrr wrrrrr") OP(MGATHER, "wrr wrrt") OP(MSCATTER, "wrr wrrt") OP(SETFMATRIX, "-") OP(SET_QUANT_SCALAR, "")        \
    OP(SET_QUANT_VECTOR, "r") OP(SET_IMG2COL_RPT, "-") OP(SET_IMG2COL_PADDING, "-") OP(TPUSH, "r") OP(TPOP, "w") OP(TPRINT, "r rt")

// Those that only give a tile another name or place: they are run and not recorded.
#define TILESYNC_VIEWS(OP) OP(TSUBVIEW)

// Steps of a FIFO without a tile: run, and noted.
#define TILESYNC_STEPS(OP) OP(TALLOC) OP(TFREE)

// Those of `pto::comm`, between chips.
#define TILESYNC_COMM_OPS(OP)                                                                                                            \
    OP(TPUT, "wrt wrtt") OP(TGET, "wrt wrtt") OP(TNOTIFY, "u") OP(TWAIT, "r") OP(TTEST, "r") OP(TBROADCAST, "rt rtt")                  \
    OP(TREDUCE, "wtt wttt") OP(TGATHER, "wt wtt") OP(TSCATTER, "rt rtt")
