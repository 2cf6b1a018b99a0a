//! `kubectl patch deployment web -p '{"spec":{"replicas":2}}'`: changes parts of objects.
//!
//! Models: kubectl v1.36 `pkg/cmd/patch/patch.go`, and what the API server does with patches.

use super::error::{Error, Refusal, fail};
use super::server::{Sent, Written};
use super::session::Session;
use super::{json, json_patch, objects, strategic, subresource};
use crate::api::Value;
use crate::apiserver::AnyObject;
use crate::manifest;

pub(super) const FLAGS: &str = "patch,p:text patch-file:text type:text subresource:text \
    filename,f:text recursive,R dry-run:or=unchanged output,o:text field-manager:text local record \
    show-managed-fields template:text allow-missing-template-keys kustomize,k:text";

/// How a patch is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Style {
    Strategic,
    Merge,
    Json,
}

/// Runs `patch`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let path = session.args.text("patch-file");
    let from_file = path.and_then(|path| session.desk.read(path)).map(str::to_owned);
    let typed = session.args.text("patch").map(str::to_owned).or(from_file);
    let Some(typed) = typed.filter(|text| !text.is_empty()) else {
        return fail("must specify --patch or --patch-file containing the contents of the patch");
    };
    let style = match session.args.text("type").unwrap_or("strategic").to_ascii_lowercase().as_str()
    {
        "strategic" => Style::Strategic,
        "merge" => Style::Merge,
        "json" => Style::Json,
        other => {
            return fail(format!("--type must be one of [json merge strategic], not {other:?}"));
        }
    };
    let patch = read(&typed)?;
    let words = session.args.words.clone();
    for object in session.objects(&words, session.naming())? {
        if let Err(error) = one(session, &object, style, &patch) {
            session.fail(error);
        }
    }
    Ok(())
}

/// Reads a patch, which may be YAML. What looks like JSON goes to the server as it is, so a
/// mistake in it is the server's to tell.
fn read(typed: &str) -> Result<Result<Value, String>, Error> {
    if typed.trim_start().starts_with('{') {
        return Ok(json::parse(typed));
    }
    let document = manifest::parse(typed).documents.into_iter().next();
    match document.map(|document| (document.value, document.syntax_error)) {
        Some((value, None)) => Ok(Ok(value)),
        Some((_, Some(problem))) => fail(format!("unable to parse {typed:?}: {problem}")),
        None => Ok(Ok(Value::Null)),
    }
}

fn one(
    session: &mut Session<'_>,
    object: &AnyObject,
    style: Style,
    patch: &Result<Value, String>,
) -> Result<(), Error> {
    let subresource = session.args.text("subresource").unwrap_or("").to_owned();
    if !matches!(subresource.as_str(), "" | "status" | "scale") {
        let sentence = "the server could not find the requested resource".to_owned();
        return Err(Refusal::Other("NotFound", sentence).into());
    }
    let kind = object.kind();
    let has_it = match subresource.as_str() {
        "scale" => subresource::has_scale(kind),
        "status" => subresource::has_status(kind),
        _ => true,
    };
    if !has_it {
        let sentence = "the server could not find the requested resource".to_owned();
        return Err(Refusal::Other("NotFound", sentence).into());
    }
    let patch = patch.clone().map_err(Refusal::BadRequest)?;
    let before = objects::data(object);
    if subresource == "scale" {
        return scale(session, object, style, &patch);
    }
    let mut data = before.clone();
    patched(&mut data, style, &patch)?;
    if subresource == "status" {
        let changed = if session.asks_nobody() {
            object.clone()
        } else {
            subresource::write_status(session.cluster, object, &data)?
        };
        return session.report(&changed, done(object, &changed));
    }
    let (known, strange) = match manifest::prune(&data) {
        Ok((known, strange)) => (known, strange),
        Err(_) => (data.clone(), Vec::new()),
    };
    for misfit in &strange {
        session.warn(&format!("Warning: {}", misfit.sentence()));
    }
    let data = if strange.is_empty() { data } else { known };
    let sent = if style == Style::Strategic { Sent::Patch(&patch) } else { Sent::Whole };
    let Written { object: changed, warnings } = session.update(object, &data, sent)?;
    session.warn_all(&warnings);
    let done = match session.asks_nobody() {
        true if data == before => NO_CHANGE,
        true => "patched",
        false => done(object, &changed),
    };
    if session.args.has("output") {
        return session.report(&changed, done);
    }
    // A dry run is not mentioned here, unlike everywhere else.
    session.print(&format!("{} {done}", objects::reference(&changed)));
    Ok(())
}

const NO_CHANGE: &str = "patched (no change)";

/// What became of a patch.
fn done(before: &AnyObject, after: &AnyObject) -> &'static str {
    let same = before.meta().resource_version == after.meta().resource_version;
    if same { NO_CHANGE } else { "patched" }
}

/// Patches the size alone, which has nothing but `spec.replicas` to change.
fn scale(
    session: &mut Session<'_>,
    object: &AnyObject,
    style: Style,
    patch: &Value,
) -> Result<(), Error> {
    let mut scale = subresource::scale_of(&objects::data(object));
    patched(&mut scale, style, patch)?;
    let (shown, done) = if session.asks_nobody() {
        (scale, "patched")
    } else {
        let written =
            subresource::write_scale(session.cluster, object, &scale).map_err(|refusal| {
                match refusal {
                    Refusal::Other("Invalid", sentence) => {
                        let about = sentence.replacen("Scale.autoscaling", "Scale", 1);
                        Error::Exact(format!("The {about}"))
                    }
                    refusal => refusal.into(),
                }
            })?;
        let done = done(object, &written.object);
        (subresource::scale_of(&objects::data(&written.object)), done)
    };
    match session.args.text("output").map(str::to_owned) {
        Some(form) if !matches!(form.as_str(), "" | "name") => session.print_object(&form, &shown),
        form => {
            let done = if form.is_some() { String::new() } else { format!(" {done}") };
            session.print(&format!("scale.autoscaling/{}{done}", object.meta().name));
            Ok(())
        }
    }
}

fn patched(data: &mut Value, style: Style, patch: &Value) -> Result<(), Refusal> {
    if style == Style::Json {
        return json_patch::apply(data, patch).ok_or_else(|| {
            let sentence = "the server rejected our request due to an error in our request";
            Refusal::Unreadable(sentence.to_owned())
        });
    }
    check_is_map(patch)?;
    if style == Style::Merge {
        json_patch::merge(data, patch);
        return Ok(());
    }
    strategic::apply(data, patch).map_err(|problem| Refusal::Other("", problem))
}

/// Merge patches of both kinds are objects.
///
/// # Errors
/// The API server's sentence about what this one is.
pub(super) fn check_is_map(patch: &Value) -> Result<(), Refusal> {
    let got = match patch {
        Value::Map(_) => return Ok(()),
        Value::List(_) => "array",
        Value::String(_) => "string",
        Value::Bool(_) => "bool",
        _ => "number",
    };
    Err(Refusal::BadRequest(format!(
        "json: cannot unmarshal {got} into Go value of type map[string]interface {{}}"
    )))
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn patches_of_all_three_kinds_change_objects() {
        let mut lab = Lab::with_web();
        let patched = "deployment.apps/web patched\n";
        lab.check(r#"patch deploy web -p '{"spec":{"replicas":2}}'"#, patched);
        lab.check(
            "patch deploy web -p 'spec: {replicas: 2}'",
            "deployment.apps/web patched (no change)\n",
        );
        lab.check(r#"patch deploy/web --type=merge -p '{"spec":{"replicas":4}}'"#, patched);
        lab.check(
            r#"patch deploy web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":5}]'"#,
            patched,
        );
        lab.check("get deploy web -o jsonpath={.spec.replicas}", "5");
        lab.check(
            r#"patch svc web -p '{"spec":{"selector":{"app":null,"slot":"green"}}}'"#,
            "service/web patched\n",
        );
        lab.check("get svc web -o jsonpath={.spec.selector}", r#"{"slot":"green"}"#);
    }

    #[test]
    fn a_subresource_changes_only_what_is_its_own() {
        let mut lab = Lab::with_web();
        lab.advance(10);
        let scale = "patch deploy web --subresource=scale --type=merge -p";
        lab.check(
            &format!("{scale} '{{\"spec\":{{\"replicas\":2,\"paused\":true}},\"metadata\":{{\"labels\":{{\"a\":\"b\"}}}}}}'"),
            "scale.autoscaling/web patched\n",
        );
        let shown = "-o jsonpath={.spec.replicas}/{.spec.paused}/{.metadata.labels}";
        lab.check(&format!("get deploy web {shown}"), "2//");
        lab.check(&format!("{scale} '{{}}'"), "scale.autoscaling/web patched (no change)\n");
        lab.check_error(
            &format!("{scale} '{{\"spec\":{{\"replicas\":-1}}}}'"),
            "The Scale \"web\" is invalid: spec.replicas: Invalid value: -1: must be greater than or equal to 0\n",
        );
        lab.check_error(
            "patch svc web --subresource=scale --type=merge -p '{}'",
            "Error from server (NotFound): the server could not find the requested resource\n",
        );
        lab.check(
            "patch deploy web --subresource=status --type=merge -p '{\"spec\":{\"replicas\":9},\"status\":{\"replicas\":7}}'",
            "deployment.apps/web patched\n",
        );
        lab.check("get deploy web -o jsonpath={.spec.replicas}/{.status.replicas}", "2/7");
        // What the spec says is no business of the status.
        lab.check(
            "patch deploy web --subresource=status --type=merge -p '{\"spec\":{\"replicas\":9}}'",
            "deployment.apps/web patched (no change)\n",
        );
        lab.advance(1);
        lab.run("scale deploy web --replicas=3");
        lab.advance(10);
        lab.check("get deploy web -o jsonpath={.status.replicas}", "3");
    }

    #[test]
    fn patches_that_make_no_sense_are_refused() {
        let mut lab = Lab::with_web();
        for (line, error) in [
            (
                r#"patch deploy web -p '{"spec":{"replicas":-2}}'"#,
                "The Deployment \"web\" is invalid: spec.replicas: Invalid value: -2: must be greater than or equal to 0\n",
            ),
            (
                r#"patch deploy web -p '{"spec":{"replicas":"abc"}}'"#,
                "The request is invalid: patch: Invalid value: \"map[spec:map[replicas:abc]]\": unrecognized type: int32\n",
            ),
            (
                "patch deploy web -p '{bad'",
                "Error from server (BadRequest): invalid character 'b' looking for beginning of object key string\n",
            ),
            (
                "patch deploy web -p '[]'",
                "Error from server (BadRequest): json: cannot unmarshal array into Go value of type map[string]interface {}\n",
            ),
            (
                "patch deploy web -p ''",
                "error: must specify --patch or --patch-file containing the contents of the patch\n",
            ),
            (
                r#"patch deploy web --type=json -p '[{"op":"remove","path":"/spec/nosuch"}]'"#,
                "The request is invalid: the server rejected our request due to an error in our request\n",
            ),
            (
                r#"patch deploy web -p '{"metadata":{"name":"x"}}'"#,
                "Error from server (BadRequest): the name of the object (x) does not match the name on the URL (web)\n",
            ),
            (
                r#"patch deploy web -p '{"spec":{"template":{"spec":{"containers":[{"image":"x"}]}}}}'"#,
                "Error from server: map: map[image:x] does not contain declared merge key: name\n",
            ),
        ] {
            lab.check_error(line, error);
        }
        let output = lab.run(r#"patch deploy web -p '{"spec":{"nosuch":1}}'"#);
        assert_eq!(output.stdout, "deployment.apps/web patched (no change)\n");
        assert_eq!(output.stderr, "Warning: unknown field \"spec.nosuch\"\n");
    }
}
