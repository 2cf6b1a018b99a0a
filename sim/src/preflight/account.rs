//! How the rehearsals went, whether they found something or not.

use super::observed::Observed;
use super::rehearsal::Scene;
use super::subject::Subject;
use super::{count, thousands};
use crate::network::request::Failure;

/// How a scene went, a sentence each.
pub(super) fn account(scene: Scene, subject: &Subject, seen: &Observed) -> Vec<String> {
    if let Some(refused) = &seen.refused {
        return vec![format!("applied: {refused}")];
    }
    if scene != Scene::Release {
        return vec![other(scene, subject, seen)];
    }
    let mut told = Vec::new();
    for (number, (item, deployment)) in subject.deployments().enumerate() {
        let (name, replicas) = (subject.name(item), deployment.spec.replicas);
        let start = seen.starts.get(number).cloned().unwrap_or_default();
        told.push(match start.took {
            Some(took) => format!(
                "{name} applied: all {replicas} pods were available after {} s",
                took.as_secs()
            ),
            None => {
                format!("{name} applied: {} of {replicas} pods became available", start.available)
            }
        });
        let Some(roll) = seen.rolls.get(number).and_then(Option::as_ref) else { continue };
        let took = match roll.took {
            Some(took) => format!("complete after {} s", took.as_secs()),
            None => "never complete".to_owned(),
        };
        let lost = thousands(roll.lost(&Failure::ALL));
        let of = count(roll.sent, "request");
        let back = match &roll.undo {
            None => "it could be taken back",
            Some(_) => "it could not be taken back",
        };
        let version = &roll.version;
        told.push(format!(
            "{name} rolled to {version}: {took}, {} pods available at the least, {lost} of {of} failed, \
             {back}",
            roll.min_available
        ));
    }
    if told.is_empty() {
        told.push("applied: the API server took it; there is no Deployment to release".to_owned());
    }
    told
}

fn other(scene: Scene, subject: &Subject, seen: &Observed) -> String {
    match scene {
        Scene::Release | Scene::LongRequests => {
            let sent: u64 = seen.rolls.iter().flatten().map(|roll| roll.sent).sum();
            format!(
                "released while some requests take long: {} of {} failed",
                thousands(seen.failed()),
                count(sent, "request")
            )
        }
        Scene::Together => {
            let Some(together) = &seen.together else { return "not released at once".to_owned() };
            let took = together.at_once.iter().map(|wave| wave.took);
            let took = took.collect::<Option<Vec<_>>>().and_then(|all| all.into_iter().max());
            let took = match took {
                Some(took) => format!("complete after {} s", took.as_secs()),
                None => "not all ever complete".to_owned(),
            };
            format!(
                "all released at once: {took}, {} of {} failed",
                thousands(seen.failed()),
                count(together.sent, "request")
            )
        }
        Scene::WithoutLiveness => {
            let restarts: u32 = seen.restarts.iter().sum();
            format!("watched with its liveness probe: {}", count(restarts.into(), "restart"))
        }
        Scene::SecondApply => "applied a second time".to_owned(),
        Scene::Drain(item) => format!("a node was drained, with {} in the way", subject.name(item)),
        Scene::Loss(item) => format!("the pod of {} was lost", subject.name(item)),
    }
}
