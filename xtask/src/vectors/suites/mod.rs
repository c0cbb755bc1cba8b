//! Our own suites, by what they are about.

mod channel;
mod chip;
mod codec;
mod counters;
mod exchange;
mod holder_codes;
mod journal;
mod keys;
mod lds;
mod life_cycle;
mod mrz;
mod profile;
mod record;
mod request;
mod seal;
mod seal_algorithms;
mod story;
mod terminal;

use std::path::Path;

use sigillo_vectors::Folder;

use super::maker::Made;

/// Makes every suite; one line each.
pub(super) fn make(root: &Path, folder: &mut Folder) -> Made<Vec<String>> {
    let made = [
        mrz::make(root, folder),
        lds::make(root, folder),
        codec::make(folder),
        keys::make(folder),
        holder_codes::make(folder),
        exchange::make(folder),
        channel::make(folder),
        seal::make(folder),
        seal_algorithms::make(folder),
        profile::make(folder),
        chip::make(folder),
        counters::make(folder),
        life_cycle::make(folder),
        record::make(folder),
        journal::make(folder),
        request::make(folder),
        terminal::make(folder),
    ];
    let faults: Vec<String> = made.iter().filter_map(|made| made.clone().err()).collect();
    match faults.is_empty() {
        true => Ok(made.into_iter().flatten().flatten().collect()),
        false => Err(faults.join("\n")),
    }
}
