//! Foreign judge: reads a chip with the crate `dmrtd`, none of sigillo's code.
//!
//! `read_with_dmrtd bac|pace-mrz|pace-can [active-authentication]` speaks to the card over two pipes: a command goes to standard output as
//! `> HEX`, its answer comes back on standard input as one line of hexadecimal; what was read goes out as `= NAME HEX`, what was
//! checked as `+ CHECK`. Standard input begins with document number, date of birth and date of expiry (YYMMDD), or the card access
//! number, a line each: they open the chip, so they are no arguments. Exit status: 0 all read, 1 refused, 2 wrong call.

use std::error::Error;
use std::io::Write;
use std::process::ExitCode;
use std::{env, io};

use chrono::NaiveDate;
use dmrtd::com::{TransceiveError, Transceiver};
use dmrtd::passport::Passport;
use dmrtd::proto::can_key::CanKey;
use dmrtd::proto::dba_key::DBAKey;

/// Short file identifiers in the application.
const FILES: [(&str, u8); 4] = [("EF.COM", 0x1E), ("EF.SOD", 0x1D), ("DG1", 0x01), ("DG2", 0x02)];

/// Eight octets nobody reuses: the chip's key is asked once in a process.
const CHALLENGE: [u8; 8] = *b"sigillo!";

fn main() -> ExitCode {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let (access, active) = match arguments.as_slice() {
        [access] => (*access, false),
        [access, "active-authentication"] => (*access, true),
        _ => ("", false),
    };
    if !["bac", "pace-mrz", "pace-can"].contains(&access) {
        eprintln!("usage: read_with_dmrtd bac|pace-mrz|pace-can [active-authentication]");
        return ExitCode::from(2);
    }
    match read(access, active) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("read_with_dmrtd: {error}");
            ExitCode::from(1)
        }
    }
}

fn read(access: &str, active: bool) -> Result<(), Box<dyn Error>> {
    match access {
        "bac" => {
            let key = mrz_key(false)?;
            let mut passport = Passport::new(Pipes);
            passport.start_session(key)?;
            read_files(passport, active)
        }
        "pace-mrz" => {
            let key = mrz_key(true)?;
            let mut passport = Passport::new(Pipes);
            let card_access = passport.read_ef_card_access()?;
            passport.start_session_pace(key, &card_access)?;
            read_files(passport, active)
        }
        _ => {
            let key = CanKey::new(&line()?)?;
            let mut passport = Passport::new(Pipes);
            let card_access = passport.read_ef_card_access()?;
            passport.start_session_pace(key, &card_access)?;
            read_files(passport, active)
        }
    }
}

fn read_files(mut passport: Passport<Pipes>, active: bool) -> Result<(), Box<dyn Error>> {
    // Selects the application by way of the crate's own reading, and parses the file.
    passport.read_ef_com()?;
    if active {
        passport.verify_active_authentication(&CHALLENGE)?;
        println!("+ active-authentication");
        passport.read_ef_com()?;
    }
    // Asking for the inner interface makes the crate forget what is selected; the chip does not.
    let inner = passport.api_mut();
    for (name, identifier) in FILES {
        println!("= {name} {}", hex(&inner.read_file_by_sfi(identifier)?));
    }
    Ok(())
}

fn mrz_key(pace: bool) -> Result<DBAKey, Box<dyn Error>> {
    let (number, birth, expiry) = (line()?, line()?, line()?);
    let date = |text: &str| NaiveDate::parse_from_str(text, "%y%m%d");
    Ok(DBAKey::new(number, date(&birth)?, date(&expiry)?, pace)?)
}

/// The card at the other end of standard input and output.
struct Pipes;

impl Transceiver for Pipes {
    fn transceive(&mut self, apdu: &[u8]) -> Result<Vec<u8>, TransceiveError> {
        println!("> {}", hex(apdu));
        io::stdout().flush().map_err(|error| TransceiveError::new(error.to_string()))?;
        let answer = line().map_err(|error| TransceiveError::new(error.to_string()))?;
        octets(&answer).ok_or_else(|| TransceiveError::new("an answer is not hexadecimal"))
    }
}

fn line() -> Result<String, Box<dyn Error>> {
    Ok(io::stdin().lines().next().ok_or("standard input ended")??)
}

fn hex(octets: &[u8]) -> String {
    octets.iter().map(|octet| format!("{octet:02x}")).collect()
}

fn octets(hex: &str) -> Option<Vec<u8>> {
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}
