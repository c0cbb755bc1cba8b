//! secret
#![forbid(unsafe_code)]
