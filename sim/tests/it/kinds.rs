//! Kinds that are kept as data: what a manifest of theirs becomes, and how kubectl shows it.

use super::terminal::Terminal;

const MISC: &str = r#"
apiVersion: v1
kind: ConfigMap
metadata: {name: cfg}
data:
  A: "1"
  file.conf: |
    line one
    line two
binaryData: {b: aGVsbG8=}
---
apiVersion: v1
kind: Secret
metadata: {name: tok}
stringData: {password: hunter2, user: bob}
---
apiVersion: v1
kind: LimitRange
metadata: {name: lr}
spec:
  limits:
  - type: Container
    default: {cpu: 200m, memory: 128Mi}
    defaultRequest: {cpu: 100m, memory: 64Mi}
    max: {cpu: "1"}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 6
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: high}
value: 1000
"#;

#[test]
fn objects_are_created_listed_described_and_deleted() {
    let mut terminal = Terminal::new();
    assert_eq!(
        terminal.try_apply(MISC),
        "configmap/cfg created\nsecret/tok created\nlimitrange/lr created\n\
         horizontalpodautoscaler.autoscaling/web created\npriorityclass.scheduling.k8s.io/high \
         created\n"
    );
    terminal.check("get cm", "NAME   DATA   AGE\ncfg    3      0s\n");
    terminal.check("get secrets", "NAME   TYPE     DATA   AGE\ntok    Opaque   2      0s\n");
    terminal.check("get limits", "NAME   CREATED AT\nlr     2026-01-01T00:00:00Z\n");
    terminal.check(
        "get pc",
        "NAME                      VALUE        GLOBAL-DEFAULT   AGE\n\
         high                      1000         false            0s\n\
         system-cluster-critical   2000000000   false            0s\n\
         system-node-critical      2000001000   false            0s\n",
    );
    terminal.check(
        "describe cm cfg",
        "Name:         cfg\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\n\
         Data\n====\nA:\n----\n1\n\nfile.conf:\n----\nline one\nline two\n\n\n\n\
         BinaryData\n====\nb: 5 bytes\n\nEvents:  <none>\n",
    );
    terminal.check(
        "describe secret tok",
        "Name:         tok\nNamespace:    default\nLabels:       <none>\nAnnotations:  <none>\n\n\
         Type:  Opaque\n\nData\n====\npassword:  7 bytes\nuser:      3 bytes\n",
    );
    terminal.check("get secret tok -o jsonpath={.data.password}", "aHVudGVyMg==");
    terminal.check(
        "describe limits lr",
        "Name:       lr\nNamespace:  default\n\
         Type        Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio\n\
         ----        --------  ---  ---  ---------------  -------------  -----------------------\n\
         Container   cpu       -    1    100m             200m           -\n\
         Container   memory    -    -    64Mi             128Mi          -\n",
    );
    terminal.check(
        "describe ns default",
        "Name:         default\nLabels:       kubernetes.io/metadata.name=default\n\
         Annotations:  <none>\nStatus:       Active\n\nNo resource quota.\n\nResource Limits\n \
         Type       Resource  Min  Max  Default Request  Default Limit  Max Limit/Request Ratio\n \
         ----       --------  ---  ---  ---------------  -------------  -----------------------\n \
         Container  cpu       -    1    100m             200m           -\n \
         Container  memory    -    -    64Mi             128Mi          -\n",
    );
    terminal.check("delete hpa web", "horizontalpodautoscaler.autoscaling \"web\" deleted\n");
    terminal.check("get hpa", "No resources found in default namespace.\n");
    terminal.check("get secret nope", "Error from server (NotFound): secrets \"nope\" not found\n");
}

#[test]
fn an_object_that_is_applied_again_changes_and_keeps_its_status() {
    let mut terminal = Terminal::new();
    let map = |value: &str| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cfg}}\ndata: {{A: {value:?}}}\n"
        )
    };
    terminal.apply(&map("1"));
    assert_eq!(terminal.try_apply(&map("1")), "configmap/cfg unchanged\n");
    assert_eq!(terminal.try_apply(&map("2")), "configmap/cfg configured\n");
    terminal.check("get cm cfg -o jsonpath={.data.A}", "2");
    terminal.check("patch cm cfg -p '{\"data\":{\"B\":\"3\"}}'", "configmap/cfg patched\n");
    terminal.check("get cm cfg -o jsonpath={.data}", "{\"A\":\"2\",\"B\":\"3\"}");
}

#[test]
fn mistakes_are_refused_in_the_servers_words() {
    let mut terminal = Terminal::new();
    let cases = [
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {A: 1}\n",
            "Error from server (BadRequest): error when creating \"STDIN\": ConfigMap in version \
             \"v1\" cannot be handled as a ConfigMap: json: cannot unmarshal number into Go struct \
             field ConfigMap.data of type string\n",
        ),
        (
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {foo: 1}}\n",
            "The ResourceQuota \"q\" is invalid: \n* spec.hard[foo]: Invalid value: \"foo\": must \
             be a standard resource type or fully qualified\n* spec.hard[foo]: Invalid value: \
             \"foo\": must be a standard resource for quota\n",
        ),
        (
            "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\nspec: \
             {maxReplicas: 1, minReplicas: 2, scaleTargetRef: {kind: Deployment, name: web}}\n",
            "The HorizontalPodAutoscaler \"h\" is invalid: spec.maxReplicas: Invalid value: 1: must \
             be greater than or equal to `minReplicas`\n",
        ),
        (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: nowhere}\n",
            "Error from server (NotFound): error when creating \"STDIN\": namespaces \"nowhere\" \
             not found\n",
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(terminal.try_apply(manifest), expected);
    }
}

#[test]
fn rules_of_budgets_limits_quotas_ingresses_and_hosts_are_kept() {
    let mut terminal = Terminal::new();
    let web = "selector: {matchLabels: {app: web}}";
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:";
    let cases = [
        (
            format!("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {{minAvailable: 120%, {web}}}\n"),
            "The PodDisruptionBudget \"b\" is invalid: spec.minAvailable: Invalid value: \
             intstr.IntOrString{Type:1, IntVal:0, StrVal:\"120%\"}: must not be greater than 100%\n",
        ),
        (
            format!("apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: b}}\nspec: {{unhealthyPodEvictionPolicy: Always, {web}}}\n"),
            "The PodDisruptionBudget \"b\" is invalid: spec.unhealthyPodEvictionPolicy: Unsupported \
             value: \"Always\": supported values: \"AlwaysAllow\", \"IfHealthyBudget\"\n",
        ),
        (
            "apiVersion: v1\nkind: LimitRange\nmetadata: {name: l}\nspec: {limits: [{type: Containers}, \
             {type: Pod, max: {gpu: 1}}, {type: Pod}]}\n".to_owned(),
            "The LimitRange \"l\" is invalid: \n* spec.limits[0].type: Invalid value: \"Containers\": \
             must be a standard limit type or fully qualified\n* spec.limits[1].max[gpu]: Invalid \
             value: \"gpu\": must be a standard resource type or fully qualified\n* \
             spec.limits[1].max[gpu]: Invalid value: \"gpu\": must be a standard resource for \
             containers\n* spec.limits[2].type: Duplicate value: \"Pod\"\n",
        ),
        (
            "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: q}\nspec: {hard: {cpu: 1}, scopes: \
             [BestEffort, NotBestEffort]}\n".to_owned(),
            "The ResourceQuota \"q\" is invalid: \n* spec.scopes: Invalid value: \
             []core.ResourceQuotaScope{\"BestEffort\", \"NotBestEffort\"}: unsupported scope applied to \
             resource\n* spec.scopes: Invalid value: []core.ResourceQuotaScope{\"BestEffort\", \
             \"NotBestEffort\"}: conflicting scopes\n",
        ),
        (
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i}\nspec: \
             {ingressClassName: Ng, tls: [{hosts: ['a.*'], secretName: s_t}]}\n".to_owned(),
            "The Ingress \"i\" is invalid: \n* spec: Invalid value: []networking.IngressRule(nil): \
             either `defaultBackend` or `rules` must be specified\n* spec.tls[0].hosts[0]: Invalid \
             value: \"a.*\": a wildcard DNS-1123 subdomain must start with '*.', followed by a valid \
             DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and \
             end with an alphanumeric character (e.g. '*.example.com', regex used for validation is \
             '\\*\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n* \
             spec.tls[0].secretName: Invalid value: \"s_t\": a lowercase RFC 1123 subdomain must \
             consist of lower case alphanumeric characters, '-' or '.', and must start and end with an \
             alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n* \
             spec.ingressClassName: Invalid value: \"Ng\": a lowercase RFC 1123 subdomain must consist \
             of lower case alphanumeric characters, '-' or '.', and must start and end with an \
             alphanumeric character (e.g. 'example.com', regex used for validation is \
             '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')\n",
        ),
        (
            format!("{pod} {{hostNetwork: true, containers: [{{name: c, image: i, ports: [{{containerPort: 80, hostPort: 81}}]}}]}}\n"),
            "The Pod \"p\" is invalid: spec.containers[0].ports[0].containerPort: Invalid value: 80: \
             must match `hostPort` when `hostNetwork` is true\n",
        ),
        (
            format!("{pod} {{hostPID: true, shareProcessNamespace: true, containers: [{{name: c, image: i}}]}}\n"),
            "The Pod \"p\" is invalid: spec.securityContext.shareProcessNamespace: Invalid value: \
             true: ShareProcessNamespace and HostPID cannot both be enabled\n",
        ),
    ];
    for (manifest, expected) in cases {
        assert_eq!(terminal.try_apply(&manifest), expected);
    }
}

#[test]
fn a_new_namespace_holds_objects_of_its_own() {
    let mut terminal = Terminal::new();
    terminal.apply("apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n");
    terminal.apply("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: team}\n");
    terminal.check("get cm -n team -o name", "configmap/c\n");
    terminal.check("get cm", "No resources found in default namespace.\n");
    terminal.check(
        "get ns team --show-labels",
        "NAME   STATUS   AGE   LABELS\nteam   Active   0s    kubernetes.io/metadata.name=team\n",
    );
}
