//! `kubectl create secret tls` and `docker-registry`: Secrets of known types from flags.
//!
//! Models: kubectl v1.36 `pkg/cmd/create/create_secret_{tls,docker}.go`. Leaves out: whether key and
//! certificate belong together, and the credentials of a file.

use super::data::{finish, object, only_name};
use crate::api::value::map;
use crate::api::{Kind, Value, base64};
use crate::kubectl::error::{Error, fail};
use crate::kubectl::session::Session;

pub(in crate::kubectl) const TLS_FLAGS: &str = flags!("cert:text key:text append-hash");
pub(in crate::kubectl) const DOCKER_FLAGS: &str = flags!(
    "docker-username:text docker-password:text docker-email:text docker-server:text \
     from-file:text append-hash"
);

/// Runs `create secret tls`.
pub(in crate::kubectl) fn run_tls(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let path = |flag: &str| session.args.text(flag).filter(|path| !path.is_empty());
    let (Some(key), Some(cert)) = (path("key"), path("cert")) else {
        return fail("key and cert must be specified");
    };
    let mut data = Value::map();
    for &(entry, path, what) in &[("tls.crt", cert, "certificate"), ("tls.key", key, "key")] {
        let Some(text) = session.desk.read(path) else {
            return fail(format!("open {path}: no such file or directory"));
        };
        if !text.contains("-----BEGIN ") {
            return fail(format!("tls: failed to find any PEM data in {what} input"));
        }
        *data.entry(entry) = base64::encode(text.as_bytes()).into();
    }
    secret(session, &name, data, "kubernetes.io/tls")
}

/// Runs `create secret docker-registry`.
pub(in crate::kubectl) fn run_docker(session: &mut Session<'_>) -> Result<(), Error> {
    let name = only_name(session)?;
    let typed = |flag: &str| session.args.text(flag).unwrap_or("");
    let from_file = session.args.text("from-file").map(str::to_owned);
    let (user, password) = (typed("docker-username"), typed("docker-password"));
    let server = session.args.text("docker-server").unwrap_or("https://index.docker.io/v1/");
    let text = if let Some(path) = from_file {
        let path = path.rsplit('=').next().unwrap_or_default();
        let Some(text) = session.desk.read(path) else {
            return fail(format!("error reading {path}: no such file or directory"));
        };
        text.to_owned()
    } else if user.is_empty() || password.is_empty() || server.is_empty() {
        return fail(
            "either --from-file or the combination of --docker-username, --docker-password and \
             --docker-server is required",
        );
    } else {
        let quoted = |text: &str| Value::from(text).to_json();
        let email = typed("docker-email");
        let email =
            if email.is_empty() { String::new() } else { format!(",\"email\":{}", quoted(email)) };
        let auth = base64::encode(format!("{user}:{password}").as_bytes());
        format!(
            "{{\"auths\":{{{}:{{\"username\":{},\"password\":{}{email},\"auth\":\"{auth}\"}}}}}}",
            quoted(server),
            quoted(user),
            quoted(password)
        )
    };
    let data = map([(".dockerconfigjson", base64::encode(text.as_bytes()).into())]);
    secret(session, &name, data, "kubernetes.io/dockerconfigjson")
}

fn secret(session: &mut Session<'_>, name: &str, data: Value, kind: &str) -> Result<(), Error> {
    let mut value = object(Kind::Secret, name);
    *value.entry("data") = data;
    *value.entry("type") = kind.into();
    finish(session, &value, "secret")
}
