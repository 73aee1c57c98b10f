//! The sugar of tilesync.
