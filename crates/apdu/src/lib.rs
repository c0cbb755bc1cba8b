//! apdu
#![forbid(unsafe_code)]
