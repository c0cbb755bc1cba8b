//! The tree of files, and which of them is selected.

use std::collections::BTreeMap;

use sigillo_apdu::StatusWord;
use sigillo_apdu::fcp::{AccessRule, Fcp, FileKind, LifeCycle};

use crate::objects::Objects;

/// The file identifier of the master file. Spec: `iso-7816-4#file-identifiers`.
pub(crate) const MASTER_FILE: u16 = 0x3F00;

/// Names one file for as long as it exists.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) struct FileHandle(pub(crate) u16);

/// One file: its parameters as they were sent (with the life cycle of today), its place, its content.
pub(crate) struct File {
    pub(crate) fcp: Fcp,
    pub(crate) parent: Option<FileHandle>,
    pub(crate) body: FileBody,
}

/// What a file holds.
pub(crate) enum FileBody {
    /// A DF: its objects; its files name it as their parent.
    Dedicated(Box<Objects>),
    /// A transparent EF: its octets, as many as were asked for when it was created.
    Elementary(Vec<u8>),
}

/// All files of the chip.
#[derive(Default)]
pub(crate) struct FileSystem {
    files: BTreeMap<FileHandle, File>,
}

/// The current DF and the current EF inside it.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub(crate) struct Selection {
    pub(crate) df: Option<FileHandle>,
    pub(crate) ef: Option<FileHandle>,
}

impl File {
    /// A new file with the content that CREATE FILE gives it: zeros.
    pub(crate) fn new(fcp: Fcp, parent: Option<FileHandle>) -> Self {
        let body = match fcp.kind {
            FileKind::Df { .. } => FileBody::Dedicated(Box::default()),
            FileKind::TransparentEf { size, .. } => FileBody::Elementary(vec![0; usize::from(size)]),
        };
        Self { fcp, parent, body }
    }

    /// Octets of memory that the file takes.
    pub(crate) fn footprint(&self) -> usize {
        let content = match &self.body {
            FileBody::Elementary(content) => content.len(),
            FileBody::Dedicated(objects) => objects.footprint(),
        };
        FILE_FOOTPRINT + self.fcp.encode().len() + content
    }

    fn sfi(&self) -> Option<u8> {
        match self.fcp.kind {
            FileKind::TransparentEf { sfi, .. } => sfi,
            FileKind::Df { .. } => None,
        }
    }

    fn name(&self) -> Option<&[u8]> {
        match &self.fcp.kind {
            FileKind::Df { name } => name.as_deref(),
            FileKind::TransparentEf { .. } => None,
        }
    }
}

impl FileSystem {
    /// The master file, once it was created.
    pub(crate) fn master(&self) -> Option<FileHandle> {
        self.files.iter().find(|(_, file)| file.parent.is_none()).map(|(handle, _)| *handle)
    }

    pub(crate) fn get(&self, handle: FileHandle) -> Option<&File> {
        self.files.get(&handle)
    }

    /// The access rules of a file.
    pub(crate) fn rules(&self, handle: FileHandle) -> &[AccessRule] {
        self.get(handle).map(|file| file.fcp.rules.as_slice()).unwrap_or_default()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (FileHandle, &File)> {
        self.files.iter().map(|(handle, file)| (*handle, file))
    }

    fn values_mut(&mut self) -> impl Iterator<Item = &mut File> {
        self.files.values_mut()
    }

    /// The content of an EF, to be written.
    pub(crate) fn content_mut(&mut self, handle: FileHandle) -> Option<&mut Vec<u8>> {
        match &mut self.files.get_mut(&handle)?.body {
            FileBody::Elementary(content) => Some(content),
            FileBody::Dedicated(_) => None,
        }
    }

    /// The content of an EF.
    pub(crate) fn content(&self, handle: FileHandle) -> Option<&[u8]> {
        match &self.get(handle)?.body {
            FileBody::Elementary(content) => Some(content),
            FileBody::Dedicated(_) => None,
        }
    }

    /// The objects of a DF.
    pub(crate) fn objects(&self, handle: FileHandle) -> Option<&Objects> {
        match &self.get(handle)?.body {
            FileBody::Dedicated(objects) => Some(objects),
            FileBody::Elementary(_) => None,
        }
    }

    /// The objects of a DF, to be written.
    pub(crate) fn objects_mut(&mut self, handle: FileHandle) -> Option<&mut Objects> {
        match &mut self.files.get_mut(&handle)?.body {
            FileBody::Dedicated(objects) => Some(objects),
            FileBody::Elementary(_) => None,
        }
    }

    /// The file with this identifier directly inside a DF.
    pub(crate) fn child(&self, parent: FileHandle, fid: u16) -> Option<FileHandle> {
        self.children(parent).find(|(_, file)| file.fcp.fid == fid).map(|(handle, _)| handle)
    }

    /// The EF with this short identifier directly inside a DF.
    pub(crate) fn child_with_sfi(&self, parent: FileHandle, sfi: u8) -> Option<FileHandle> {
        self.children(parent).find(|(_, file)| file.sfi() == Some(sfi)).map(|(handle, _)| handle)
    }

    /// The DF with exactly this name, wherever it is.
    pub(crate) fn named(&self, name: &[u8]) -> Option<FileHandle> {
        self.iter().find(|(_, file)| file.name() == Some(name)).map(|(handle, _)| handle)
    }

    /// A DF whose name begins so: as no sound chip selects it.
    pub(crate) fn named_like(&self, part: &[u8]) -> Option<FileHandle> {
        let begins = |file: &File| file.name().is_some_and(|name| name.starts_with(part));
        self.iter().find(|(_, file)| begins(file)).map(|(handle, _)| handle)
    }

    /// Octets of memory that all files take.
    pub(crate) fn footprint(&self) -> usize {
        self.files.values().map(File::footprint).sum()
    }

    /// Judges whether a file may stand in the tree: the same rules for CREATE FILE and for a loaded image.
    pub(crate) fn admit(&self, file: &File) -> Result<(), StatusWord> {
        let is_df = matches!(file.fcp.kind, FileKind::Df { .. });
        let Some(parent) = file.parent else {
            let is_master = is_df && file.fcp.fid == MASTER_FILE && file.name().is_none() && self.files.is_empty();
            return if is_master { Ok(()) } else { Err(StatusWord::WrongData) };
        };
        if self.objects(parent).is_none() || RESERVED.contains(&file.fcp.fid) {
            return Err(StatusWord::WrongData);
        }
        if matches!(file.fcp.kind, FileKind::TransparentEf { size: 0, .. }) {
            return Err(StatusWord::WrongData);
        }
        if self.child(parent, file.fcp.fid).is_some() {
            return Err(StatusWord::FileExists);
        }
        if file.sfi().is_some_and(|sfi| self.child_with_sfi(parent, sfi).is_some()) {
            return Err(StatusWord::FileExists);
        }
        if file.name().is_some_and(|name| self.named(name).is_some()) {
            return Err(StatusWord::DfNameExists);
        }
        Ok(())
    }

    /// The handle that the next new file gets.
    pub(crate) fn next_handle(&self) -> Option<FileHandle> {
        match self.files.keys().next_back() {
            None => Some(FileHandle(0)),
            Some(FileHandle(last)) => last.checked_add(1).map(FileHandle),
        }
    }

    /// Puts an admitted file into the tree.
    pub(crate) fn insert(&mut self, handle: FileHandle, file: File) {
        self.files.insert(handle, file);
    }

    /// Removes a file and everything inside it.
    pub(crate) fn remove(&mut self, handle: FileHandle) {
        let mut doomed = vec![handle];
        while let Some(next) = doomed.pop() {
            self.files.remove(&next);
            doomed.extend(self.children(next).map(|(child, _)| child));
        }
    }

    /// Gives every file the life cycle status that the lock gives; what was deactivated stays so.
    pub(crate) fn activate_all(&mut self) {
        self.make_all(LifeCycle::Activated);
    }

    /// Gives every file this life cycle status; what was deactivated stays so.
    pub(crate) fn make_all(&mut self, life_cycle: LifeCycle) {
        for file in self.values_mut().filter(|file| file.fcp.life_cycle != LifeCycle::Deactivated) {
            file.fcp.life_cycle = life_cycle;
        }
    }

    /// Gives one file this life cycle status.
    pub(crate) fn set_life_cycle(&mut self, handle: FileHandle, life_cycle: LifeCycle) {
        if let Some(file) = self.files.get_mut(&handle) {
            file.fcp.life_cycle = life_cycle;
        }
    }

    /// Whether this file, or a DF around it, is deactivated.
    pub(crate) fn is_deactivated(&self, handle: FileHandle) -> bool {
        let mut next = Some(handle);
        while let Some(file) = next.and_then(|handle| self.get(handle)) {
            if file.fcp.life_cycle == LifeCycle::Deactivated {
                return true;
            }
            next = file.parent;
        }
        false
    }

    /// Destroys every object.
    pub(crate) fn forget_secrets(&mut self) {
        for file in self.values_mut() {
            if let FileBody::Dedicated(objects) = &mut file.body {
                **objects = Objects::default();
            }
        }
    }

    fn children(&self, parent: FileHandle) -> impl Iterator<Item = (FileHandle, &File)> {
        self.iter().filter(move |(_, file)| file.parent == Some(parent))
    }
}

impl Selection {
    /// What is selected when the chip gets power: the master file.
    pub(crate) fn at_reset(files: &FileSystem) -> Self {
        Self { df: files.master(), ef: None }
    }

    /// Selects a file: an EF makes its DF current too.
    pub(crate) fn of(files: &FileSystem, handle: FileHandle) -> Self {
        match files.get(handle) {
            Some(File { body: FileBody::Elementary(_), parent, .. }) => Self { df: *parent, ef: Some(handle) },
            _ => Self { df: Some(handle), ef: None },
        }
    }
}

/// File identifiers that ISO 7816-4 keeps for itself.
const RESERVED: [u16; 4] = [0x0000, MASTER_FILE, 0x3FFF, 0xFFFF];
/// What a file takes besides its parameters and its content.
const FILE_FOOTPRINT: usize = 32;
