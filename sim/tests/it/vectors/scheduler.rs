//! What the scheduler says about a pod that fits nowhere.

use rollscope_sim::scheduler::{fit_error, fit_message};
use serde_json::{Value, json};

use super::case::{Fields, check, unknown_op};

pub(crate) fn scheduling_message(case: &Value) -> Result<(), String> {
    check(case, |op, input| {
        if op != "fit_error" {
            return unknown_op(op);
        }
        let nodes = input.int("nodes")?;
        let post_filter = input.opt_text("postfilter_message").unwrap_or_default();
        let message = match input.opt_text("prefilter_message").unwrap_or_default() {
            "" => fit_error(nodes, &reasons(input)?, post_filter),
            pre_filter => fit_message(nodes, pre_filter, post_filter),
        };
        Ok(json!({ "message": message }))
    })
}

fn reasons(input: &Value) -> Result<Vec<Vec<String>>, String> {
    let texts = |node: &Value| {
        let reasons = node.as_array().into_iter().flatten();
        reasons.filter_map(|reason| Some(reason.as_str()?.to_owned())).collect()
    };
    Ok(input.list("reasons_per_node")?.iter().map(texts).collect())
}
