//! Keys in files: for tests and the demo.

mod container;
mod key_file;
mod store;

pub use store::SoftwareKeys;
