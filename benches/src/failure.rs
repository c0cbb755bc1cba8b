/// Why a measurement could not be made; it is told to people and nobody matches on it.
pub(crate) type Failure = Box<dyn std::error::Error>;
