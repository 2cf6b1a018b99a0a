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

#[test]
fn containers_that_upstreams_rules_refuse_are_refused_in_their_words() {
    let in_container = |field: &str| format!("        {field}\n        ports:");
    let at = "spec.template.spec.containers[0]";
    let cases = [
        (
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: spec.foo}}}]",
            format!(
                "{at}.env[0].valueFrom.fieldRef.fieldPath: Invalid value: \"spec.foo\": error converting fieldPath: field label not supported: spec.foo"
            ),
        ),
        (
            "env: [{name: A, valueFrom: {fieldRef: {fieldPath: status.phase}}}]",
            format!(
                "{at}.env[0].valueFrom.fieldRef.fieldPath: Unsupported value: \"status.phase\": supported values: \"metadata.name\", \"metadata.namespace\", \"metadata.uid\", \"spec.nodeName\", \"spec.serviceAccountName\", \"status.hostIP\", \"status.hostIPs\", \"status.podIP\", \"status.podIPs\""
            ),
        ),
        (
            "env: [{name: A, value: x, valueFrom: {secretKeyRef: {name: s, key: k}}}]",
            format!(
                "{at}.env[0].valueFrom: Invalid value: \"\": may not be specified when `value` is not empty"
            ),
        ),
        (
            "envFrom: [{prefix: A_}]",
            format!(
                "{at}.envFrom: Invalid value: \"\": must specify one of: `configMapRef` or `secretRef`"
            ),
        ),
        (
            "volumeMounts: [{name: data, mountPath: /data}]",
            format!("{at}.volumeMounts[0].name: Not found: \"data\""),
        ),
        (
            "restartPolicy: Always",
            format!("{at}.restartPolicy: Forbidden: may not be set for non-init containers"),
        ),
        (
            "securityContext: {runAsUser: -1}",
            format!(
                "{at}.securityContext.runAsUser: Invalid value: -1: must be between 0 and 2147483647, inclusive"
            ),
        ),
        (
            "lifecycle: {preStop: {sleep: {seconds: 40}}}",
            format!(
                "{at}.lifecycle.preStop.sleep: Invalid value: 40: must be non-negative and less than terminationGracePeriodSeconds (30)"
            ),
        ),
        (
            "imagePullPolicy: Sometimes",
            format!(
                "{at}.imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \"IfNotPresent\", \"Never\""
            ),
        ),
    ];
    for (field, expected) in &cases {
        check(WEB, "        ports:", &in_container(field), expected);
    }
}

#[test]
fn pods_and_services_that_upstreams_rules_refuse_are_refused_in_their_words() {
    let spec = "spec.template.spec";
    let cases = [
        (
            "initContainers: [{name: server, image: a, livenessProbe: {exec: {command: [a]}}}]",
            format!(
                "\n* {spec}.initContainers[0].name: Duplicate value: \"server\"\n* {spec}.initContainers[0].livenessProbe: Forbidden: may not be set for init containers without restartPolicy=Always"
            ),
        ),
        (
            "volumes: [{name: a, secret: {}}]",
            format!("{spec}.volumes[0].secret.secretName: Required value"),
        ),
        (
            "volumes: [{name: a, hostPath: {path: /../x}}, {name: a, emptyDir: {}, configMap: {name: c}}]",
            format!(
                "\n* {spec}.volumes[0].hostPath.path: Invalid value: \"/../x\": must not contain '..'\n* {spec}.volumes[1].configMap: Forbidden: may not specify more than 1 volume type"
            ),
        ),
        (
            "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{labelSelector: {}}]}}",
            format!(
                "\n* {spec}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Required value: can not be empty\n* {spec}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must be non-empty\n* {spec}.affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution[0].topologyKey: Invalid value: \"\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"
            ),
        ),
        (
            "dnsPolicy: None",
            format!(
                "{spec}.dnsConfig: Required value: must provide `dnsConfig` when `dnsPolicy` is None"
            ),
        ),
        (
            "tolerations: [{key: a, operator: Equals}]",
            format!(
                "{spec}.tolerations[0].operator: Unsupported value: \"Equals\": supported values: \"Equal\", \"Exists\""
            ),
        ),
    ];
    for (field, expected) in &cases {
        check(WEB, "      containers:", &format!("      {field}\n      containers:"), expected);
    }
    let cases = [
        (
            "sessionAffinity: Sticky",
            "spec.sessionAffinity: Unsupported value: \"Sticky\": supported values: \"ClientIP\", \"None\"",
        ),
        (
            "externalTrafficPolicy: Local",
            "spec.externalTrafficPolicy: Invalid value: \"Local\": may only be set for externally-accessible services",
        ),
        (
            "loadBalancerSourceRanges: [10.0.0.0/8]",
            "spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is 'LoadBalancer'",
        ),
        (
            "externalIPs: [127.0.0.1]",
            "spec.externalIPs[0]: Invalid value: \"127.0.0.1\": may not be in the loopback range (127.0.0.0/8, ::1/128)",
        ),
        (
            "clusterIP: 10.9.8.7",
            "spec.clusterIPs: Invalid value: []string{\"10.9.8.7\"}: failed to allocate IP 10.9.8.7: the provided IP (10.9.8.7) is not in the valid range. The range of valid IPs is 10.96.0.0/16",
        ),
        (
            "type: NodePorts",
            "spec.type: Unsupported value: \"NodePorts\": supported values: \"ClusterIP\", \"ExternalName\", \"LoadBalancer\", \"NodePort\"",
        ),
    ];
    for (field, expected) in cases {
        check(SERVICE, "  ports:", &format!("  {field}\n  ports:"), expected);
    }
}
