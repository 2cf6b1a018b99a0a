//! `kubectl describe`: all there is to know about an object, for people.
//!
//! Models: kubectl v1.36 `pkg/cmd/describe`, `pkg/describe/describe.go`. Pages are made from the
//! same data that `-o json` prints. Leaves out: events as objects, which
//! have no page of their own.

mod autoscaler;
pub(super) mod container;
mod data_kinds;
mod events;
mod generic;
mod network;
mod node;
pub(super) mod page;
mod workload;

use super::error::{Error, Refusal, fail};
use super::get::endpoints as made_endpoints;
use super::objects;
use super::resource::{Naming, Resource, Target, targets};
use super::session::Session;
use crate::api::{Kind, Uid, Value};
use crate::apiserver::AnyObject;
use crate::manifest::timestamp;
use page::Page;

pub(super) const FLAGS: &str = "selector,l:text all-namespaces,A show-events filename,f:text \
    recursive,R chunk-size:int kustomize,k:text";

/// Runs `describe`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    let words = session.args.words.clone();
    if words.is_empty() && !session.args.names_files() {
        return fail(
            "You must specify the type of resource to describe. Use \"kubectl api-resources\" for \
             a complete list of supported resources.",
        );
    }
    let mut pages = Vec::new();
    if session.args.names_files() {
        for object in session.objects(&words, Naming::default())? {
            pages.push(page_of(session, &object));
        }
    } else {
        for target in targets(&words, Naming { types_alone: true, ..session.naming() })? {
            pages.extend(described(session, &target)?);
        }
    }
    if session.has_failed() {
        pages.clear();
    }
    if pages.is_empty() && !session.has_failed() {
        let namespace = session.namespace();
        session.warn(&format!("No resources found in {namespace} namespace."));
    }
    session.out.stdout.push_str(&pages.join("\n\n"));
    Ok(())
}

/// The pages of a target. A name that does not exist may be the beginning of some that do.
fn described(session: &mut Session<'_>, target: &Target) -> Result<Vec<String>, Error> {
    if target.resource == Resource::Endpoints {
        return Ok(described_endpoints(session, target));
    }
    let failures = session.take_failures();
    let mut found = session.resolve(target)?;
    let missing = session.take_failures();
    session.fail_all(failures);
    let by_prefix = found.is_empty() && target.name.is_some() && session.args.words.len() == 2;
    if let (Some(prefix), Resource::Kind(kind), true) = (&target.name, target.resource, by_prefix) {
        let namespace = session.namespace();
        let mut all = objects::list(session.api(), kind, Some(&namespace));
        all.retain(|object| object.meta().name.starts_with(prefix.as_str()));
        found = all;
    }
    if found.is_empty() {
        session.fail_all(missing);
    }
    let mut pages = Vec::new();
    for object in &found {
        pages.push(page_of(session, object));
    }
    if by_prefix && !pages.is_empty() {
        // Such pages each end with a further line break, and nothing stands between them.
        pages = vec![pages.join("\n") + "\n"];
    }
    Ok(pages)
}

fn described_endpoints(session: &mut Session<'_>, target: &Target) -> Vec<String> {
    let namespace = session.namespace();
    let mut all = made_endpoints::all(session.api(), Some(&namespace));
    if let Some(name) = &target.name {
        all.retain(|data| page::text(data, &["metadata", "name"]) == *name);
        if all.is_empty() {
            session.fail(Refusal::Other("NotFound", format!("endpoints {name:?} not found")));
        }
    }
    let text = |data: &Value| {
        let mut page = Page::default();
        network::endpoints(&mut page, data);
        finished(session, page, None)
    };
    all.iter().map(text).collect()
}

fn page_of(session: &Session<'_>, object: &AnyObject) -> String {
    let (data, api) = (objects::data(object), session.api());
    let mut page = Page::default();
    match object {
        AnyObject::Deployment(object) => workload::deployment(&mut page, api, object, &data),
        AnyObject::ReplicaSet(object) => workload::replica_set(&mut page, api, object, &data),
        AnyObject::Pod(_) => workload::pod(&mut page, &data, session.cluster.now()),
        AnyObject::Service(object) => network::service(&mut page, api, object, &data),
        AnyObject::EndpointSlice(_) => network::endpoint_slice(&mut page, api, &data),
        AnyObject::Data(object) => {
            if !data_kinds::describe(&mut page, api, object.kind, &data) {
                if !matches!(object.kind, Kind::Namespace) {
                    page.align();
                }
                return page.text;
            }
        }
        AnyObject::Node(object) => {
            node::describe(&mut page, api, object, &data, session.cluster.now());
        }
        AnyObject::Event(_) => generic::describe(&mut page, &data),
    }
    finished(session, page, Some(object.meta().uid))
}

/// The page with its events, columns aligned.
fn finished(session: &Session<'_>, mut page: Page, about: Option<Uid>) -> String {
    if session.args.switch("show-events") != Some(false) {
        let about = about.unwrap_or_default();
        events::describe(&mut page, session.api(), about, session.cluster.now());
    }
    page.align();
    page.text
}

/// A date of the API as pages show it: `Thu, 01 Jan 2026 00:00:12 +0000`.
pub(crate) fn time(stamp: &str) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] =
        ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let Some(at) = timestamp::seconds(stamp) else {
        return "Mon, 01 Jan 0001 00:00:00 +0000".to_owned();
    };
    let pick = |names: &[&'static str], index: i64| {
        usize::try_from(index).ok().and_then(|index| names.get(index).copied()).unwrap_or("Jan")
    };
    let ([year, month, day], [hour, minute, second]) = timestamp::date_and_clock(at);
    let weekday = pick(&DAYS, at.div_euclid(86_400).rem_euclid(7));
    let month = pick(&MONTHS, month - 1);
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} +0000")
}

#[cfg(test)]
mod tests {
    use super::time;
    use crate::kubectl::tests::Lab;

    #[test]
    fn dates_are_printed_with_their_weekday() {
        assert_eq!(time("2026-01-01T00:00:12Z"), "Thu, 01 Jan 2026 00:00:12 +0000");
        assert_eq!(time("2026-11-21T02:59:00Z"), "Sat, 21 Nov 2026 02:59:00 +0000");
        assert_eq!(time("2021-01-01T00:00:00Z"), "Fri, 01 Jan 2021 00:00:00 +0000");
    }

    #[test]
    fn a_deployment_has_a_page_in_kubectls_order() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        let page = lab.run("describe deploy web").stdout;
        let titles: Vec<&str> = page
            .lines()
            .filter(|line| !line.starts_with(' '))
            .filter_map(|line| line.split(':').next())
            .collect();
        assert_eq!(
            titles,
            [
                "Name",
                "Namespace",
                "CreationTimestamp",
                "Labels",
                "Annotations",
                "Selector",
                "Replicas",
                "StrategyType",
                "MinReadySeconds",
                "RollingUpdateStrategy",
                "Pod Template",
                "Conditions",
                "OldReplicaSets",
                "NewReplicaSet",
                "Events",
            ]
        );
        assert!(page.contains("Replicas:               3 desired | 3 updated | 3 total | 3 available | 0 unavailable\n"));
        assert!(
            page.contains("  Type    Reason             Age   From                   Message\n")
        );
    }

    #[test]
    fn every_kind_with_a_page_has_one() {
        let mut lab = Lab::with_web();
        lab.advance(20);
        for kind in ["rs", "pods", "svc", "endpointslices", "ep"] {
            let output = lab.run(&format!("describe {kind}"));
            assert_eq!((output.code, output.stderr.as_str()), (0, ""), "{kind}");
            assert!(output.stdout.starts_with("Name:"), "{kind}");
        }
        let page = lab.run("describe deploy web").stdout;
        assert_eq!(lab.run("describe deploy we").stdout, page + "\n");
        lab.check_error(
            "describe deploy nope",
            "Error from server (NotFound): deployments.apps \"nope\" not found\n",
        );
    }
}
