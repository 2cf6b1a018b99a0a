//! A version's sign, for text: legends, heads, the log.

use crate::markup::put;
use crate::versions::{colour, shape};

/// Writes the sign number `sign`, as high as the text around it.
pub(crate) fn sign(out: &mut String, sign: usize) {
    put!(
        out,
        r#"<svg class="sign" viewBox="-14 -14 28 28" aria-hidden="true"><path d="{}" style="fill:{}"/></svg>"#,
        shape(sign),
        colour(sign)
    );
}
