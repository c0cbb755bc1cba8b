use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Mutex;

use serde_json::{Value, json};
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::Keystore;
use sigillo_line::{HandDocument, Home, LineError, Sealer, write_new_private};
use sigillo_seal::LdsVersion;
use sigillo_store::Store;

use crate::args::seal::SignArgs;
use crate::commands::seal::files;
use crate::context::{Bar, Context};
use crate::failure::Failure;

/// What became of one folder.
struct Done {
    folder: PathBuf,
    /// Signer's key, slot and digest of the seal; `None` for one that was sealed before.
    sealed: Option<(String, u64, [u8; 32])>,
    /// Earlier seals of the same files that the register knows of.
    before: usize,
}

/// `sigillo seal sign`. The lock of the home is not taken: any number of these may run, beside a run too.
pub(super) fn sign(context: &Context, arguments: &SignArgs) -> Result<ExitCode, Failure> {
    context.operator()?;
    let open = context.open()?;
    let asked = json!({ "folders": arguments.folders });
    let bar = context.progress_bar(Some(arguments.folders.len() as u64));
    let queue = Mutex::new(arguments.folders.iter());
    let workers: Vec<Box<dyn Keystore>> =
        (0..arguments.workers).map(|_| open.keys.worker()).collect::<Result<_, _>>()?;
    // Read before the workers begin, so that they share one reading.
    open.home.revocations(open.keys.csca_certificates())?;
    let home = &open.home;
    let results: Vec<(Vec<Done>, Result<(), Failure>)> = std::thread::scope(|scope| {
        let hands: Vec<_> = workers
            .into_iter()
            .map(|keys| {
                let (queue, bar, asked) = (&queue, &bar, &asked);
                scope.spawn(move || {
                    let mut done = Vec::new();
                    let outcome = work(context, asked, home, keys.as_ref(), queue, bar, &mut done);
                    (done, outcome)
                })
            })
            .collect();
        hands.into_iter().map(|hand| hand.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))).collect()
    });
    let mut done = Vec::new();
    let mut failure = None;
    for (folders, outcome) in results {
        done.extend(folders);
        failure = failure.or(outcome.err());
    }
    done.sort_by(|one, other| one.folder.cmp(&other.folder));
    print(context, &done);
    failure.map_or(Ok(ExitCode::SUCCESS), Err)
}

/// One worker: folder after folder, until none is left or one is refused.
fn work<'q>(
    context: &Context,
    asked: &Value,
    home: &Home,
    keys: &dyn Keystore,
    queue: &Mutex<impl Iterator<Item = &'q PathBuf>>,
    bar: &Bar,
    done: &mut Vec<Done>,
) -> Result<(), Failure> {
    let operator = context.operator()?;
    let mut store = Store::open(&context.database(home)?)?;
    // Each worker has the register for itself, and asks for itself.
    context.ask_of(&mut store, home.mode(), keys, ChangeAct::SealSign, "folders", asked)?;
    let clock = || context.now();
    let revocations = home.revocations(keys.csca_certificates())?;
    loop {
        let Some(folder) = queue.lock().ok().and_then(|mut queue| queue.next()) else { return Ok(()) };
        let mut sealer = Sealer { store: &mut store, keys, revocations, clock: &clock, operator, run: None };
        let one = seal_folder(&mut sealer, home, folder).map_err(|error| {
            let failure = Failure::from(error);
            Failure { message: format!("{}: {}", folder.display(), failure.message), ..failure }
        })?;
        bar.tick_with(folder.display().to_string());
        done.push(one);
    }
}

/// A folder that has a seal keeps it, if it is a seal over what lies there; any other gets one.
fn seal_folder(sealer: &mut Sealer<'_>, home: &Home, folder: &Path) -> Result<Done, LineError> {
    let version = if home.profile().lds_version == "1.7" { LdsVersion::V1_7 } else { LdsVersion::V1_8 };
    let read = || files::groups(folder);
    let document = HandDocument::new(version, &read)?;
    let before = sealer.seals_of(&document)?.len();
    let path = folder.join(files::SOD);
    if let Some(ef_sod) = files::read_if_there(&path)? {
        sealer.judge_document(&document, &ef_sod)?;
        return Ok(Done { folder: folder.to_owned(), sealed: None, before });
    }
    let sealed = sealer.seal_document(&document)?;
    write_new_private(&path, sealed.seal.ef_sod())?;
    let sealed = Some((sealed.signer, sealed.slot, sealed.seal.digest()));
    Ok(Done { folder: folder.to_owned(), sealed, before })
}

fn print(context: &Context, done: &[Done]) {
    let rows: Vec<Value> = done
        .iter()
        .map(|done| {
            let sealed = done.sealed.as_ref();
            json!({
                "folder": done.folder, "sealed": sealed.is_some(), "seals_before": done.before,
                "signer": sealed.map(|(signer, ..)| signer), "slot": sealed.map(|(_, slot, _)| slot),
                "sod_digest": sealed.map(|(.., digest)| hex::encode(digest)),
            })
        })
        .collect();
    context.print(&json!({ "documents": rows }), || {
        let line = |done: &Done| match &done.sealed {
            Some((signer, slot, digest)) => {
                format!("{}: sealed by {signer}, slot {slot}, SHA-256 {}\n", done.folder.display(), hex::encode(digest))
            }
            None => format!("{}: sealed before, and still true\n", done.folder.display()),
        };
        done.iter().map(line).collect()
    });
}
