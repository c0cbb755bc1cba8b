use crate::error::ProfileError;
use crate::table::{Access, ConditionName, Content, FileKind, FileSpec, Mechanism, Profile};

impl Profile {
    pub(super) fn check_files(&self) -> Result<(), ProfileError> {
        for (index, file) in self.files.iter().enumerate() {
            let earlier = self.files.get(..index).unwrap_or_default();
            self.check_file(file, earlier)?;
            self.check_rules(file)?;
            if let Some(twin) = earlier.iter().find(|other| clash(other, file)) {
                return Err(ProfileError::duplicate(&twin.name, &file.name));
            }
        }
        Ok(())
    }

    /// DG3 and DG4 open to terminals with the right alone. Spec: `icao-9303-10#dg3`, decision D2.
    pub(super) fn check_biometrics(&self) -> Result<(), ProfileError> {
        for file in &self.files {
            if !matches!(file.content(), Some(Content::DataGroup(3 | 4))) {
                continue;
            }
            let closed = file.rule(Access::Read).iter().all(|name| match name {
                ConditionName::Always => false,
                ConditionName::Environment(name) => self.environment(name).is_some_and(|environment| {
                    environment.alternatives.iter().all(|alternative| {
                        matches!(alternative.mechanism, Mechanism::Scp03 | Mechanism::TerminalAuthentication)
                    })
                }),
            });
            if !closed {
                return Err(ProfileError::rule(
                    &file.name,
                    "fingerprints and irises are read by the formation keys or Terminal Authentication alone",
                ));
            }
        }
        Ok(())
    }

    fn check_file(&self, file: &FileSpec, earlier: &[FileSpec]) -> Result<(), ProfileError> {
        let refused = |what| Err(ProfileError::rule(&file.name, what));
        match (&file.parent, &file.kind) {
            (None, FileKind::MasterFile) if file.fid == 0x3F00 => {}
            (None, _) | (_, FileKind::MasterFile) => return refused("only the master file, 3F00, has no parent"),
            (Some(parent), _) => {
                if !earlier.iter().any(|other| other.name == *parent && other.content().is_none()) {
                    return Err(ProfileError::unknown(&file.name, parent));
                }
            }
        }
        if let FileKind::Application { aid } = &file.kind
            && !(5..=16).contains(&aid.len())
        {
            return refused("an application identifier has 5 to 16 octets");
        }
        if file.sfi().is_some_and(|sfi| !(1..=30).contains(&sfi))
            || file.size().is_some_and(|size| !(1..=LONGEST_FILE).contains(&size))
        {
            return refused("a short file identifier is 1 to 30, a size 1 to 32768");
        }
        if file.deactivated && !(self.is_met_in_formation(file, Access::Deactivate) && self.is_activated_later(file)) {
            return refused("what formation leaves deactivated, it may deactivate, and somebody may activate later");
        }
        Ok(())
    }

    fn check_rules(&self, file: &FileSpec) -> Result<(), ProfileError> {
        let is_ef = file.content().is_some();
        for (access, names) in &file.rules {
            if access.operations(is_ef).is_empty() || names.is_empty() {
                return Err(ProfileError::rule(
                    &file.name,
                    "a rule that has no meaning for this kind of file, or names nobody",
                ));
            }
            for name in names {
                if let ConditionName::Environment(name) = name
                    && self.environment(name).is_none()
                {
                    return Err(ProfileError::unknown(&file.name, name));
                }
            }
        }
        Ok(())
    }

    fn is_met_in_formation(&self, file: &FileSpec, access: Access) -> bool {
        self.mechanisms_of(file, access).any(|mechanism| mechanism == Mechanism::Scp03)
    }

    fn is_activated_later(&self, file: &FileSpec) -> bool {
        self.mechanisms_of(file, Access::Activate).any(|mechanism| mechanism != Mechanism::Scp03)
    }

    fn mechanisms_of(&self, file: &FileSpec, access: Access) -> impl Iterator<Item = Mechanism> {
        let environments = file.rule(access).iter().filter_map(|name| match name {
            ConditionName::Environment(name) => self.environment(name),
            ConditionName::Always => None,
        });
        environments.flat_map(|environment| &environment.alternatives).map(|alternative| alternative.mechanism)
    }
}

/// What the 15 bits of an offset in P1-P2 reach: formation uses no odd instructions.
const LONGEST_FILE: u16 = 0x8000;

fn clash(a: &FileSpec, b: &FileSpec) -> bool {
    let siblings = a.parent == b.parent;
    let names =
        a.name == b.name || (siblings && a.fid == b.fid) || (siblings && a.sfi().is_some() && a.sfi() == b.sfi());
    let aids =
        matches!((&a.kind, &b.kind), (FileKind::Application { aid: x }, FileKind::Application { aid: y }) if x == y);
    names || aids || (a.content().is_some() && a.content() == b.content())
}
