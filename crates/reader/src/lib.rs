//! reader
#![forbid(unsafe_code)]
