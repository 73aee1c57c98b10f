//! A compile-time event DSL for tile pipelines.

pub mod runtime;
