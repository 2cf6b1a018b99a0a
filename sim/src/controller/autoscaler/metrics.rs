//! How much cpu and memory pods use: what a metrics server would report.
//!
//! A pod uses what its annotation `sim/cpu` says; or its share of what the annotation
//! `sim/cpu-total` on its Deployment says, which stands for a load that is spread over the pods that
//! work. Memory likewise. Without either nobody knows, as on a cluster without a metrics server.

use crate::api::quantity::parse_milli;
use crate::api::{ObjectMeta, Pod};

/// What a pod uses of a resource, in thousandths; `None` when nobody knows. `owner` is the scale
/// target's metadata, `working` how many of its pods share its load.
pub(crate) fn load_of(
    pod: &Pod,
    owner: &ObjectMeta,
    resource: &str,
    working: usize,
) -> Option<i64> {
    let own = pod.meta.annotation(&format!("sim/{resource}")).and_then(parse_milli);
    own.or_else(|| {
        let total = owner.annotation(&format!("sim/{resource}-total")).and_then(parse_milli)?;
        if !pod.is_ready() {
            return Some(0);
        }
        Some(total / i64::try_from(working).unwrap_or(i64::MAX).max(1))
    })
}
