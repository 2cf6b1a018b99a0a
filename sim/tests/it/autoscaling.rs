//! The autoscaler: how many pods it wants, how fast it goes, and who it fights with.

use super::terminal::Terminal;

/// A Deployment whose pods share a load of so many cpus; `replicas` may be left out.
fn web(replicas: &str, load: &str) -> String {
    format!(
        "apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: web, annotations: \
         {{sim/cpu-total: '{load}'}}}}\nspec:\n{replicas}  selector: {{matchLabels: {{app: \
         web}}}}\n  template:\n    metadata: {{labels: {{app: web}}, annotations: \
         {{sim/start-after: '0.3', sim/ready-after: '0.5', sim/terminate-after: '0.5'}}}}\n    \
         spec: {{containers: [{{name: web, image: 'nginx:1', resources: {{requests: {{cpu: \
         '1'}}}}}}]}}\n"
    )
}

const SCALER: &str = "
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 12
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 50}}}]
";

fn replicas(terminal: &mut Terminal) -> String {
    terminal.run("get deploy web -o jsonpath={.spec.replicas}")
}

#[test]
fn it_grows_at_once_and_shrinks_after_five_minutes() {
    let mut terminal = Terminal::new();
    terminal.apply(&web("  replicas: 3\n", "4500m")).apply(SCALER).wait(60);
    assert_eq!(replicas(&mut terminal), "9");
    terminal.check(
        "get hpa",
        "NAME   REFERENCE        TARGETS        MINPODS   MAXPODS   REPLICAS   AGE\nweb    \
         Deployment/web   cpu: 50%/50%   2         12        9          60s\n",
    );
    terminal.contains(
        "get events --field-selector reason=SuccessfulRescale",
        "New size: 7; reason: cpu resource utilization (percentage of request) above target",
    );
    terminal.contains(
        "describe hpa web",
        "resource cpu on pods  (as a percentage of request):  50% (500m) / 50%",
    );
    terminal.run("annotate deploy web sim/cpu-total=1500m --overwrite");
    terminal.wait(200);
    assert_eq!(replicas(&mut terminal), "9");
    terminal.contains("describe hpa web", "AbleToScale     True    ScaleDownStabilized");
    terminal.wait(150);
    assert_eq!(replicas(&mut terminal), "3");
    terminal.contains(
        "get events --field-selector reason=SuccessfulRescale",
        "New size: 3; reason: All metrics below target",
    );
    terminal.run("annotate deploy web sim/cpu-total=90 --overwrite");
    terminal.wait(120);
    assert_eq!(replicas(&mut terminal), "12");
    terminal.contains("describe hpa web", "ScalingLimited  True    TooManyReplicas");
}

/// Shape 28: `replicas` in the manifest throws the autoscaler back; without it, it is left alone.
#[test]
fn replicas_in_the_manifest_fight_the_autoscaler() {
    let mut terminal = Terminal::new();
    let manifest = web("  replicas: 6\n", "4500m");
    terminal.apply(&manifest).apply(SCALER).wait(60);
    assert_eq!(replicas(&mut terminal), "9");
    assert_eq!(terminal.try_apply(&manifest), "deployment.apps/web configured\n");
    assert_eq!(replicas(&mut terminal), "6");
    terminal.wait(30);
    assert_eq!(replicas(&mut terminal), "9");
    // The field is no longer ours once it is taken out; that itself resets it once, to 1.
    terminal.apply(&web("", "4500m")).wait(60);
    assert_eq!(replicas(&mut terminal), "9");
    assert_eq!(terminal.try_apply(&web("", "4500m")), "deployment.apps/web unchanged\n");
    let next = web("", "4500m").replace("nginx:1", "nginx:2");
    assert_eq!(terminal.try_apply(&next), "deployment.apps/web configured\n");
    assert_eq!(replicas(&mut terminal), "9");
}

#[test]
fn without_metrics_it_says_so_and_leaves_the_size_alone() {
    let mut terminal = Terminal::new();
    let quiet = web("  replicas: 3\n", "1").replace(", annotations: {sim/cpu-total: '1'}", "");
    terminal.apply(&quiet);
    terminal.check(
        "autoscale deploy web --min=2 --max=5 --cpu-percent=80",
        "horizontalpodautoscaler.autoscaling/web autoscaled\n",
    );
    terminal.wait(20).check(
        "get hpa",
        "NAME   REFERENCE        TARGETS              MINPODS   MAXPODS   REPLICAS   AGE\nweb    \
         Deployment/web   cpu: <unknown>/80%   2         5         3          20s\n",
    );
    terminal.contains(
        "get events --field-selector reason=FailedGetResourceMetric",
        "failed to get cpu utilization: unable to get metrics for resource cpu: no metrics returned \
         from resource metrics API",
    );
    assert_eq!(replicas(&mut terminal), "3");
    terminal.run("scale deploy web --replicas=1");
    terminal.wait(20);
    assert_eq!(replicas(&mut terminal), "2");
    for (line, error) in [
        (
            "autoscale deploy web --min=2 --max=5",
            "Error from server (AlreadyExists): horizontalpodautoscalers.autoscaling \"web\" already \
             exists\n",
        ),
        ("autoscale deploy web", "error: required flag(s) \"max\" not set\n"),
        (
            "autoscale deploy web --min=5 --max=2",
            "error: --max=MAXPODS must be larger or equal to --min=MINPODS, max: 2, min: 5\n",
        ),
    ] {
        terminal.check(line, error);
    }
}
