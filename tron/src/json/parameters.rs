//! The network's parameters, as answers list them.

use serde::Deserialize;

/// `getchainparameters`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ChainParameters {
    /// All of them.
    #[serde(rename = "chainParameter")]
    pub chain_parameter: Vec<ChainParameter>,
}

/// A parameter that the network's producers vote on.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct ChainParameter {
    /// Its name.
    pub key: String,
    /// Its value.
    pub value: i64,
}

impl ChainParameters {
    /// The value of a parameter, if the node knows it.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<i64> {
        self.chain_parameter.iter().find(|parameter| parameter.key == key).map(|parameter| parameter.value)
    }
}
