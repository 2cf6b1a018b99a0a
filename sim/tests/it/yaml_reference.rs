//! Our YAML reader against a general one: where both read a text, they must read the same data.

use std::path::Path;

use rollscope_sim::api::Value;
use rollscope_sim::manifest;
use saphyr::{LoadableYamlNode, Scalar, Yaml};

#[test]
fn manifests_are_read_as_saphyr_reads_them() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests");
    let mut compared = 0;
    compare_folder(&folder.join("lab"), &mut compared);
    compare_folder(&folder.join("oracle/traces"), &mut compared);
    assert!(compared > 20, "only {compared} documents were compared");
}

fn compare_folder(folder: &Path, compared: &mut u32) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            compare_folder(&path, compared);
        } else if path.extension().is_some_and(|extension| extension == "yaml") {
            let text = std::fs::read_to_string(&path).expect("a manifest can be read");
            *compared += compare(&text, &path);
        }
    }
}

fn compare(text: &str, path: &Path) -> u32 {
    let reference =
        Yaml::load_from_str(text).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let ours = manifest::parse(text);
    let ours: Vec<&Value> = ours
        .documents
        .iter()
        .map(|document| &document.value)
        .filter(|value| **value != Value::Null)
        .collect();
    let reference: Vec<Value> =
        reference.iter().map(plain).filter(|value| *value != Value::Null).collect();
    assert_eq!(ours, reference.iter().collect::<Vec<_>>(), "{}", path.display());
    u32::try_from(ours.len()).expect("few documents")
}

fn plain(yaml: &Yaml<'_>) -> Value {
    match yaml {
        Yaml::Value(Scalar::Boolean(value)) => (*value).into(),
        Yaml::Value(Scalar::Integer(value)) => (*value).into(),
        Yaml::Value(Scalar::FloatingPoint(value)) => Value::Float(value.to_string().into()),
        Yaml::Value(Scalar::String(text)) => Value::text(text),
        Yaml::Sequence(items) => Value::List(items.iter().map(plain).collect()),
        Yaml::Mapping(entries) => Value::Map(
            entries
                .iter()
                .map(|(key, value)| (key.as_str().unwrap_or_default().into(), plain(value)))
                .collect(),
        ),
        _ => Value::Null,
    }
}
