//! `kubectl kustomize DIR` and `-k DIR`: the resources of a kustomization.
//!
//! Models: kustomize v5 `api/krusty` for kustomizations that only name resources, files or other
//! kustomizations. Leaves out everything that changes resources: such fields are refused by name.

use super::desk::Desk;
use super::error::{Error, fail};
use super::session::{Session, Source, text_at};
use crate::api::Value;
use crate::container::files::normal;
use crate::manifest::{self, to_yaml};

pub(super) const FLAGS: &str = "as-current-user enable-alpha-plugins enable-helm \
    enable-managedby-label env,e:text helm-api-versions:text helm-command:text helm-debug \
    helm-kube-version:text load-restrictor:text mount:text network network-name:text \
    output,o:text";

/// The names a kustomization may have.
const NAMES: [&str; 3] = ["kustomization.yaml", "kustomization.yml", "Kustomization"];

/// How deep kustomizations may name each other.
const DEEPEST: usize = 16;

/// The fields of a kustomization that are not simulated.
const OTHER_FIELDS: &str = "bases buildMetadata commonAnnotations commonLabels components \
    configMapGenerator configurations crds generatorOptions generators helmChartInflationGenerator \
    helmCharts helmGlobals images imageTags labels metadata namePrefix namespace nameSuffix openapi \
    patches patchesJson6902 patchesStrategicMerge replacements replicas secretGenerator sortOptions \
    transformers validators vars";

/// Kinds in the order they are built in; others stand behind `PodDisruptionBudget` by name.
const ORDER: [&str; 22] = [
    "Namespace",
    "ResourceQuota",
    "StorageClass",
    "CustomResourceDefinition",
    "ServiceAccount",
    "PodSecurityPolicy",
    "Role",
    "ClusterRole",
    "RoleBinding",
    "ClusterRoleBinding",
    "ConfigMap",
    "Secret",
    "Endpoints",
    "Service",
    "LimitRange",
    "PriorityClass",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "Deployment",
    "StatefulSet",
    "CronJob",
    "PodDisruptionBudget",
];

/// Runs `kustomize`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let directory = match session.args.words.as_slice() {
        [] => ".".to_owned(),
        [only] => only.clone(),
        _ => return fail("specify one path to kustomization.yaml"),
    };
    let sources = build(session.desk, &directory)?;
    let documents: Vec<String> = sources.iter().map(|source| to_yaml(&source.value)).collect();
    session.out.stdout.push_str(&documents.join("---\n"));
    Ok(())
}

/// The resources of the kustomization in a directory, in their order.
///
/// # Errors
/// kustomize's sentence, or which field is not simulated.
pub(super) fn build(desk: Desk<'_>, directory: &str) -> Result<Vec<Source>, Error> {
    let mut found = Vec::new();
    let root = normal(desk.directory, directory);
    accumulate(desk, (&root, directory), &mut Vec::new(), &mut found)?;
    let place = |value: &Value| {
        let kind = value.get("kind").and_then(Value::as_str).unwrap_or_default();
        let place = ORDER.iter().position(|known| *known == kind).unwrap_or(ORDER.len());
        (place, kind.to_owned(), text_at(value, "namespace"), text_at(value, "name"))
    };
    crate::order::sort_by(&mut found, |a, b| place(a).cmp(&place(b)));
    let file = directory.to_owned();
    Ok(found.into_iter().map(|value| Source { file: file.clone(), value }).collect())
}

/// Collects the resources of a kustomization: its directory, and as it was named.
fn accumulate(
    desk: Desk<'_>,
    (directory, typed): (&str, &str),
    visited: &mut Vec<String>,
    found: &mut Vec<Value>,
) -> Result<(), Error> {
    let Some(files) = desk.files else {
        return fail("there are no directories here: give the resources with -f");
    };
    if files.read(directory).is_some() {
        return fail(format!("must build at directory: '{typed}': file is not directory"));
    }
    if !files.has_directory(directory) {
        return fail(format!(
            "must build at directory: not a valid directory: evalsymlink failure on '{typed}' : \
             lstat {directory}: no such file or directory"
        ));
    }
    if visited.len() > DEEPEST || visited.iter().any(|known| known == directory) {
        return fail(format!("cycle detected: '{directory}' is part of itself"));
    }
    let slash = if directory.ends_with('/') { "" } else { "/" };
    let named = |name: &str| format!("{directory}{slash}{name}");
    let Some(text) = NAMES.iter().find_map(|name| files.read(&named(name))) else {
        return fail(format!(
            "unable to find one of 'kustomization.yaml', 'kustomization.yml' or 'Kustomization' in \
             directory '{directory}'"
        ));
    };
    visited.push(directory.to_owned());
    for resource in resources(text)? {
        let path = normal(directory, &resource);
        let Some(text) = files.read(&path) else {
            if files.has_directory(&path) {
                accumulate(desk, (&path, &resource), visited, found)?;
                continue;
            }
            let problem = format!(
                "evalsymlink failure on '{path}' : lstat {path}: no such file or directory"
            );
            return fail(format!(
                "accumulating resources: accumulation err='accumulating resources from \
                 '{resource}': {problem}': must build at directory: not a valid directory: {problem}"
            ));
        };
        for document in manifest::parse(text).documents {
            if let Some(problem) = document.syntax_error {
                return fail(format!(
                    "accumulating resources: accumulation err='accumulating resources from \
                     '{resource}': MalformedYAMLError: {problem} in File: {resource}"
                ));
            }
            found.extend(manifest::flatten(&document.value).into_iter().cloned());
        }
    }
    visited.pop();
    Ok(())
}

/// The resources a kustomization names.
fn resources(text: &str) -> Result<Vec<String>, Error> {
    let Some(document) = manifest::parse(text).documents.into_iter().next() else {
        return fail("kustomization.yaml is empty");
    };
    if let Some(problem) = document.syntax_error {
        return fail(format!("invalid Kustomization: {problem}"));
    }
    let Some(fields) = document.value.as_map() else {
        return fail("kustomization.yaml is empty");
    };
    for field in fields.keys() {
        match &**field {
            "apiVersion" | "kind" | "resources" => {}
            field if OTHER_FIELDS.split(' ').any(|known| known == field) => {
                return fail(format!(
                    "{field:?} of a kustomization is not simulated, only \"resources\" is: run \
                     `kubectl kustomize` where you have it, and apply what it prints"
                ));
            }
            field => return fail(format!("invalid Kustomization: json: unknown field {field:?}")),
        }
    }
    let named = document.value.get("resources").and_then(Value::as_list).unwrap_or_default();
    Ok(named.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use crate::container::Files;
    use crate::kubectl::desk::Desk;
    use crate::kubectl::{Output, run_words};
    use crate::{Cluster, Config};

    #[test]
    fn a_kustomization_that_names_resources_is_applied_in_kustomizes_order() {
        let mut cluster = Cluster::new(Config::with_seed(1));
        let mut files = Files::default();
        for (path, text) in [
            ("/app/kustomization.yaml", "resources: [web.yaml, base]\n"),
            ("/app/web.yaml", "{apiVersion: v1, kind: ConfigMap, metadata: {name: web}}"),
            ("/app/base/kustomization.yml", "resources:\n- team.yaml\n"),
            ("/app/base/team.yaml", "{apiVersion: v1, kind: Namespace, metadata: {name: team}}"),
            ("/odd/kustomization.yaml", "resources: []\nnamePrefix: x-\n"),
            ("/round/kustomization.yaml", "resources: [../round]\n"),
        ] {
            files.write(path, text).expect("there is room");
        }
        let mut run = |line: &str| -> Output {
            let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
            run_words(&mut cluster, &words, Desk { files: Some(&files), ..Desk::bare(None) })
        };
        assert_eq!(run("apply -k app").stdout, "namespace/team created\nconfigmap/web created\n");
        assert_eq!(run("get -k app/base -o name").stdout, "namespace/team\n");
        assert_eq!(
            run("kustomize app/base").stdout,
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: team\n"
        );
        for (line, problem) in [
            ("apply -k odd", "\"namePrefix\" of a kustomization is not simulated"),
            ("apply -k round", "cycle detected"),
            ("delete -k app -f app/web.yaml", "only one of -f or -k can be specified"),
            ("kustomize nope", "must build at directory: not a valid directory"),
            ("kustomize", "unable to find one of 'kustomization.yaml'"),
        ] {
            let output = run(line);
            assert!(
                output.stderr.contains(problem) && output.code == 1,
                "{line}: {}",
                output.stderr
            );
        }
    }
}
