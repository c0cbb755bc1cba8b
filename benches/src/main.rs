//! Measures sigillo: a table for people, and `target/bench/summary.json`. What each row means: `benches/README.md`.

mod bound;
mod card;
mod chip;
mod clock;
mod crossed;
mod failure;
mod fixture;
mod formula;
mod inspection;
mod memory;
mod openssl;
mod preparation;
mod primitives;
mod registry;
mod row;
mod sealing;
mod token;
mod wire;

use std::fs;
use std::io::{Write, stderr, stdout};
use std::path::Path;
use std::process::ExitCode;

use failure::Failure;
use fixture::Fixture;
use row::{Row, table};

const USAGE: &str =
    "usage: scripts/bench [GROUP...]      groups: preparation sealing token card inspection chip wire memory primitive registry; default: all

With groups, the table is printed and target/bench/summary.json stays as it is.";
const GROUPS: [&str; 10] =
    ["preparation", "sealing", "token", "card", "inspection", "chip", "wire", "memory", "primitive", "registry"];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&arguments) {
        Ok(code) => code,
        Err(failure) => {
            let _ = writeln!(stderr(), "bench: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &[&str]) -> Result<ExitCode, Failure> {
    if let ["--child", job, lot] = arguments {
        let job = memory::Job::parse(job).ok_or("no such job")?;
        memory::child(job, Path::new(lot), &mut stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let [token::CHILD, folder] = arguments {
        token::child(Path::new(folder), &mut stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    if let [registry::CHILD, register] = arguments {
        registry::child(Path::new(register), &mut stdout())?;
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.iter().any(|argument| !GROUPS.contains(argument)) {
        writeln!(stderr(), "{USAGE}")?;
        return Ok(ExitCode::from(2));
    }
    let wanted = |group: &&str| arguments.is_empty() || arguments.contains(group);
    let mut fixture = Fixture::new()?;
    let mut rows = Vec::new();
    for group in GROUPS.iter().filter(|group| wanted(group)) {
        let measured = measure(group, &mut fixture)?;
        write!(stdout(), "{}", table(&measured))?;
        rows.extend(measured);
    }
    if arguments.is_empty() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/bench");
        fs::create_dir_all(&folder)?;
        fs::write(folder.join("summary.json"), serde_json::to_string_pretty(&rows)? + "\n")?;
    }
    let missed = rows.iter().filter(|row| row.holds == Some(false)).count();
    let barred = rows.iter().filter(|row| row.bar.is_some()).count();
    writeln!(stdout(), "\n{} of {barred} bars hold", barred - missed)?;
    Ok(if missed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn measure(group: &str, fixture: &mut Fixture) -> Result<Vec<Row>, Failure> {
    match group {
        "preparation" => preparation::rows(fixture),
        "sealing" => sealing::rows(),
        "token" => token::rows(),
        "card" => card::rows(fixture),
        "inspection" => inspection::rows(),
        "chip" => chip::rows(),
        "wire" => wire::rows(fixture),
        "memory" => memory::rows(),
        "registry" => registry::rows(),
        _ => primitives::rows(fixture),
    }
}
