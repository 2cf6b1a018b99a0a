//! What may change of objects that exist, and what the API server says of the rest.

use super::terminal::Terminal;

const POD: &str = "apiVersion: v1\nkind: Pod\nmetadata: {name: x}\nspec:\n  \
                   tolerations: [{key: a, operator: Exists}]\n  \
                   containers: [{name: a, image: a}]\n";

#[test]
fn what_may_change_of_a_pod() {
    let mut terminal = Terminal::new();
    terminal.apply(POD).wait(5);
    let invalid = |detail: &str| format!("The Pod \"x\" is invalid: {detail}\n");
    assert_eq!(terminal.try_apply(&POD.replace("image: a", "image: b")), "pod/x configured\n");
    let two = POD.replace("image: a}", "image: b}, {name: b, image: b}");
    assert_eq!(
        terminal.try_apply(&two),
        invalid("spec.containers: Forbidden: pod updates may not add or remove containers")
    );
    let deadline = "  activeDeadlineSeconds: ";
    let with = |seconds: &str| POD.replace("image: a", "image: b") + deadline + seconds + "\n";
    assert_eq!(terminal.try_apply(&with("500")), "pod/x configured\n");
    assert_eq!(
        terminal.try_apply(&with("600")),
        invalid(
            "spec.activeDeadlineSeconds: Invalid value: 600: must be less than or equal to \
             previous value"
        )
    );
    terminal.contains(
        "patch pod x --type=json -p '[{\"op\":\"remove\",\"path\":\"/spec/tolerations/0\"}]'",
        "spec.tolerations: Forbidden: existing toleration can not be modified except its \
         tolerationSeconds",
    );
    terminal.contains(
        "patch pod x -p '{\"spec\":{\"terminationGracePeriodSeconds\":5}}'",
        "spec: Forbidden: pod updates may not change fields other than \
         `spec.containers[*].image`,`spec.initContainers[*].image`,",
    );
}

#[test]
fn what_changes_of_a_pod_is_shown_as_go_shows_it() {
    let mut terminal = Terminal::new();
    terminal.apply(POD).wait(5);
    let shown = |terminal: &mut Terminal, patch: &str| {
        let printed = terminal.run(&format!("patch pod x -p '{patch}'"));
        let start = printed.find("negative)\n").expect("the pod refuses it") + 10;
        printed[start..].replace('\u{a0}', " ")
    };
    assert_eq!(
        shown(&mut terminal, "{\"spec\":{\"terminationGracePeriodSeconds\":5}}"),
        "  core.PodSpec{\n  \t... // 3 identical fields\n  \tEphemeralContainers:           nil,\n  \
         \tRestartPolicy:                 \"Always\",\n- \tTerminationGracePeriodSeconds: &30,\n+ \
         \tTerminationGracePeriodSeconds: &5,\n  \tActiveDeadlineSeconds:         nil,\n  \
         \tDNSPolicy:                     \"ClusterFirst\",\n  \t... // 25 identical fields\n  }\n\n"
    );
    let shown = shown(
        &mut terminal,
        "{\"spec\":{\"containers\":[{\"name\":\"a\",\"env\":[{\"name\":\"A\",\"value\":\"b\"}]}]}}",
    );
    assert_eq!(
        shown,
        "  core.PodSpec{\n  \tVolumes:        nil,\n  \tInitContainers: nil,\n  \tContainers: \
         []core.Container{\n  \t\t{\n  \t\t\t... // 5 identical fields\n  \t\t\tPorts:        nil,\n  \
         \t\t\tEnvFrom:      nil,\n- \t\t\tEnv:          nil,\n+ \t\t\tEnv:          \
         []core.EnvVar{{Name: \"A\", Value: \"b\"}},\n  \t\t\tResources:    {},\n  \t\t\tResizePolicy: nil,\n  \t\t\t... // 14 identical \
         fields\n  \t\t},\n  \t},\n  \tEphemeralContainers: nil,\n  \tRestartPolicy:       \
         \"Always\",\n  \t... // 28 identical fields\n  }\n\n"
    );
}

#[test]
fn what_may_change_of_what_is_kept_as_data() {
    let mut terminal = Terminal::new();
    terminal.apply(
        "apiVersion: v1\nkind: ResourceQuota\nmetadata: {name: x}\n\
         spec: {hard: {pods: 1}, scopes: [BestEffort]}\n",
    );
    terminal.check(
        "patch quota x -p '{\"spec\":{\"scopes\":[\"NotBestEffort\"]}}'",
        "The ResourceQuota \"x\" is invalid: spec.scopes: Invalid value: \
         []core.ResourceQuotaScope{\"NotBestEffort\"}: field is immutable\n",
    );
}

#[test]
fn a_service_keeps_and_loses_what_its_type_needs() {
    let mut terminal = Terminal::new();
    let service = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n\
                   spec: {type: TYPE, ports: [{name: http, port: 80}]}\n";
    terminal.apply(&service.replace("TYPE", "ClusterIP"));
    terminal.lacks("get svc x -o yaml", "nodePort");
    terminal.apply(&service.replace("TYPE", "NodePort"));
    let port = terminal.run("get svc x -o jsonpath={.spec.ports[0].nodePort}");
    assert_eq!(port.len(), 5, "{port}");
    let other = service.replace("TYPE", "NodePort").replace("name: x", "name: z");
    let other = other.replace("port: 80", &format!("port: 80, nodePort: {port}"));
    assert_eq!(
        terminal.try_apply(&other),
        format!(
            "The Service \"z\" is invalid: spec.ports[0].nodePort: Invalid value: {port}: provided \
             port is already allocated\n"
        )
    );
    terminal.apply(&service.replace("TYPE", "NodePort").replace("port: 80", "port: 81"));
    terminal.check("get svc x -o jsonpath={.spec.ports[0].nodePort}", &port);
    terminal.apply(&service.replace("TYPE", "ClusterIP"));
    terminal.lacks("get svc x -o yaml", "nodePort");
    terminal.lacks("get svc x -o yaml", "externalTrafficPolicy");
    let address = terminal.run("get svc x -o jsonpath={.spec.clusterIP}");
    let named = "apiVersion: v1\nkind: Service\nmetadata: {name: x}\n\
                 spec: {type: ExternalName, externalName: db.example.com}\n";
    terminal.apply(named);
    terminal.lacks("get svc x -o yaml", "clusterIP");
    terminal.apply(&service.replace("TYPE", "ClusterIP"));
    let taken = terminal.run("get svc x -o jsonpath={.spec.clusterIP}");
    assert!(taken.starts_with("10.96."), "{address} {taken}");
    let other = service.replace("TYPE", "ClusterIP").replace("name: x", "name: z");
    let other = other.replace("spec: {", &format!("spec: {{clusterIP: {taken}, "));
    assert_eq!(
        terminal.try_apply(&other),
        format!(
            "The Service \"z\" is invalid: spec.clusterIPs: Invalid value: []string{{\"{taken}\"}}: \
             failed to allocate IP {taken}: provided IP is already allocated\n"
        )
    );
}
