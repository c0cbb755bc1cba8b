//! The form of the case data: one file a test unit, in TOML.

mod certificate;
mod condition;
mod data;
mod expect;
mod filter;
mod state;
mod step;
mod template;
mod unit;

pub use certificate::{CertificateRecipe, CertificateRecipes};
pub use condition::Condition;
pub use data::DataCondition;
pub use expect::Expected;
pub(crate) use filter::Filter;
pub use state::{Access, Application, KeyName, PasswordName, StartState, TerminalRole};
pub use step::{
    AnswerForm, CaChoice, Cut, EachPoint, Exchange, KeyShape, PaceChoice, Phase, ReadBy, SessionState, Step, Tamper,
    Under, Verb,
};
pub use template::{Template, TemplateError};
pub use unit::{CaSuites, Case, Each, Expectation, Fresh, IcsItem, IcsItems, Need, Unit};
