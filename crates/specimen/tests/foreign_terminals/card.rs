//! The card's end of the two pipes (`interop/c/card.h`), with a virtual chip behind it.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Command, Stdio};

use sigillo_crypto::Entropy;
use sigillo_vchip::Chip;

/// What a foreign terminal made of a chip.
#[derive(Debug)]
pub(crate) struct Session {
    /// Files that it read, octet by octet.
    pub(crate) files: BTreeMap<String, Vec<u8>>,
    /// What it checked, in order.
    pub(crate) checks: Vec<String>,
    /// How many commands it sent.
    pub(crate) commands: usize,
    /// Exit status 0: it is content.
    pub(crate) is_content: bool,
    /// What it said when it was not.
    pub(crate) complaint: String,
}

/// Resets the chip and lets a terminal talk to it; `typed` is what its user types, each line with its end.
pub(crate) fn meet(
    terminal: &Path,
    arguments: &[&str],
    typed: &str,
    chip: &mut Chip,
    entropy: &mut dyn Entropy,
) -> Session {
    chip.power_on();
    let mut child = Command::new(terminal)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{}: {error}", terminal.display()));
    let mut to_terminal = child.stdin.take().unwrap();
    let from_terminal = BufReader::new(child.stdout.take().unwrap());
    to_terminal.write_all(typed.as_bytes()).unwrap();
    let mut session = Session {
        files: BTreeMap::new(),
        checks: Vec::new(),
        commands: 0,
        is_content: false,
        complaint: String::new(),
    };
    for line in from_terminal.lines() {
        let line = line.unwrap();
        match (line.split_at_checked(2), line.rsplit_once(' ')) {
            (Some(("> ", command)), _) => {
                session.commands += 1;
                let answer = chip.process(&hex::decode(command).unwrap(), entropy).unwrap();
                // A terminal that gave up in the meantime says so by its exit status.
                let _ = writeln!(to_terminal, "{}", hex::encode(answer));
            }
            (Some(("= ", _)), Some((name, octets))) => {
                session.files.insert(name[2..].to_owned(), hex::decode(octets).unwrap());
            }
            (Some(("+ ", check)), _) => session.checks.push(check.to_owned()),
            _ => panic!("{}: {line:?} is no line of its protocol", terminal.display()),
        }
    }
    child.stderr.take().unwrap().read_to_string(&mut session.complaint).unwrap();
    session.is_content = child.wait().unwrap().success();
    session
}
