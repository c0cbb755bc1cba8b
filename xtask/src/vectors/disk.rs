//! `test-vectors/` on disk: suites, blobs, and the manifest of everything in it.

use std::fs;
use std::path::{Path, PathBuf};

use sigillo_crypto::sha256;
use sigillo_vectors::Folder;

use crate::check::CheckError;
use crate::sources::{files_below, read};

/// Everything below the folder that is no suite.
const NOT_SUITES: [&str; 4] = ["schemas", "replay", "blobs", "keys"];

/// Reads every suite and every blob.
pub(super) fn load(root: &Path) -> Result<Folder, CheckError> {
    let top = root.join("test-vectors");
    let mut folder = Folder::default();
    for path in files_below(&top, "json")? {
        let name = relative(&top, &path);
        if !NOT_SUITES.iter().any(|other| name.starts_with(&format!("{other}/"))) {
            folder.suites.insert(name, read(&path)?);
        }
    }
    for path in blobs(&top)? {
        let content = fs::read(&path).map_err(|source| unreadable(&path, source))?;
        folder.blobs.insert(&relative(&top.join("blobs"), &path), content);
    }
    Ok(folder)
}

/// Writes what differs, removes blobs that the folder no longer has, and makes the manifest.
pub(super) fn store(root: &Path, folder: &Folder) -> Result<(), CheckError> {
    let top = root.join("test-vectors");
    for (name, text) in &folder.suites {
        write(&top.join(name), text.as_bytes())?;
    }
    for (name, content) in folder.blobs.iter() {
        write(&top.join("blobs").join(name), content)?;
    }
    for path in blobs(&top)? {
        if !folder.blobs.names().any(|name| path.ends_with(name)) {
            fs::remove_file(&path).map_err(|source| unreadable(&path, source))?;
        }
    }
    write(&top.join(MANIFEST), manifest(root)?.as_bytes())
}

/// A fault if the manifest is not the one that this folder must have.
pub(super) fn manifest_fault(root: &Path) -> Result<Option<String>, CheckError> {
    let stored = fs::read_to_string(root.join("test-vectors").join(MANIFEST)).unwrap_or_default();
    let right = stored == manifest(root)?;
    Ok((!right).then(|| format!("test-vectors/{MANIFEST} is not true (cargo xtask vectors fmt)")))
}

/// Removes the blobs that no suite names any more.
pub(super) fn drop_unnamed_blobs(folder: &mut Folder) {
    let mut kept = sigillo_vectors::Blobs::default();
    for (name, content) in folder.blobs.iter() {
        if folder.suites.values().any(|text| text.contains(name)) {
            kept.insert(name, content.to_vec());
        }
    }
    folder.blobs = kept;
}

const MANIFEST: &str = "MANIFEST.sha256";

/// SHA-256 and path of each suite, schema and blob, as `sha256sum -c` reads it, sorted by path.
fn manifest(root: &Path) -> Result<String, CheckError> {
    let top = root.join("test-vectors");
    let mut paths = files_below(&top, "json")?;
    paths.extend(blobs(&top)?);
    paths.sort();
    let mut lines = String::new();
    for path in paths {
        let content = fs::read(&path).map_err(|source| unreadable(&path, source))?;
        lines.push_str(&format!("{}  {}\n", hex::encode(sha256(&content)), relative(&top, &path)));
    }
    Ok(lines)
}

fn blobs(top: &Path) -> Result<Vec<PathBuf>, CheckError> {
    let folder = top.join("blobs");
    let entries = fs::read_dir(&folder).map_err(|source| unreadable(&folder, source))?;
    let mut paths = Vec::new();
    for entry in entries {
        paths.push(entry.map_err(|source| unreadable(&folder, source))?.path());
    }
    paths.sort();
    Ok(paths)
}

fn write(path: &Path, content: &[u8]) -> Result<(), CheckError> {
    if fs::read(path).is_ok_and(|found| found == content) {
        return Ok(());
    }
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(|source| unreadable(path, source))?;
    }
    fs::write(path, content).map_err(|source| unreadable(path, source))
}

fn relative(top: &Path, path: &Path) -> String {
    path.strip_prefix(top).unwrap_or(path).to_string_lossy().replace('\\', "/")
}

fn unreadable(path: &Path, source: std::io::Error) -> CheckError {
    CheckError::Unreadable { path: path.to_owned(), source }
}
