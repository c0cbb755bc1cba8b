//! issuance
#![forbid(unsafe_code)]
