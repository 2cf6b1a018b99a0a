//! Mistakes people make, with the sentence a real cluster answered.
//!
//! Recorded with kubectl 1.32 against an API server of 1.28.

use crate::manifest::{ManifestError, decode_defaulted, decode_update, parse};

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  replicas: 2
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
      - name: server
        image: registry.example/inference:v1
        ports:
        - name: http
          containerPort: 8080
";

const SERVICE: &str = "apiVersion: v1
kind: Service
metadata:
  name: web
spec:
  selector:
    app: web
  ports:
  - name: http
    port: 80
    targetPort: 8080
";

fn answer(text: &str) -> String {
    let document = &parse(text).documents[0];
    decode_defaulted(&document.value).map_or_else(|error| error.to_string(), |_| String::new())
}

/// Changes a manifest and compares what is said about it, without the words about the object.
#[track_caller]
fn check(base: &str, from: &str, to: &str, expected: &str) {
    assert!(base.contains(from), "{from:?} is not in the manifest");
    let answer = answer(&base.replacen(from, to, 1));
    let about = [
        "The Deployment \"web\" is invalid: ",
        "The Service \"web\" is invalid: ",
        "Deployment in version \"v1\" cannot be handled as a Deployment: ",
    ];
    let said = about.iter().find_map(|about| answer.strip_prefix(about)).unwrap_or(&answer);
    assert_eq!(said, expected);
}

#[test]
fn deployments_with_mistakes_are_answered_as_recorded() {
    let strategy = |bounds: &str| {
        format!(
            "spec:\n  strategy: {{type: RollingUpdate, rollingUpdate: {{{bounds}}}}}\n  replicas"
        )
    };
    let cases = [
        (
            "replicas: 2",
            "replicas: -1",
            "spec.replicas: Invalid value: -1: must be greater than or equal to 0",
        ),
        ("replicas: 2", "replicas: null", ""),
        (
            "replicas: 2",
            "replicas: two",
            "json: cannot unmarshal string into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "replicas: 2",
            "replicas: 2.5",
            "json: cannot unmarshal number 2.5 into Go struct field DeploymentSpec.spec.replicas of type int32",
        ),
        (
            "replicas: 2",
            "replica: 2\n  foo: bar",
            "strict decoding error: unknown field \"spec.foo\", unknown field \"spec.replica\"",
        ),
        (
            "        app: web\n",
            "      - app: web\n",
            "json: cannot unmarshal array into Go struct field ObjectMeta.spec.template.metadata.labels of type map[string]string",
        ),
        (
            "        ports:",
            "        env: {A: b}\n        ports:",
            "json: cannot unmarshal object into Go struct field Container.spec.template.spec.containers.env of type []v1.EnvVar",
        ),
        (
            "        ports:",
            "        env: [{name: A, value: 1}]\n        ports:",
            "json: cannot unmarshal number into Go struct field EnvVar.spec.template.spec.containers.env.value of type string",
        ),
        (
            "        ports:",
            "        resources: {requests: {memory: 128mi}}\n        ports:",
            "unable to parse quantity's suffix",
        ),
        (
            "        ports:",
            "        readinessProbe: {httpGet: {path: /}}\n        ports:",
            "spec.template.spec.containers[0].readinessProbe.httpGet.port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            "  selector:\n    matchLabels:\n      app: web\n",
            "",
            "\n* spec.selector: Required value\n* spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"web\"}: `selector` does not match template `labels`",
        ),
        (
            "        image: registry.example/inference:v1\n",
            "",
            "spec.template.spec.containers[0].image: Required value",
        ),
        (
            "name: http",
            "name: HTTP_1",
            "\n* spec.template.spec.containers[0].ports[0].name: Invalid value: \"HTTP_1\": must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)\n* spec.template.spec.containers[0].ports[0].name: Invalid value: \"HTTP_1\": must contain at least one letter (a-z)",
        ),
        (
            "    spec:\n",
            "    spec:\n      restartPolicy: Never\n",
            "spec.template.spec.restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
    ];
    for (from, to, expected) in cases {
        check(WEB, from, to, expected);
    }
    let bounds = [
        (
            "maxSurge: 0, maxUnavailable: 0",
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}: may not be 0 when `maxSurge` is 0",
        ),
        (
            "maxUnavailable: 150%",
            "spec.strategy.rollingUpdate.maxUnavailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, StrVal:\"150%\"}: must not be greater than 100%",
        ),
        ("maxSurge: 150%", ""),
        (
            "maxSurge: 1.5",
            "json: cannot unmarshal number 1.5 into Go struct field RollingUpdateDeployment.spec.strategy.rollingUpdate.maxSurge of type int32",
        ),
    ];
    for (bounds, expected) in bounds {
        check(WEB, "spec:\n  replicas", &strategy(bounds), expected);
    }
}

#[test]
fn services_with_mistakes_are_answered_as_recorded() {
    let cases = [
        (
            "    port: 80\n",
            "",
            "spec.ports[0].port: Invalid value: 0: must be between 1 and 65535, inclusive",
        ),
        (
            "targetPort: 8080",
            "targetPort: 99999",
            "spec.ports[0].targetPort: Invalid value: 99999: must be between 1 and 65535, inclusive",
        ),
        (
            "    targetPort: 8080",
            "  - name: b\n    port: 80",
            "spec.ports[1]: Duplicate value: core.ServicePort{Name:\"\", Protocol:\"TCP\", AppProtocol:(*string)(nil), Port:80, TargetPort:intstr.IntOrString{Type:0, IntVal:0, StrVal:\"\"}, NodePort:0}",
        ),
        (
            "  ports:",
            "  clusterIP: 1.2.3\n  ports:",
            "spec.clusterIPs[0]: Invalid value: \"1.2.3\": must be a valid IP address, (e.g. 10.9.8.7 or 2001:db8::ffff)",
        ),
        (
            "    app: web",
            "    matchLabels: {app: web}",
            "Service in version \"v1\" cannot be handled as a Service: json: cannot unmarshal object into Go struct field ServiceSpec.spec.selector of type string",
        ),
    ];
    for (from, to, expected) in cases {
        check(SERVICE, from, to, expected);
    }
}

#[test]
fn what_must_not_change_is_refused_after_what_is_wrong_anyway() {
    let old = decode_defaulted(&parse(WEB).documents[0].value).expect("the manifest is right");
    let text = WEB.replacen("app: web", "app: zzz", 1);
    let error = decode_update(&old, &parse(&text).documents[0].value);
    let Err(ManifestError::Invalid(invalid)) = error else { panic!("the selector is immutable") };
    assert_eq!(
        invalid.to_string(),
        "The Deployment \"web\" is invalid: \n\
         * spec.template.metadata.labels: Invalid value: map[string]string{\"app\":\"web\"}: \
         `selector` does not match template `labels`\n\
         * spec.selector: Invalid value: v1.LabelSelector{MatchLabels:map[string]string{\"app\":\"zzz\"}, \
         MatchExpressions:[]v1.LabelSelectorRequirement(nil)}: field is immutable"
    );
}

#[test]
fn a_service_keeps_its_address_and_need_not_repeat_it() {
    let text = SERVICE.replacen("  ports:", "  clusterIP: 10.96.0.1\n  ports:", 1);
    let old = decode_defaulted(&parse(&text).documents[0].value).expect("the manifest is right");
    let same = decode_update(&old, &parse(SERVICE).documents[0].value);
    assert_eq!(same.as_ref(), Ok(&old));
    let text = text.replacen("10.96.0.1", "10.96.9.9", 1);
    let error = decode_update(&old, &parse(&text).documents[0].value).map(|_| ());
    assert_eq!(
        error.map_err(|error| error.to_string()),
        Err("The Service \"web\" is invalid: spec.clusterIPs[0]: Invalid value: \
             []string{\"10.96.9.9\"}: may not change once set"
            .to_owned())
    );
}
