//! `ConfigMap`s and Secrets: what containers get of them, and what a rollout does not.

use rollscope_sim::api::{Name, Pod, Value};
use rollscope_sim::apiserver::config::{environment, volume_files};

use super::terminal::Terminal;

const SETTINGS: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {MODE: fast, greeting.txt: "hello\n"}
---
apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {password: hunter2}
"#;

const POD: &str = r#"
apiVersion: v1
kind: Pod
metadata: {name: p, labels: {app: web}}
spec:
  volumes:
  - {name: files, configMap: {name: settings, items: [{key: greeting.txt, path: sub/hello}]}}
  - {name: tmp, emptyDir: {}}
  - name: all
    projected:
      sources:
      - secret: {name: token}
      - downwardAPI: {items: [{path: name, fieldRef: {fieldPath: metadata.name}}]}
  containers:
  - name: c
    image: nginx
    envFrom:
    - {prefix: CFG_, configMapRef: {name: settings}}
    - {secretRef: {name: nope, optional: true}}
    env:
    - {name: PASSWORD, valueFrom: {secretKeyRef: {name: token, key: password}}}
    - {name: APP, valueFrom: {fieldRef: {fieldPath: "metadata.labels['app']"}}}
    - {name: LINE, value: "$(APP) in $(CFG_MODE) mode, $$(APP) and $(OTHER)"}
    - {name: NONE, valueFrom: {configMapKeyRef: {name: settings, key: absent, optional: true}}}
"#;

fn text(entries: &[(Name, Name)]) -> Vec<String> {
    entries.iter().map(|(key, value)| format!("{key}={value}")).collect()
}

#[test]
fn an_environment_is_put_together_from_everywhere() {
    let mut terminal = Terminal::new();
    terminal.apply(SETTINGS).apply(POD);
    let api = terminal.cluster.api();
    let pod = &api.get::<Pod>("default", "p").expect("it was just made").clone();
    let raw = pod.spec.raw();
    let container = &raw.get("containers").and_then(Value::as_list).expect("containers")[0];
    let env = environment(api, pod, container).expect("nothing is missing");
    assert_eq!(
        text(&env),
        [
            "CFG_MODE=fast",
            "CFG_greeting.txt=hello\n",
            "PASSWORD=hunter2",
            "APP=web",
            "LINE=web in fast mode, $(APP) and $(OTHER)",
        ]
    );
    let volumes = raw.get("volumes").and_then(Value::as_list).expect("volumes");
    let files = |index: usize| {
        volume_files(api, pod, &volumes[index]).expect("nothing is missing").map(|all| text(&all))
    };
    assert_eq!(files(0), Some(vec!["sub/hello=hello\n".to_owned()]));
    assert_eq!(files(1), None);
    assert_eq!(files(2), Some(vec!["password=hunter2".to_owned(), "name=p".to_owned()]));
    terminal.run("delete secret token");
    let api = terminal.cluster.api();
    let missing = environment(api, pod, container).expect_err("the Secret is gone");
    assert_eq!(missing.to_string(), "secret \"token\" not found");
    terminal.apply("apiVersion: v1\nkind: Secret\nmetadata: {name: token}\n");
    let api = terminal.cluster.api();
    let missing = environment(api, pod, container).expect_err("the key is missing");
    assert_eq!(missing.to_string(), "couldn't find key password in Secret default/token");
}

const WEB: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {MODE: slow}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata:
      labels: {app: web}
      annotations: {sim/start-after: '0.3', sim/ready-after: '0.3', sim/terminate-after: '0.3'}
    spec:
      containers:
      - {name: c, image: 'nginx:1', envFrom: [{configMapRef: {name: settings}}]}
"#;

/// Shape 30: the template is the same, so nothing rolls, and undo leaves the `ConfigMap` alone.
#[test]
fn a_changed_config_map_does_not_roll_and_is_not_undone() {
    let mut terminal = Terminal::new();
    terminal.apply(WEB).wait(5);
    let pods = terminal.run("get pods -o name");
    let changed = WEB.replace("MODE: slow", "MODE: fast");
    assert_eq!(
        terminal.try_apply(&changed),
        "configmap/settings configured\ndeployment.apps/web unchanged\n"
    );
    terminal.wait(30).check("get pods -o name", &pods);
    terminal.check(
        "rollout history deploy/web",
        "deployment.apps/web \nREVISION  CHANGE-CAUSE\n1         <none>\n\n",
    );
    // The fix: a new revision by a checksum in the template.
    let hashed = changed.replace("annotations: {sim", "annotations: {checksum/config: '1f3a', sim");
    assert_eq!(
        terminal.try_apply(&hashed),
        "configmap/settings unchanged\ndeployment.apps/web configured\n"
    );
    terminal.wait(20);
    assert_ne!(terminal.run("get pods -o name"), pods);
    terminal.check("rollout undo deploy/web", "deployment.apps/web rolled back\n").wait(20);
    terminal.check("get cm settings -o jsonpath={.data.MODE}", "fast");
}

#[test]
fn the_new_kinds_are_made_from_flags_as_recorded() {
    let mut terminal = Terminal::new();
    for (line, expected) in [
        ("create configmap c1 --from-literal=a=1 --from-literal=b=2", "configmap/c1 created\n"),
        ("create cm c3 --from-file=nope", "error: error reading nope: no such file or directory\n"),
        ("create cm c4", "configmap/c4 created\n"),
        (
            "create cm c5 --from-literal=foo",
            "error: invalid literal source foo, expected key=value\n",
        ),
        (
            "create cm c6 --from-literal=a=1 --dry-run=client -o yaml",
            "apiVersion: v1\ndata:\n  a: \"1\"\nkind: ConfigMap\nmetadata:\n  creationTimestamp: \
             null\n  name: c6\n",
        ),
        ("create secret generic k1 --from-literal=p=q", "secret/k1 created\n"),
        (
            "create secret generic k2 --from-literal=p=q --dry-run=client -o yaml",
            "apiVersion: v1\ndata:\n  p: cQ==\nkind: Secret\nmetadata:\n  creationTimestamp: null\n  \
             name: k2\n",
        ),
        ("create quota q1 --hard=pods=20,requests.cpu=4", "resourcequota/q1 created\n"),
        (
            "create quota q2 --hard=pods=20 --dry-run=client -o yaml",
            "apiVersion: v1\nkind: ResourceQuota\nmetadata:\n  creationTimestamp: null\n  name: \
             q2\nspec:\n  hard:\n    pods: \"20\"\nstatus: {}\n",
        ),
        (
            "create quota q3 --hard=foo=1",
            "error: failed to create quota: ResourceQuota \"q3\" is invalid: [spec.hard[foo]: Invalid \
             value: \"foo\": must be a standard resource type or fully qualified, spec.hard[foo]: \
             Invalid value: \"foo\": must be a standard resource for quota]\n",
        ),
        (
            "create pdb b1 --selector=app=web --min-available=1",
            "poddisruptionbudget.policy/b1 created\n",
        ),
        ("create pdb b3 --min-available=1", "error: a selector must be specified\n"),
        (
            "create ns scale-tmp --dry-run=client -o yaml",
            "apiVersion: v1\nkind: Namespace\nmetadata:\n  creationTimestamp: null\n  name: \
             scale-tmp\nspec: {}\nstatus: {}\n",
        ),
        ("create ns scale-tmp", "namespace/scale-tmp created\n"),
        (
            "create ns scale-tmp",
            "Error from server (AlreadyExists): namespaces \"scale-tmp\" already exists\n",
        ),
        (
            "create priorityclass high --value=1000",
            "priorityclass.scheduling.k8s.io/high created\n",
        ),
    ] {
        terminal.check(line, expected);
    }
}

#[test]
fn a_namespace_goes_with_all_that_is_in_it() {
    let mut terminal = Terminal::new();
    terminal.run("create ns team");
    terminal.apply(&WEB.replace("metadata: {name: ", "metadata: {namespace: team, name: "));
    terminal.wait(5).check("delete ns team", "namespace \"team\" deleted\n");
    terminal.contains("get ns team", "team   Terminating");
    let refused = terminal
        .try_apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: late, namespace: team}\n");
    assert!(
        refused.contains(
            "configmaps \"late\" is forbidden: unable to create new content in namespace team \
             because it is being terminated"
        ),
        "{refused}"
    );
    terminal
        .wait(5)
        .check("get ns team", "Error from server (NotFound): namespaces \"team\" not found\n");
    terminal.check("get deploy,rs,pods,cm -A", "No resources found\n");
    terminal.check(
        "delete ns default",
        "Error from server (Forbidden): namespaces \"default\" is forbidden: this namespace may not \
         be deleted\n",
    );
}
