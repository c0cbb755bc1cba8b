use std::path::Path;
use std::process::ExitCode;

use serde_json::json;
use sigillo_issuance::checkpoint::{SignedCheckpoint, key_id};
use sigillo_issuance::operator::ChangeAct;
use sigillo_keystore::Keystore;
use sigillo_line::{LineError, write_new_private};
use sigillo_store::Store;

use crate::context::{Context, Open};
use crate::failure::Failure;

/// `sigillo audit checkpoint`.
pub(super) fn checkpoint(context: &Context, out: Option<&Path>) -> Result<ExitCode, Failure> {
    let mut open = context.open()?;
    let folder = out.map_or_else(|| open.home.checkpoints(), Path::to_owned);
    let (head, last) = (open.store.trace_head()?, open.store.checkpoints()?.pop());
    let signed = if head.seq == last.map_or(0, |last| last.checkpoint.head.seq) {
        None
    } else {
        let asked = json!({ "entries": head.seq, "head": hex::encode(head.hash) });
        context.ask(&mut open, ChangeAct::AuditCheckpoint, "trace", &asked)?;
        sign(context, &mut open.store, &*open.keys)?
    };
    // Those of the register that are not there yet go with it: a folder that was full or away is made whole.
    let written = write_missing(&open.store, &folder)?;
    let last = match signed {
        Some(signed) => Some(signed),
        None => open.store.checkpoints()?.pop(),
    };
    let result = json!({
        "number": last.as_ref().map(|last| last.checkpoint.number), "entries": last.as_ref().map(|last| last.checkpoint.head.seq),
        "folder": folder, "written": written,
    });
    context.print(&result, || match &last {
        Some(SignedCheckpoint { checkpoint, .. }) => format!(
            "checkpoint {}: {} entries, head {}\n{written} written to {}\n",
            checkpoint.number,
            checkpoint.head.seq,
            hex::encode(checkpoint.head.hash),
            folder.display()
        ),
        None => "nothing happened yet: there is nothing to sign\n".to_owned(),
    });
    Ok(ExitCode::SUCCESS)
}

/// Signs where the trace ends when a run is over. The run is over whatever becomes of this: the next checkpoint speaks for it too.
pub(crate) fn after_run(context: &Context, open: &mut Open) {
    let folder = open.home.checkpoints();
    let written = sign(context, &mut open.store, &*open.keys).and_then(|_| write_missing(&open.store, &folder));
    if let Err(failure) = written {
        tracing::warn!(code = failure.code, "no checkpoint was written: run `sigillo audit checkpoint`");
    }
}

fn sign(context: &Context, store: &mut Store, keys: &dyn Keystore) -> Result<Option<SignedCheckpoint>, Failure> {
    let key = key_id(&keys.checkpoint_public_key()?).map_err(sigillo_keystore::KeystoreError::from)?;
    let at = context.now().to_string();
    Ok(store.checkpoint::<LineError>(&at, key, |message| Ok(keys.sign_checkpoint(message)?))?)
}

/// Writes the register's checkpoints that are not in the folder yet; none that is there is touched.
fn write_missing(store: &Store, folder: &Path) -> Result<u64, Failure> {
    std::fs::create_dir_all(folder).map_err(|error| LineError::file(folder, &error))?;
    let mut written = 0;
    for signed in store.checkpoints()? {
        let path = folder.join(format!("checkpoint-{:08}.json", signed.checkpoint.number));
        if !path.exists() {
            write_new_private(&path, &signed.encode())?;
            written += 1;
        }
    }
    Ok(written)
}
