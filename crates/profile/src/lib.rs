//! profile
#![forbid(unsafe_code)]
