//! line
#![forbid(unsafe_code)]
