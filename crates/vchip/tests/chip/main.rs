//! The chip from outside: raw commands in, raw responses out.

mod host;
mod images;
mod life;
mod locked;
mod refusals;
mod sessions;
mod tearing;
mod worked_examples;
