//! Writes the seeds of every target to `fuzz/corpus/`, where libFuzzer looks for them.
#![allow(clippy::print_stdout, reason = "a tool of the developers")]

use std::fs;
use std::io;
use std::path::Path;

use sigillo_fuzz::{TARGETS, seeds};

fn main() -> io::Result<()> {
    for (target, _) in TARGETS {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus").join(target);
        fs::create_dir_all(&folder)?;
        let seeds = seeds(target);
        for (number, seed) in seeds.iter().enumerate() {
            fs::write(folder.join(format!("seed-{number:05}")), seed)?;
        }
        println!("{target}: {} seeds", seeds.len());
    }
    Ok(())
}
