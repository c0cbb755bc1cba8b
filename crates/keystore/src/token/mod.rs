//! Keys in a PKCS#11 token.

mod attributes;
mod container;
mod module;
mod session;
mod store;

pub(crate) use container::Token;
pub(crate) use module::Module;
pub(crate) use session::TokenSession;
pub use store::{Patience, TokenKeys};
