//! Keys in a PKCS#11 token.

mod attributes;
mod container;
mod module;
mod session;
mod store;

pub use store::{Patience, TokenKeys};
