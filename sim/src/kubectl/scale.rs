//! `kubectl scale deployment/web --replicas=3`: the desired number of pods.
//!
//! Models: kubectl v1.36 `pkg/cmd/scale/scale.go`.

use super::error::{Error, Refusal, fail, told};
use super::objects;
use super::server::Sent;
use super::session::Session;
use crate::api::{Kind, Value};
use crate::apiserver::AnyObject;

pub(super) const FLAGS: &str = "replicas:int current-replicas:int resource-version:text \
    timeout:time all selector,l:text filename,f:text recursive,R dry-run:or=unchanged \
    output,o:text record kustomize,k:text";

/// Runs `scale`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let Some(replicas) = session.args.int("replicas") else {
        return fail("required flag(s) \"replicas\" not set");
    };
    if replicas < 0 {
        return fail(
            "The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0",
        );
    }
    let words = session.args.words.clone();
    let objects = session.objects(&words, session.naming())?;
    if objects.is_empty() {
        let missing = session.take_failures();
        let missing: Vec<String> = missing
            .iter()
            .map(|error| told(std::slice::from_ref(error)).trim_end().to_owned())
            .map(|text| text.trim_start_matches("Error from server (NotFound): ").to_owned())
            .collect();
        let text = match missing.as_slice() {
            [] => "no objects passed to scale".to_owned(),
            [one] => format!("no objects passed to scale {one}"),
            _ => format!("no objects passed to scale [{}]", missing.join(", ")),
        };
        return fail(text);
    }
    for object in &objects {
        if let Err(error) = one(session, object, replicas) {
            session.fail(error);
        }
    }
    Ok(())
}

fn one(session: &mut Session<'_>, object: &AnyObject, replicas: i64) -> Result<(), Error> {
    if !matches!(object.kind(), Kind::Deployment | Kind::ReplicaSet) {
        let sentence = "the server could not find the requested resource".to_owned();
        return Err(Refusal::Other("NotFound", sentence).into());
    }
    let mut data = objects::data(object);
    let current = data.at(&["spec", "replicas"]).and_then(Value::as_int).unwrap_or(0);
    let expected = session.args.int("current-replicas").filter(|count| *count >= 0);
    if let Some(expected) = expected.filter(|expected| *expected != current) {
        return fail(format!("Expected replicas to be {expected}, was {current}"));
    }
    let version = object.meta().resource_version.to_string();
    if let Some(expected) = session.args.text("resource-version").filter(|text| *text != version) {
        return fail(format!("Expected resource version to be {expected}, was {version}"));
    }
    *data.entry("spec").entry("replicas") = Value::Int(replicas);
    // What is printed is the object as it was read.
    session.update(object, &data, Sent::Whole)?;
    session.report(object, "scaled")
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn sizes_change_when_the_expectations_hold() {
        let mut lab = Lab::with_web();
        lab.check("scale deploy/web --replicas=5", "deployment.apps/web scaled\n");
        lab.check("scale deploy web --replicas=5", "deployment.apps/web scaled\n");
        lab.check("get deploy web -o jsonpath={.spec.replicas}", "5");
        lab.check_error(
            "scale deploy web --replicas=3 --current-replicas=9",
            "error: Expected replicas to be 9, was 5\n",
        );
        lab.check_error("scale deploy web", "error: required flag(s) \"replicas\" not set\n");
        lab.check_error(
            "scale deploy web --replicas=-1",
            "error: The --replicas=COUNT flag is required, and COUNT must be greater than or equal to 0\n",
        );
        lab.check_error(
            "scale deploy nope --replicas=2",
            "error: no objects passed to scale deployments.apps \"nope\" not found\n",
        );
        lab.check_error(
            "scale svc web --replicas=2",
            "Error from server (NotFound): the server could not find the requested resource\n",
        );
    }
}
