//! Foreign judge: reads a chip over PC/SC by Basic Access Control with the crate `emrtd`, none of sigillo's code.
//!
//! `read_with_emrtd READER FOLDER` takes document number, date of birth and date of expiry (YYMMDD) as three lines on standard
//! input: they open the chip, so they are no arguments. The files go to FOLDER as `EF.COM.bin`, `EF.SOD.bin`, `DG1.bin`,
//! `DG2.bin`; one line of name and size each goes to standard output. Exit status: 0 all read, 1 refused, 2 wrong call.

use std::error::Error;
use std::ffi::CString;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use emrtd::{EmrtdComms, other_mrz};

/// The files that Basic Access Control opens and every chip has.
const FILES: [(&str, [u8; 2]); 4] =
    [("EF.COM", [0x01, 0x1E]), ("EF.SOD", [0x01, 0x1D]), ("DG1", [0x01, 0x01]), ("DG2", [0x01, 0x02])];

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [reader, folder] = arguments.as_slice() else {
        eprintln!(
            "usage: read_with_emrtd READER FOLDER  (document number, birth and expiry date as lines on standard input)"
        );
        return ExitCode::from(2);
    };
    match read(reader, &PathBuf::from(folder)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("read_with_emrtd: {error}");
            ExitCode::from(1)
        }
    }
}

fn read(reader: &str, folder: &Path) -> Result<(), Box<dyn Error>> {
    let [number, birth, expiry] = three_lines()?;
    let context = pcsc::Context::establish(pcsc::Scope::User)?;
    let card = context.connect(&CString::new(reader)?, pcsc::ShareMode::Shared, pcsc::Protocols::ANY)?;
    let mut chip = EmrtdComms::new(card);
    chip.select_emrtd_application()?;
    chip.establish_bac_session_keys(other_mrz(&number, &birth, &expiry)?.as_bytes())?;
    for (name, identifier) in FILES {
        chip.select_ef(&identifier, name, true)?;
        let content = chip.read_data_from_ef(true)?;
        println!("{name} {}", content.len());
        fs::write(folder.join(format!("{name}.bin")), content)?;
    }
    Ok(())
}

fn three_lines() -> Result<[String; 3], Box<dyn Error>> {
    let mut lines = io::stdin().lines();
    let mut line = || lines.next().ok_or("three lines are needed on standard input");
    Ok([line()??, line()??, line()??])
}
