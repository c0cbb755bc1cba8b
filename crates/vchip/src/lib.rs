//! vchip
#![forbid(unsafe_code)]
