//! Numbers that may be percentages: `maxSurge`, `maxUnavailable`.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/intstr/intstr.go`.

use std::fmt;

use super::Name;

/// A count, or text that should be a percentage of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum IntOrPercent {
    /// An absolute number.
    Int(i32),
    /// Text such as `25%`. Other text can be held, and fails when it is resolved.
    Text(Name),
}

/// Text that is neither a number nor a percentage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvalidPercent(pub Name);

impl fmt::Display for InvalidPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "invalid value for IntOrString: invalid type: string is not a percentage: {:?}",
            self.0
        )
    }
}

impl IntOrPercent {
    /// Reads flag-like text: a number when it is one that fits 32 bits, text otherwise.
    pub fn parse(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Text(text.into()), Self::Int)
    }

    /// The percentage, when this is one.
    ///
    /// # Errors
    /// Text that is not a number followed by `%`.
    pub fn percent(&self) -> Result<Option<i64>, InvalidPercent> {
        match self {
            Self::Int(_) => Ok(None),
            Self::Text(text) => text
                .strip_suffix('%')
                .and_then(|number| number.parse::<i32>().ok())
                .map(|percent| Some(i64::from(percent)))
                .ok_or_else(|| InvalidPercent(text.clone())),
        }
    }

    /// The count this means out of `total`: percentages round up when `round_up`, else down.
    /// `25%` of 3 is 1 rounded up and 0 rounded down.
    ///
    /// # Errors
    /// Text that is not a percentage.
    pub fn scaled(&self, total: i32, round_up: bool) -> Result<i32, InvalidPercent> {
        let Some(percent) = self.percent()? else {
            let Self::Int(value) = self else { return Ok(0) };
            return Ok(*value);
        };
        let product = percent * i64::from(total);
        let scaled = if round_up { div_ceil(product, 100) } else { product.div_euclid(100) };
        Ok(i32::try_from(scaled).unwrap_or(i32::MAX))
    }
}

const fn div_ceil(product: i64, by: i64) -> i64 {
    -((-product).div_euclid(by))
}

impl fmt::Display for IntOrPercent {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(value) => write!(f, "{value}"),
            Self::Text(text) => f.write_str(text),
        }
    }
}
