//! perso
#![forbid(unsafe_code)]
