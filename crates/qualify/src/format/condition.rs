use serde::Deserialize;

/// `"bac"`, `"!bac"`, `"pace-gm|pace-cam"`: items of the conformance statement of which one must be true (`!`: false).
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(from = "String")]
pub struct Condition {
    /// As it is written.
    pub text: String,
    /// Item, and what it must be: one of them suffices.
    pub alternatives: Vec<(String, bool)>,
}

impl From<String> for Condition {
    fn from(text: String) -> Self {
        let alternative = |word: &str| match word.trim().strip_prefix('!') {
            Some(item) => (item.to_owned(), false),
            None => (word.trim().to_owned(), true),
        };
        Self { alternatives: text.split('|').map(alternative).collect(), text }
    }
}
