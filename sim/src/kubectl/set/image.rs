//! `kubectl set image deployment/web web=nginx:2`: the images containers run.
//!
//! Models: kubectl v1.36 `pkg/cmd/set/set_image.go`.

use super::{containers, edit_pods, flags, name, split_changes};
use crate::api::Value;
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const FLAGS: &str = flags!("record");

/// Runs `set image`.
pub(in crate::kubectl) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    let (resources, changes) = split_changes(&words, "image")?;
    let objects = session.objects(resources, session.naming())?;
    if session.has_failed() {
        return Ok(());
    }
    let images = read(changes)?;
    edit_pods(session, &objects, "image", &mut |session, _, spec| {
        for (wanted, image) in &images {
            let mut found = false;
            for container in containers(spec) {
                if *wanted == "*" || name(container) == *wanted {
                    *container.entry("image") = Value::text(image);
                    found = true;
                }
            }
            if !found {
                session
                    .fail(Error::Text(format!("error: unable to find container named {wanted:?}")));
            }
        }
    })
}

/// Reads `web=nginx:2`.
fn read(changes: &[String]) -> Result<Vec<(&str, &str)>, Error> {
    if changes.is_empty() {
        return fail("at least one image update is required");
    }
    let mut images = Vec::new();
    for change in changes {
        match change.split_once('=') {
            Some((name, image)) if !name.is_empty() => images.push((name, image)),
            _ => return fail(format!("invalid image format: {change}")),
        }
    }
    if images.len() > 1 && images.iter().any(|(name, _)| *name == "*") {
        return fail(
            "all containers are already specified by *, but saw more than one \
             container_name=container_image pairs",
        );
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn images_change_by_container_and_unknown_containers_are_named() {
        let mut lab = Lab::with_web();
        lab.check("set image deploy/web web=nginx:2", "deployment.apps/web image updated\n");
        lab.check("set image deploy/web web=nginx:2", "");
        lab.check("set image deploy web '*=nginx:3'", "deployment.apps/web image updated\n");
        lab.check_error(
            "set image deploy/web app=x",
            "error: unable to find container named \"app\"\n",
        );
        lab.check_error("set image deploy/web", "error: at least one image update is required\n");
        lab.check_error(
            "set image deploy/nope web=x",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        );
        lab.check_error(
            "set image svc/web web=x",
            "error: services/web the object is not a pod or does not have a pod template: *v1.Service\n",
        );
        lab.check(
            "get deploy web -o jsonpath={.spec.template.spec.containers[0].image}",
            "nginx:3",
        );
    }
}
