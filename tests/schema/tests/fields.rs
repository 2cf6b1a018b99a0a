//! The fields of `sim/src/manifest/schema/structs.rs` are those of kubernetes v1.36, with their types.

use std::collections::BTreeMap;

use k8s_openapi::api::{apps, autoscaling, core, discovery, networking, policy, scheduling};
use rollscope_sim::manifest::{struct_fields, struct_names};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::Value as Json;

/// Structs of the Gateway API, which is no part of kubernetes itself.
const ELSEWHERE: [&str; 4] = ["HTTPRoute", "HTTPRouteSpec", "HTTPRouteRule", "HTTPBackendRef"];
/// Fields of other versions: of autoscaling/v1, and one that only old clusters know.
const OTHER_VERSIONS: [&str; 2] =
    ["HorizontalPodAutoscalerSpec.targetCPUUtilizationPercentage", "PodStatus.resize"];

/// The fields of every struct below these kinds, in the words of our table.
fn upstream() -> BTreeMap<String, BTreeMap<String, String>> {
    let mut generator = SchemaGenerator::default();
    add::<apps::v1::Deployment>(&mut generator);
    add::<apps::v1::ReplicaSet>(&mut generator);
    add::<core::v1::Pod>(&mut generator);
    add::<core::v1::Service>(&mut generator);
    add::<core::v1::Node>(&mut generator);
    add::<core::v1::ConfigMap>(&mut generator);
    add::<core::v1::Secret>(&mut generator);
    add::<core::v1::Namespace>(&mut generator);
    add::<core::v1::ResourceQuota>(&mut generator);
    add::<core::v1::LimitRange>(&mut generator);
    add::<policy::v1::PodDisruptionBudget>(&mut generator);
    add::<autoscaling::v2::HorizontalPodAutoscaler>(&mut generator);
    add::<scheduling::v1::PriorityClass>(&mut generator);
    add::<networking::v1::Ingress>(&mut generator);
    add::<discovery::v1::EndpointSlice>(&mut generator);
    add::<core::v1::Event>(&mut generator);
    let definitions = generator.take_definitions(true);
    definitions
        .iter()
        .map(|(name, schema)| {
            let name = name.rsplit('.').next().unwrap_or(name).to_owned();
            let fields = schema["properties"].as_object().into_iter().flatten();
            (name, fields.map(|(key, schema)| (key.clone(), type_of(schema))).collect())
        })
        .collect()
}

fn add<T: JsonSchema>(generator: &mut SchemaGenerator) {
    generator.subschema_for::<T>();
}

fn type_of(schema: &Json) -> String {
    let reference = schema["$ref"].as_str().or(schema["allOf"][0]["$ref"].as_str());
    if let Some(path) = reference {
        let name = path.rsplit(['.', '/']).next().unwrap_or(path);
        return if name == "MicroTime" { "Time".to_owned() } else { name.to_owned() };
    }
    let word = schema["type"].as_str().or(schema["type"][0].as_str()).unwrap_or_default();
    match (word, schema["format"].as_str().unwrap_or_default()) {
        ("boolean", _) => "bool".to_owned(),
        ("integer", format) => format.to_owned(),
        ("string", "byte") => "bytes".to_owned(),
        ("string", _) => "string".to_owned(),
        ("array", _) => format!("[]{}", type_of(&schema["items"])),
        ("object", _) if schema["additionalProperties"].is_object() => {
            format!("map:{}", type_of(&schema["additionalProperties"]))
        }
        (other, _) => other.to_owned(),
    }
}

/// A type of our table as upstream's description has it: names of texts are texts.
fn described(type_: &str, known: &BTreeMap<String, BTreeMap<String, String>>) -> String {
    if let Some(item) = type_.strip_prefix("[]") {
        return format!("[]{}", described(item, known));
    }
    if let Some(item) = type_.strip_prefix("map:") {
        return format!("map:{}", described(item, known));
    }
    let name = type_.trim_start_matches('~');
    match name {
        "ResourceList" => "map:Quantity".to_owned(),
        "MicroTime" => "Time".to_owned(),
        "bool" | "int32" | "int64" | "bytes" | "Quantity" | "IntOrString" | "Time" => {
            name.to_owned()
        }
        _ if known.contains_key(name) => name.to_owned(),
        _ => "string".to_owned(),
    }
}

#[test]
fn every_field_is_spelt_and_typed_as_upstream_has_it() {
    let upstream = upstream();
    let mut wrong = Vec::new();
    for name in struct_names().filter(|name| !ELSEWHERE.contains(name)) {
        let Some(theirs) = upstream.get(name) else {
            wrong.push(format!("{name}: there is no such struct"));
            continue;
        };
        let ours: BTreeMap<&str, &str> = struct_fields(name).into_iter().flatten().collect();
        for (key, type_) in theirs {
            match ours.get(key.as_str()) {
                None => wrong.push(format!("{name}.{key}: missing, {type_}")),
                Some(typed) if described(typed, &upstream) != *type_ => {
                    wrong.push(format!("{name}.{key}: {typed} here, {type_} upstream"));
                }
                Some(_) => {}
            }
        }
        for key in ours.keys().filter(|key| !theirs.contains_key(**key)) {
            let field = format!("{name}.{key}");
            if !OTHER_VERSIONS.contains(&field.as_str()) {
                wrong.push(format!("{field}: upstream has no such field"));
            }
        }
    }
    assert!(wrong.is_empty(), "\n{}", wrong.join("\n"));
}
