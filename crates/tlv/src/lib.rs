//! tlv
#![forbid(unsafe_code)]
