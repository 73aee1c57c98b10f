//! What hand-written kernels do with flags, one small kernel a need: each gives the same bits on every schedule, is clean, and sets
//! as many flags as the hand-written code does. The guide's page on loops lists the needs.

#[path = "../schedules/mod.rs"]
mod schedules;

mod loops;
mod tiles;
