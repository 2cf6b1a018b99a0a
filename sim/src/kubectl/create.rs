//! `kubectl create -f`, `kubectl create deployment` and `kubectl replace`; the other objects that are
//! made from flags stand in files of their own.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/{create,create_deployment}.go`, `pkg/cmd/replace`.

/// Flags that every command takes that makes an object from flags.
macro_rules! flags {
    ($own:literal) => {
        concat!(
            $own,
            " dry-run:or=unchanged output,o:text save-config validate:or=strict \
             field-manager:text show-managed-fields template:text allow-missing-template-keys"
        )
    };
}

pub(super) mod access;
pub(super) mod data;
pub(super) mod network;
pub(super) mod printed;
pub(super) mod secret;

use super::error::{Error, Refusal, fail};
use super::help::Help;
use super::server::{self, Sent};
use super::session::{NAME_SOMETHING, Session, text_at};
use super::{apply, objects};
use crate::api::Value;
use crate::api::value::map;
use crate::manifest;

pub(super) const FLAGS: &str = "filename,f:text recursive,R dry-run:or=unchanged output,o:text \
    save-config validate:or=strict field-manager:text record edit raw:text selector,l:text \
    windows-line-endings kustomize,k:text show-managed-fields template:text \
    allow-missing-template-keys";
pub(super) const DEPLOYMENT_FLAGS: &str = flags!("image:text replicas,r:int port:int");
pub(super) const REPLACE_FLAGS: &str = "filename,f:text recursive,R dry-run:or=unchanged \
    output,o:text save-config validate:or=strict field-manager:text force cascade:or=background \
    grace-period:int timeout:time wait raw:text subresource:text kustomize,k:text \
    show-managed-fields template:text allow-missing-template-keys";

/// Runs `create -f`.
pub(super) fn run(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.words.is_empty() {
        let words = session.args.words.join(" ");
        // A group of commands tells what is in it.
        let help = Help::get().map_err(Error::Text)?;
        if let Some(text) = help.of(&format!("create {words}")) {
            session.out.stderr.push_str(text);
            return Err(Error::Silent);
        }
        return fail(format!(
            "Unexpected args: [{words}]\nSee 'kubectl create -h' for help and examples"
        ));
    }
    if !session.args.names_files() {
        return fail("must specify one of -f and -k");
    }
    let sources = session.sources()?;
    if sources.is_empty() && !session.has_failed() {
        return fail("no objects passed to create");
    }
    for mut source in sources {
        let kind = match manifest::kind_of(&source.value) {
            Ok(kind) => kind,
            Err(error) => {
                session.fail(server::unknown(&error, &source.file));
                continue;
            }
        };
        let namespace = apply::place(session, kind, &mut source)?;
        let value = if session.args.is_on("save-config") {
            apply::remembering(&source.value)
        } else {
            source.value
        };
        if session.prints_what_it_sends() {
            session.print_sent(&value)?;
            continue;
        }
        if session.asks_nobody() {
            session.report_new(&value, "created")?;
            continue;
        }
        match server::create(session.cluster, &value, &namespace) {
            Ok(written) => {
                session.warn_all(&written.warnings);
                session.report(&written.object, "created")?;
            }
            Err(refusal) => {
                let doing = format!("error when creating {:?}", source.file);
                session.fail(Error::refused(refusal, doing));
            }
        }
    }
    Ok(())
}

/// Runs `create deployment`.
pub(super) fn run_deployment(session: &mut Session<'_>) -> Result<(), Error> {
    let images: Vec<String> = session.args.texts("image").into_iter().map(str::to_owned).collect();
    if images.is_empty() {
        return fail("required flag(s) \"image\" not set");
    }
    let (words, command) = match session.args.dash {
        Some(at) => session.args.words.split_at(at),
        None => (session.args.words.as_slice(), &[][..]),
    };
    let [name] = words else {
        let count = words.len();
        return session.usage(&format!("exactly one NAME is required, got {count}"));
    };
    if images.len() > 1 && !command.is_empty() {
        return fail("cannot specify multiple --image options and command");
    }
    let value = deployment(session, name, &images, command);
    data::finish(session, &value, "deployment")
}

fn deployment(session: &Session<'_>, name: &str, images: &[String], command: &[String]) -> Value {
    let labels = map([("app", name.into())]);
    let containers = images.iter().map(|image| {
        let mut container = map([
            ("name", container_name(image).into()),
            ("image", image.as_str().into()),
            ("resources", Value::map()),
        ]);
        if !command.is_empty() {
            let words = command.iter().map(|word| Value::text(word)).collect();
            *container.entry("command") = Value::List(words);
        }
        if let Some(port) = session.args.int("port").filter(|port| *port >= 0) {
            *container.entry("ports") = vec![map([("containerPort", Value::Int(port))])].into();
        }
        container
    });
    let template = map([
        ("metadata", map([("creationTimestamp", Value::Null), ("labels", labels.clone())])),
        ("spec", map([("containers", Value::List(containers.collect()))])),
    ]);
    let replicas = Value::Int(session.args.int("replicas").unwrap_or(1));
    let spec = map([
        ("replicas", replicas),
        ("selector", map([("matchLabels", labels.clone())])),
        ("strategy", Value::map()),
        ("template", template),
    ]);
    let metadata =
        map([("creationTimestamp", Value::Null), ("name", name.into()), ("labels", labels)]);
    map([
        ("apiVersion", "apps/v1".into()),
        ("kind", "Deployment".into()),
        ("metadata", metadata),
        ("spec", spec),
        ("status", Value::map()),
    ])
}

/// A port from text.
pub(super) fn number_of_port(typed: &str) -> Result<Value, Error> {
    match typed.parse::<i64>() {
        Ok(number) => Ok(Value::Int(number)),
        Err(_) => fail(format!("strconv.Atoi: parsing {typed:?}: invalid syntax")),
    }
}

/// A container's name from its image: what stands before tag and digest, with odd letters dropped.
fn container_name(image: &str) -> String {
    let name = image.rsplit('/').next().unwrap_or(image);
    let name = name.split(['@', ':']).next().unwrap_or(name);
    let kept: String = name
        .chars()
        .map(|c| if matches!(c, '_' | '.') { '-' } else { c.to_ascii_lowercase() })
        .filter(|c| c.is_ascii_alphanumeric() || *c == '-')
        .collect();
    kept.trim_matches('-').to_owned()
}

/// Runs `replace`.
pub(super) fn run_replace(session: &mut Session<'_>) -> Result<(), Error> {
    if !session.args.names_files() {
        return fail("must specify one of -f and -k");
    }
    if !session.args.words.is_empty() {
        return fail(NAME_SOMETHING);
    }
    for mut source in session.sources()? {
        let kind = match manifest::kind_of(&source.value) {
            Ok(kind) => kind,
            Err(error) => {
                session.fail(server::unknown(&error, &source.file));
                continue;
            }
        };
        let namespace = apply::place(session, kind, &mut source)?;
        let name = text_at(&source.value, "name");
        if name.is_empty() {
            session.fail(Error::Text(format!(
                "error when replacing {:?}: resource name may not be empty",
                source.file
            )));
            continue;
        }
        if let Err(refusal) = replace(session, kind, (&namespace, &name), &source.value) {
            let doing = format!("error when replacing {:?}", source.file);
            session.fail(Error::refused(refusal, doing));
        }
    }
    Ok(())
}

fn replace(
    session: &mut Session<'_>,
    kind: crate::api::Kind,
    (namespace, name): (&str, &str),
    value: &Value,
) -> Result<(), Refusal> {
    let stored = objects::find(session.api(), kind, namespace, name)?;
    if session.args.is_on("force") {
        super::delete::one(session, &stored, &super::delete::Manner::usual())?;
        let written = server::create(session.cluster, value, namespace)?;
        // Reporting fails only for forms that were refused before.
        let _ = session.report(&written.object, "replaced");
        return Ok(());
    }
    let mut value = value.clone();
    // An address cannot change, so leaving it out keeps it.
    let address = objects::data(&stored).at(&["spec", "clusterIP"]).cloned();
    if let Some(address) = address.filter(|_| value.at(&["spec", "clusterIP"]).is_none()) {
        *value.entry("spec").entry("clusterIP") = address;
    }
    let written = server::update(session.cluster, &stored, &value, Sent::Whole)?;
    // Reporting fails only for forms that were refused before.
    let _ = session.report(&written.object, "replaced");
    Ok(())
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn deployments_are_made_from_flags() {
        let mut lab = Lab::with_web();
        lab.check(
            "create deployment quick --image=registry.example/in_ference:v1 --replicas=2 --port=80",
            "deployment.apps/quick created\n",
        );
        lab.check(
            "get deploy quick -o jsonpath='{.spec.replicas} {.spec.template.spec.containers[0].name}'",
            "2 in-ference",
        );
        lab.check_error(
            "create deployment quick --image=x",
            "error: failed to create deployment: deployments.apps \"quick\" already exists\n",
        );
        lab.check_error("create deployment x", "error: required flag(s) \"image\" not set\n");
        lab.check_error(
            "create deploy d7 --image=nginx --replicas=-1",
            "error: failed to create deployment: Deployment.apps \"d7\" is invalid: spec.replicas: \
             Invalid value: -1: must be greater than or equal to 0\n",
        );
    }
}
