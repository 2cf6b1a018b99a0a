//! The hash of a pod template, and names made from it.

use rollscope_sim::apiserver::names::{
    fnv32a, replica_set_name, safe_encode, template_hash, with_suffix,
};
use serde_json::{Value, json};

use super::case::{Fields, check, unknown_op};

pub(crate) fn pod_template_hash(case: &Value) -> Result<(), String> {
    check(case, |op, input| match op {
        "safe_encode" => Ok(json!({ "text": safe_encode(input.text("text")?) })),
        "fnv32a" => Ok(json!({ "hash": fnv32a(input.text("text")?.as_bytes()) })),
        "template_hash" => {
            let count = input.opt_int("collision_count")?;
            Ok(json!({ "hash": template_hash(input.text("template_text")?, count) }))
        }
        "property" => {
            let hashes: Vec<String> = input
                .list("collision_counts")?
                .iter()
                .map(|count| {
                    template_hash("", count.as_u64().and_then(|count| count.try_into().ok()))
                })
                .collect();
            Ok(json!({ "hashes_equal": hashes.windows(2).all(|pair| pair[0] == pair[1]) }))
        }
        "replicaset_name" => {
            let hash = input.text("hash")?;
            let name = replica_set_name(input.text("deployment")?, hash);
            let part = name.len() - hash.len() - 1;
            Ok(json!({ "name": &*name, "deployment_part_length": part }))
        }
        "pod_name" => {
            let name = with_suffix(input.text("generate_name")?, input.text("random_suffix")?);
            Ok(json!({ "name": &*name }))
        }
        other => unknown_op(other),
    })
}
