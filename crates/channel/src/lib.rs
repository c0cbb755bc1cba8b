//! channel
#![forbid(unsafe_code)]
