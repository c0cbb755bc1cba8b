//! lds
#![forbid(unsafe_code)]
