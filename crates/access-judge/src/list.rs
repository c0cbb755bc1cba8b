//! The hand-written list.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::state::{Phase, State};

/// Who may do what, and by which clause; what no row grants is refused.
#[derive(Clone, Debug)]
pub struct Expectations {
    rows: Vec<Row>,
}

/// One row as it is written.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    objects: Vec<String>,
    commands: Vec<String>,
    phases: Vec<Phase>,
    /// States, or names of groups.
    states: Vec<String>,
    clause: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    groups: BTreeMap<String, Vec<String>>,
    row: Vec<Row>,
}

#[derive(Deserialize)]
struct Named {
    state: State,
}

impl Expectations {
    /// The committed list.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn committed() -> Result<Self, String> {
        Self::parse(include_str!("../expectations.toml"))
    }

    /// Reads a list; every group is resolved, every state is known, every row has a clause.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in words.
    pub fn parse(text: &str) -> Result<Self, String> {
        let File { groups, row } = toml::from_str(text).map_err(|error| error.to_string())?;
        let mut rows = row;
        for row in &mut rows {
            let mut states = BTreeSet::new();
            for name in &row.states {
                match groups.get(name) {
                    Some(members) => states.extend(members.iter().cloned()),
                    None => drop(states.insert(name.clone())),
                }
            }
            for name in &states {
                state_named(name).ok_or_else(|| format!("{name} is neither a state nor a group"))?;
            }
            if row.clause.is_empty() {
                return Err(format!("the row of {:?} has no clause", row.objects));
            }
            row.states = states.into_iter().collect();
        }
        Ok(Self { rows })
    }

    /// The clause that lets a terminal of this state do this, if one does.
    #[must_use]
    pub fn grant(&self, phase: Phase, state: State, object: &str, command: &str) -> Option<&str> {
        let row = self.rows.iter().find(|row| {
            row.phases.contains(&phase)
                && row.objects.iter().any(|listed| listed == object)
                && row.commands.iter().any(|listed| listed == command)
                && row.states.iter().any(|name| state_named(name) == Some(state))
        });
        row.map(|row| row.clause.as_str())
    }

    /// Every object that a row names.
    #[must_use]
    pub fn objects(&self) -> BTreeSet<&str> {
        self.rows.iter().flat_map(|row| row.objects.iter().map(String::as_str)).collect()
    }
}

fn state_named(name: &str) -> Option<State> {
    toml::from_str::<Named>(&format!("state = {name:?}")).ok().map(|named| named.state)
}
