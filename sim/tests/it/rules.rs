//! What the API server says of manifests that break its rules, kind by kind: a manifest in, the
//! sentences out.

use super::terminal::Terminal;

/// The kinds by the word the cases begin with: what stands before the rest of a manifest.
const HEADS: [(&str, &str); 11] = [
    ("Pod", "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\n"),
    ("Service", "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n"),
    ("ConfigMap", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\n"),
    ("Secret", "apiVersion: v1\nkind: Secret\nmetadata: {name: x}\n"),
    ("ResourceQuota", "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: x}\n"),
    ("LimitRange", "apiVersion: v1\nkind: LimitRange\nmetadata: {name: x}\n"),
    (
        "PodDisruptionBudget",
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: x}\n",
    ),
    (
        "HorizontalPodAutoscaler",
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: x}\n",
    ),
    ("Ingress", "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x}\n"),
    (
        "PriorityClass",
        "apiVersion: scheduling.k8s.io/v1\nkind: PriorityClass\nmetadata: {name: system-x}\n",
    ),
    ("Namespace", "apiVersion: v1\nkind: Namespace\nmetadata: {name: x, namespace: other}\n"),
];

/// A kind, the rest of its manifest, and the sentences about it; none when it is taken.
type Case = (&'static str, &'static str, &'static [&'static str]);

fn said(kind: &str, rest: &str) -> String {
    let head = HEADS.iter().find(|(name, _)| *name == kind).expect("the kind has a head").1;
    let printed = Terminal::new().try_apply(&format!("{head}{rest}\n"));
    let about = format!("The {kind} \"x\" is invalid: ");
    printed.trim_end().strip_prefix(&about).unwrap_or(printed.trim_end()).to_owned()
}

#[track_caller]
fn check(cases: &[Case]) {
    for (kind, rest, expected) in cases {
        let said = said(kind, rest);
        let expected = match expected {
            [] => {
                assert!(said.ends_with(" created"), "{kind} {rest} is right, but: {said}");
                continue;
            }
            [one] => (*one).to_owned(),
            several => format!("\n* {}", several.join("\n* ")),
        };
        assert_eq!(said, expected, "{kind} {rest}");
    }
}

#[test]
fn pods() {
    check(&[
        (
            "Pod",
            "spec: {containers: [{name: my.app, image: a}]}",
            &["spec.containers[0].name: Invalid value: \"my.app\": must not contain dots"],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a, volumeMounts: [{name: v, mountPath: /v}]}], \
             volumes: [{name: v, secret: {}}]}",
            &[
                "spec.volumes[0].secret.secretName: Required value",
                "spec.containers[0].volumeMounts[0].name: Not found: \"v\"",
            ],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a}], volumes: [{name: v, nfs: {server: disk, path: a}}]}",
            &["spec.volumes[0].nfs.path: Invalid value: \"a\": must be an absolute path"],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a}], \
             tolerations: [{key: a, operator: Exists, value: b, effect: NoSchedule}]}",
            &["spec.tolerations[0].operator: Invalid value: core.Toleration{Key:\"a\", \
               Operator:\"Exists\", Value:\"b\", Effect:\"NoSchedule\", \
               TolerationSeconds:(*int64)(nil)}: value must be empty when `operator` is 'Exists'"],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a}], topologySpreadConstraints: [{maxSkew: 1, \
             topologyKey: z, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {a: b}}}, \
             {maxSkew: 2, topologyKey: z, whenUnsatisfiable: DoNotSchedule, matchLabelKeys: [a], \
             labelSelector: {matchLabels: {a: b}}}]}",
            &[
                "spec.topologySpreadConstraints[0].{topologyKey, whenUnsatisfiable}: Duplicate \
                 value: \"{z, DoNotSchedule}\"",
                "spec.topologySpreadConstraints[1].matchLabelKeys[0]: Invalid value: \"a\": exists \
                 in both matchLabelKeys and labelSelector",
            ],
        ),
        (
            "Pod",
            "spec: {nodeName: node-1, schedulingGates: [{name: g}], containers: [{name: a, image: a}]}",
            &[
                "spec.nodeName: Forbidden: cannot be set until all schedulingGates have been cleared",
            ],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a, resources: {requests: {\"my cpu\": 1}}}]}",
            &[
                "spec.containers[0].resources.requests[my cpu]: Invalid value: \"my cpu\": name part \
                 must consist of alphanumeric characters, '-', '_' or '.', and must start and end \
                 with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex \
                 used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
                "spec.containers[0].resources.requests[my cpu]: Invalid value: \"my cpu\": must be a \
                 standard resource for containers",
            ],
        ),
        (
            "Pod",
            "spec: {containers: [{name: a, image: a, resources: {limits: {hugepages-2Mi: 3Mi}}}]}",
            &[
                "spec.containers[0].resources.limits[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi is \
                 not positive integer multiple of hugepages-2Mi",
                "spec.containers[0].resources.requests[hugepages-2Mi]: Invalid value: \"3Mi\": 3Mi \
                 is not positive integer multiple of hugepages-2Mi",
                "spec.containers[0].resources: Forbidden: HugePages require cpu or memory",
            ],
        ),
        (
            "Pod",
            "spec: {os: {name: plan9}, containers: [{name: a, image: a}]}",
            &["spec.os: Unsupported value: \"plan9\": supported values: \"linux\", \"windows\""],
        ),
    ]);
}

#[test]
fn metadata() {
    let mut terminal = Terminal::new();
    let config = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x, ";
    let said = |terminal: &mut Terminal, rest: &str| {
        let printed = terminal.try_apply(&format!("{config}{rest}}}\n"));
        printed.trim_end().trim_start_matches("The ConfigMap \"x\" is invalid: ").to_owned()
    };
    assert_eq!(
        said(&mut terminal, "finalizers: [hold]"),
        "metadata.finalizers[0]: Invalid value: \"hold\": name is neither a standard finalizer name \
         nor is it fully qualified"
    );
    assert_eq!(
        said(
            &mut terminal,
            "ownerReferences: [{apiVersion: v1, kind: Pod, name: \"\", uid: \"\"}]"
        ),
        "\n* metadata.ownerReferences.name: Invalid value: \"\": must not be empty\n\
         * metadata.ownerReferences.uid: Invalid value: \"\": must not be empty"
    );
    let long = "a".repeat(262_145);
    assert_eq!(
        said(&mut terminal, &format!("annotations: {{a: {long}}}"))
            .split(": ")
            .skip(1)
            .collect::<Vec<_>>(),
        ["Too long", "must have at most 262144 bytes"],
    );
    check(&[("Namespace", "", &[])]);
}

#[test]
fn costs_of_deletion_are_numbers() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: x, annotations: \
               {controller.kubernetes.io/pod-deletion-cost: COST}}\n\
               spec: {containers: [{name: a, image: a}]}\n";
    let mut terminal = Terminal::new();
    for cost in ["high", "\"+1\"", "\"01\"", "\"3000000000\""] {
        let said = terminal.try_apply(&pod.replace("COST", cost));
        let cost = cost.trim_matches('"');
        assert_eq!(
            said,
            format!(
                "The Pod \"x\" is invalid: metadata.annotations[controller.kubernetes.io/\
                 pod-deletion-cost]: Invalid value: \"{cost}\": must be a 32bit integer\n"
            )
        );
    }
    assert_eq!(terminal.try_apply(&pod.replace("COST", "\"-5\"")), "pod/x created\n");
}

#[test]
fn services() {
    check(&[
        (
            "Service",
            "spec: {type: ExternalName, externalName: my_db.}",
            &["spec.externalName: Invalid value: \"my_db\": a lowercase RFC 1123 subdomain must \
               consist of lower case alphanumeric characters, '-' or '.', and must start and end \
               with an alphanumeric character (e.g. 'example.com', regex used for validation is \
               '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"],
        ),
        (
            "Service",
            "spec: {ports: [{port: 80}], loadBalancerSourceRanges: [10.0.0.0/8]}",
            &["spec.LoadBalancerSourceRanges: Forbidden: may only be used when `type` is \
               'LoadBalancer'"],
        ),
        (
            "Service",
            "spec: {ports: [{port: 80}], ipFamilyPolicy: Both}",
            &["spec.ipFamilyPolicy: Unsupported value: \"Both\": supported values: \
               \"PreferDualStack\", \"RequireDualStack\", \"SingleStack\""],
        ),
        (
            "Service",
            "spec: {ports: [{port: 80}], ipFamilyPolicy: RequireDualStack}",
            &["spec.ipFamilyPolicy: Invalid value: \"RequireDualStack\": this cluster is not \
               configured for dual-stack services"],
        ),
        (
            "Service",
            "spec: {clusterIPs: [10.96.0.9], ports: [{port: 80, nodePort: 30000}]}",
            &[
                "spec.clusterIPs: Invalid value: []string{\"10.96.0.9\"}: first value must match \
               `clusterIP`",
                "spec.ports[0].nodePort: Forbidden: may not be used when `type` is 'ClusterIP'",
            ],
        ),
    ]);
}

#[test]
fn configuration() {
    check(&[
        (
            "ConfigMap",
            "data: {a: b}\nbinaryData: {a: Yg==}",
            &["data[a]: Invalid value: \"a\": duplicate of key present in binaryData"],
        ),
        (
            "Secret",
            "type: kubernetes.io/basic-auth",
            &["data[username]: Required value", "data[password]: Required value"],
        ),
        ("Secret", "type: kubernetes.io/basic-auth\nstringData: {username: me}", &[]),
        (
            "Secret",
            "type: kubernetes.io/dockerconfigjson\nstringData: {.dockerconfigjson: nope}",
            &["data[.dockerconfigjson]: Invalid value: \"<secret contents redacted>\": invalid \
               character 'o' in literal null (expecting 'u')"],
        ),
        (
            "Secret",
            "type: kubernetes.io/service-account-token",
            &["metadata.annotations[kubernetes.io/service-account.name]: Required value"],
        ),
    ]);
    let large = format!("data: {{a: {}}}", "b".repeat((1 << 20) + 1));
    assert!(said("ConfigMap", &large).ends_with("[]: Too long: must have at most 1048576 bytes"));
}

#[test]
fn limits() {
    check(&[
        (
            "ResourceQuota",
            "spec: {hard: {gpu: 1, storage: 1Gi, pods: 1500m}}",
            &[
                "spec.hard[gpu]: Invalid value: \"gpu\": must be a standard resource type or fully \
                 qualified",
                "spec.hard[gpu]: Invalid value: \"gpu\": must be a standard resource for quota",
                "spec.hard[pods]: Invalid value: resource.Quantity{i:resource.int64Amount{value:1500, \
                 scale:-3}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"1500m\", \
                 Format:\"DecimalSI\"}: must be an integer",
                "spec.hard[storage]: Invalid value: \"storage\": must be a standard resource for quota",
            ],
        ),
        (
            "ResourceQuota",
            "spec: {hard: {count/deployments.apps: 4, requests.nvidia.com/gpu: 8}}",
            &[],
        ),
        (
            "ResourceQuota",
            "spec: {hard: {pods: 1}, scopeSelector: {matchExpressions: [{scopeName: PriorityClass, \
             operator: In}, {scopeName: Terminating, operator: In, values: [a]}]}}",
            &[
                "spec.scopeSelector.matchExpressions.values: Required value: must be at least one \
                 value when `operator` is 'In' or 'NotIn' for scope selector",
                "spec.scopeSelector.matchExpressions.operator: Invalid value: \"In\": must be \
                 'Exists' when scope is any of ResourceQuotaScopeTerminating, \
                 ResourceQuotaScopeNotTerminating, ResourceQuotaScopeBestEffort, \
                 ResourceQuotaScopeNotBestEffort or ResourceQuotaScopeCrossNamespacePodAffinity",
            ],
        ),
        (
            "LimitRange",
            "spec: {limits: [{type: Container, max: {cpu: 1}, min: {cpu: 2}}]}",
            &[
                "spec.limits[0].min[cpu]: Invalid value: resource.Quantity{i:resource.int64Amount{\
                 value:2, scale:0}, d:resource.infDecAmount{Dec:(*inf.Dec)(nil)}, s:\"2\", \
                 Format:\"DecimalSI\"}: min value 2 is greater than max value 1",
                "spec.limits[0].defaultRequest[cpu]: Invalid value: resource.Quantity{\
                 i:resource.int64Amount{value:1, scale:0}, d:resource.infDecAmount{\
                 Dec:(*inf.Dec)(nil)}, s:\"1\", Format:\"DecimalSI\"}: min value 2 is greater than \
                 default request value 1",
                "spec.limits[0].default[cpu]: Invalid value: resource.Quantity{\
                 i:resource.int64Amount{value:2, scale:0}, d:resource.infDecAmount{\
                 Dec:(*inf.Dec)(nil)}, s:\"2\", Format:\"DecimalSI\"}: min value 2 is greater than \
                 default value 1",
            ],
        ),
        (
            "LimitRange",
            "spec: {limits: [{type: Pod, maxLimitRequestRatio: {memory: 500m}}, \
             {type: PersistentVolumeClaim}]}",
            &[
                "spec.limits[0].maxLimitRequestRatio[memory]: Invalid value: resource.Quantity{\
                 i:resource.int64Amount{value:500, scale:-3}, d:resource.infDecAmount{\
                 Dec:(*inf.Dec)(nil)}, s:\"500m\", Format:\"DecimalSI\"}: ratio 500m is less than 1",
                "spec.limits[1].limits: Required value: either minimum or maximum storage value is \
                 required, but neither was provided",
            ],
        ),
        (
            "PriorityClass",
            "value: 5",
            &[
                "The PriorityClass \"system-x\" is invalid: metadata.name: Forbidden: priority class \
               names with 'system-' prefix are reserved for system use only. error: system-x is not \
               a known system priority class",
            ],
        ),
    ]);
}

#[test]
fn budgets_and_autoscalers() {
    check(&[
        (
            "PodDisruptionBudget",
            "spec: {minAvailable: 120%, unhealthyPodEvictionPolicy: Sometimes}",
            &[
                "spec.minAvailable: Invalid value: intstr.IntOrString{Type:1, IntVal:0, \
                 StrVal:\"120%\"}: must not be greater than 100%",
                "spec.unhealthyPodEvictionPolicy: Unsupported value: \"Sometimes\": supported \
                 values: \"AlwaysAllow\", \"IfHealthyBudget\"",
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 0}",
            &[
                "spec.maxReplicas: Invalid value: 0: must be greater than 0",
                "spec.maxReplicas: Invalid value: 0: must be greater than or equal to `minReplicas`",
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {kind: Deployment, name: a/b}, minReplicas: 0, maxReplicas: 3}",
            &[
                "spec.minReplicas: Invalid value: 0: must be greater than or equal to 1",
                "spec.scaleTargetRef.name: Invalid value: \"a/b\": may not contain '/'",
                "spec.metrics: Forbidden: must specify at least one Object or External metric to \
                 support scaling to zero replicas",
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 3, metrics: [{type: \
             Pods, pods: {metric: {}, target: {type: AverageValue, averageValue: -1}}}, {type: Pods, \
             resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]}",
            &[
                "spec.metrics[0].pods.metric.name: Required value: must specify a metric name",
                "spec.metrics[0].pods.target.averageValue: Invalid value: \"-1\": must be positive",
                "spec.metrics[1].pods: Required value: must populate information for the given \
                 metric source",
            ],
        ),
        (
            "HorizontalPodAutoscaler",
            "spec: {scaleTargetRef: {kind: Deployment, name: a}, maxReplicas: 3, behavior: {scaleDown: \
             {stabilizationWindowSeconds: 4000, policies: [{type: Pods, value: 0, periodSeconds: \
             2000}]}}}",
            &[
                "spec.behavior.scaleDown.stabilizationWindowSeconds: Invalid value: 4000: must be \
                 less than or equal to 3600",
                "spec.behavior.scaleDown.policies[0].value: Invalid value: 0: must be greater than \
                 zero",
                "spec.behavior.scaleDown.policies[0].periodSeconds: Invalid value: 2000: must be \
                 less than or equal to 1800",
            ],
        ),
    ]);
    let mut terminal = Terminal::new();
    terminal.apply(
        "apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: My_Budget}\n\
         spec: {maxUnavailable: 1}\n",
    );
    terminal.apply(
        "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: a}\nspec: \
         {maxReplicas: 3, scaleTargetRef: {kind: Deployment, name: a}, behavior: {scaleDown: \
         {stabilizationWindowSeconds: 60}}}\n",
    );
    terminal.check(
        "get hpa a -o jsonpath={.spec.behavior}",
        "{\"scaleDown\":{\"policies\":[{\"periodSeconds\":15,\"type\":\"Percent\",\"value\":100}],\
         \"selectPolicy\":\"Max\",\"stabilizationWindowSeconds\":60},\"scaleUp\":{\"policies\":\
         [{\"periodSeconds\":15,\"type\":\"Pods\",\"value\":4},{\"periodSeconds\":15,\"type\":\
         \"Percent\",\"value\":100}],\"selectPolicy\":\"Max\",\"stabilizationWindowSeconds\":0}}",
    );
}

#[test]
fn ingresses() {
    check(&[
        (
            "Ingress",
            "spec: {rules: [{http: {paths: [{path: /a, backend: {service: {name: a}}}]}}]}",
            &["spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified"],
        ),
        (
            "Ingress",
            "spec: {rules: [{http: {paths: [{path: /a/.., pathType: Exact, backend: {service: \
             {name: a, port: {name: http, number: 80}}}}, {path: /b, pathType: Prefix}]}}]}",
            &[
                "spec.rules[0].http.paths[0].path: Invalid value: \"/a/..\": cannot end with '/..'",
                "spec.rules[0].http.paths[0].backend: Invalid value: \"\": cannot set both port name \
                 & port number",
                "spec.rules[0].http.paths[1].backend: Invalid value: \"\": resource or service \
                 backend is required",
            ],
        ),
        (
            "Ingress",
            "spec: {defaultBackend: {service: {name: a}}}",
            &["spec.defaultBackend: Required value: port name or number is required"],
        ),
    ]);
    assert_eq!(
        Terminal::new().try_apply(
            "apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: x, annotations: \
             {kubernetes.io/ingress.class: nginx}}\n\
             spec: {defaultBackend: {service: {name: a, port: {number: 80}}}}\n"
        ),
        "ingress.networking.k8s.io/x created\nWarning: annotation \"kubernetes.io/ingress.class\" is \
         deprecated, please use 'spec.ingressClassName' instead\n"
    );
}

#[test]
fn the_insides_of_what_is_seldom_used_are_known() {
    let unknown = |kind: &str, rest: &str| {
        let said = said(kind, rest);
        let (_, field) = said.split_once("strict decoding error: ").expect("a field is unknown");
        field.to_owned()
    };
    assert_eq!(
        unknown("Ingress", "spec: {tls: [{hosts: [a.b], secret: x}]}"),
        "unknown field \"spec.tls[0].secret\""
    );
    assert_eq!(
        unknown("ResourceQuota", "spec: {scopeSelector: {matchExpression: []}}"),
        "unknown field \"spec.scopeSelector.matchExpression\""
    );
    assert_eq!(
        unknown("HorizontalPodAutoscaler", "spec: {metrics: [{type: Pods, pods: {metrics: {}}}]}"),
        "unknown field \"spec.metrics[0].pods.metrics\""
    );
    assert_eq!(
        unknown(
            "Pod",
            "spec: {volumes: [{name: v, projected: {sources: [{secret: {secretName: a}}]}}]}"
        ),
        "unknown field \"spec.volumes[0].projected.sources[0].secret.secretName\""
    );
}

#[test]
fn warnings() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: my.pod}\nspec:\n  \
               nodeSelector: {beta.kubernetes.io/os: linux}\n  containers:\n  - name: a\n    \
               image: a\n    resources: {limits: {memory: 100m}}\n    ports: [{containerPort: 80}]\n    \
               env: [{name: A, value: b}, {name: A, value: $(A)c}, {name: A, value: d}]\n  \
               - {name: b, image: b, ports: [{containerPort: 80}]}\n";
    assert_eq!(
        Terminal::new().try_apply(pod),
        "pod/my.pod created\n\
         Warning: metadata.name: this is used in the Pod's hostname, which can result in surprising \
         behavior; a DNS label is recommended: [must not contain dots]\n\
         Warning: spec.nodeSelector[beta.kubernetes.io/os]: deprecated since v1.14; use \
         \"kubernetes.io/os\" instead\n\
         Warning: spec.containers[0].resources.limits[memory]: fractional byte value \"100m\" is \
         invalid, must be an integer\n\
         Warning: spec.containers[0].resources.requests[memory]: fractional byte value \"100m\" is \
         invalid, must be an integer\n\
         Warning: spec.containers[0].env[2]: hides previous definition of \"A\", which may be dropped \
         when using apply\n\
         Warning: spec.containers[1].ports[0]: duplicate port definition with \
         spec.containers[0].ports[0]\n"
    );
}
