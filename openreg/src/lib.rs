//! The OpenReg C ABI.
