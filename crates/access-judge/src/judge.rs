use std::collections::BTreeMap;
use std::fmt;

use sigillo_apdu::{CommandApdu, ins};
use sigillo_crypto::Entropy;

use crate::list::Expectations;
use crate::probe::{Probe, is_let_through, probes};
use crate::state::{Phase, State};
use crate::subject::Subject;
use crate::terminal::Terminal;

/// Where chip and list differ.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Deviation {
    /// The phase.
    pub phase: Phase,
    /// The terminal's state.
    pub state: State,
    /// The object.
    pub object: String,
    /// The command.
    pub command: String,
    /// What was expected and what came.
    pub what: String,
}

/// What a chip did: which objects let which commands through.
pub type Observations = BTreeMap<(Phase, State, String, &'static str), bool>;

impl fmt::Display for Deviation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}, {:?}: {} of {}: {}", self.phase, self.state, self.command, self.object, self.what)
    }
}

/// A judgement: everything that was tried, and where chip and list differ.
#[derive(Debug, Default)]
pub struct Judgement {
    /// What was tried and what came of it; several forms of one command count as one, and all must agree.
    pub observations: Observations,
    /// Where chip and list differ.
    pub deviations: Vec<Deviation>,
    /// Commands tried.
    pub tried: usize,
}

impl Judgement {
    fn deviate(&mut self, (phase, state): (Phase, State), object: &str, command: &str, what: String) {
        let (object, command) = (object.to_owned(), command.to_owned());
        self.deviations.push(Deviation { phase, state, object, command, what });
    }
}

/// Tries every command on every object in every state of every phase.
///
/// A state that a phase offers must be reached; one that it does not offer must not be.
#[must_use]
pub fn judge(subject: &mut dyn Subject, list: &Expectations, entropy: &mut dyn Entropy) -> Judgement {
    let mut judgement = Judgement::default();
    for phase in Phase::ALL {
        for state in State::ALL {
            judge_one(&mut judgement, subject, list, &|_| true, (phase, state), entropy);
        }
    }
    judgement
}

/// As [`judge`], on one object only, until the first deviation.
#[must_use]
pub fn first_deviation(
    subject: &mut dyn Subject,
    list: &Expectations,
    object: &str,
    entropy: &mut dyn Entropy,
) -> Option<Deviation> {
    let mut judgement = Judgement::default();
    for phase in Phase::ALL {
        for state in State::ALL {
            judge_one(&mut judgement, subject, list, &|probed| probed == object, (phase, state), entropy);
            if let Some(deviation) = judgement.deviations.pop() {
                return Some(deviation);
            }
        }
    }
    None
}

fn judge_one(
    judgement: &mut Judgement,
    subject: &mut dyn Subject,
    list: &Expectations,
    chosen: &dyn Fn(&str) -> bool,
    (phase, state): (Phase, State),
    entropy: &mut dyn Entropy,
) {
    if subject.renew(phase) && reachable(judgement, subject, phase, state, entropy) {
        try_all(judgement, subject, list, chosen, (phase, state), entropy);
    }
}

/// Lets a terminal of a state, beginning with a reset, send these commands, all of which the chip must let through.
///
/// # Errors
///
/// Why the state was not reached, or which command was refused, in words.
pub fn carry_out(
    state: State,
    commands: &[CommandApdu],
    subject: &mut dyn Subject,
    entropy: &mut dyn Entropy,
) -> Result<(), String> {
    let mut terminal = Terminal::reach(state, subject, entropy).map_err(|why| why.0)?;
    for command in commands {
        let answer = terminal.send(command).map_err(|why| why.0)?;
        if !is_let_through(answer.status()) {
            return Err(format!("{:?} was answered with {}", command.head(), answer.status()));
        }
    }
    Ok(())
}

fn reachable(
    judgement: &mut Judgement,
    subject: &mut dyn Subject,
    phase: Phase,
    state: State,
    entropy: &mut dyn Entropy,
) -> bool {
    let reached = Terminal::reach(state, subject, entropy).map(|_| ()).map_err(|why| why.0);
    let what = match (&reached, state.exists_in(phase)) {
        (Ok(()), true) => return true,
        (Err(_), false) => return false,
        (Err(why), true) => format!("this state could not be reached: {why}"),
        (Ok(()), false) => "this state must not be reached".to_owned(),
    };
    judgement.deviate((phase, state), "chip", "open", what);
    false
}

fn try_all(
    judgement: &mut Judgement,
    subject: &mut dyn Subject,
    list: &Expectations,
    chosen: &dyn Fn(&str) -> bool,
    (phase, state): (Phase, State),
    entropy: &mut dyn Entropy,
) {
    let probes: Vec<Probe> = probes(subject).into_iter().filter(|probe| chosen(&probe.object)).collect();
    let mut waiting = probes.iter().peekable();
    while waiting.peek().is_some() {
        subject.renew(phase);
        let mut terminal = match Terminal::reach(state, subject, entropy) {
            Ok(terminal) => terminal,
            Err(why) => {
                let what = format!("this state could not be reached again: {}", why.0);
                judgement.deviate((phase, state), "chip", "open", what);
                return;
            }
        };
        // One session serves until something was let through: that may have changed the chip.
        for probe in waiting.by_ref() {
            let (let_through, last) = try_one(&mut terminal, probe);
            judgement.tried += 1;
            note(judgement, list, (phase, state), probe, let_through, &last);
            let is_alive = try_one(&mut terminal, &alive()).0;
            if let_through || !is_alive {
                break;
            }
        }
    }
}

/// Reading what anybody may read: is the session still there?
fn alive() -> Probe {
    let commands = vec![CommandApdu::new(0x00, ins::SELECT, 0x00, 0x0C).with_data([0x3F, 0x00])];
    Probe { object: String::new(), command: "select", commands }
}

fn try_one(terminal: &mut Terminal<'_>, probe: &Probe) -> (bool, String) {
    for command in &probe.commands {
        match terminal.send(command) {
            Ok(answer) if is_let_through(answer.status()) => {}
            Ok(answer) => return (false, answer.status().to_string()),
            Err(why) => return (false, why.0),
        }
    }
    (true, "it was let through".to_owned())
}

fn note(
    judgement: &mut Judgement,
    list: &Expectations,
    (phase, state): (Phase, State),
    probe: &Probe,
    let_through: bool,
    last: &str,
) {
    let grant = list.grant(phase, state, &probe.object, probe.command);
    let key = (phase, state, probe.object.clone(), probe.command);
    *judgement.observations.entry(key).or_insert(false) |= let_through;
    // A data object has its place: one form that is let through fulfils a grant of PUT DATA.
    let what = match (grant, let_through) {
        (None, true) => "no row grants it, and it was let through".to_owned(),
        (Some(clause), false) if probe.command != "put-data" => {
            format!("{clause} grants it, and it was refused: {last}")
        }
        _ => return,
    };
    judgement.deviate((phase, state), &probe.object, probe.command, what);
}
