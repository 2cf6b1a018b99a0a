//! One run of a command: what was typed, the cluster, and what is printed.

use super::Output;
use super::desk::Desk;
use super::error::{Error, Refusal, fail, told};
use super::flags::Args;
use super::objects;
use super::resource::{Naming, Resource, Target, targets};
use super::selector::TypedSelector;
use super::server::{self, Sent, Written};
use crate::api::deployment::CHANGE_CAUSE;
use crate::api::{Kind, Uid, Value};
use crate::apiserver::{AnyObject, ApiError, ApiServer};
use crate::cluster::Cluster;
use crate::manifest::{self, stored};

/// What is said when a command needs objects and none are named.
pub(crate) const NAME_SOMETHING: &str = "You must provide one or more resources by argument or \
     filename.\nExample resource specifications include:\n   '-f rsrc.yaml'\n   \
     '--filename=rsrc.json'\n   '<resource> <name>'\n   '<resource>'";

/// A command that runs.
pub(crate) struct Session<'a> {
    pub(crate) cluster: &'a mut Cluster,
    pub(crate) args: Args,
    pub(crate) out: Output,
    pub(crate) desk: Desk<'a>,
    /// The command's words: `create quota`.
    pub(crate) verb: &'static str,
    /// Whether an object was printed as YAML: the next one is set off from it.
    has_printed_yaml: bool,
    errors: Vec<Error>,
}

/// One document of a `-f` file.
pub(crate) struct Source {
    /// The file's name in messages.
    pub(crate) file: String,
    pub(crate) value: Value,
}

impl<'a> Session<'a> {
    pub(crate) fn new(cluster: &'a mut Cluster, args: Args, desk: Desk<'a>) -> Self {
        Self {
            cluster,
            args,
            out: Output::default(),
            desk,
            verb: "",
            has_printed_yaml: false,
            errors: Vec::new(),
        }
    }

    pub(crate) const fn api(&self) -> &ApiServer {
        self.cluster.api()
    }

    /// With `--record`, notes the command in the object's data, for `rollout history`.
    pub(crate) fn record(&self, verb: &str, data: &mut Value) {
        if self.args.is_on("record") {
            let command = self.args.command(verb);
            *data.entry("metadata").entry("annotations").entry(CHANGE_CAUSE) = command.into();
        }
    }

    /// The namespace a command works in.
    pub(crate) fn namespace(&self) -> String {
        let typed = self.args.text("namespace").filter(|name| !name.is_empty());
        typed.unwrap_or(self.desk.namespace).to_owned()
    }

    /// Prints a line.
    pub(crate) fn print(&mut self, line: &str) {
        self.out.stdout.push_str(line);
        self.out.stdout.push('\n');
    }

    /// Prints a line to stderr that is no failure.
    pub(crate) fn warn(&mut self, line: &str) {
        self.out.stderr.push_str(line);
        self.out.stderr.push('\n');
    }

    /// Prints what the API server warns of.
    pub(crate) fn warn_all(&mut self, warnings: &[String]) {
        for warning in warnings {
            self.warn(warning);
        }
    }

    /// The complaint about a command that was called wrongly, which points to its help.
    ///
    /// Models: `pkg/cmd/util/helpers.go` `UsageErrorf`.
    pub(crate) fn usage<T>(&self, problem: &str) -> Result<T, Error> {
        fail(format!("{problem}\nSee 'kubectl {} -h' for help and examples", self.verb))
    }

    /// Prints an object's data in a form.
    pub(crate) fn print_object(&mut self, form: &str, data: &Value) -> Result<(), Error> {
        let text = super::output::print_data(form, data)?;
        if form == "yaml" && std::mem::replace(&mut self.has_printed_yaml, true) {
            self.print("---");
        }
        self.out.stdout.push_str(&text);
        Ok(())
    }

    /// Notes a failure and goes on.
    pub(crate) fn fail(&mut self, error: impl Into<Error>) {
        self.errors.push(error.into());
    }

    /// Takes back the failures noted so far, to word them differently.
    pub(crate) fn take_failures(&mut self) -> Vec<Error> {
        std::mem::take(&mut self.errors)
    }

    /// Notes failures that were taken back before.
    pub(crate) fn fail_all(&mut self, errors: Vec<Error>) {
        self.errors.extend(errors);
    }

    /// Whether something went wrong.
    pub(crate) const fn has_failed(&self) -> bool {
        !self.errors.is_empty()
    }

    /// Ends the command: prints the failures.
    pub(crate) fn finish(mut self, result: Result<(), Error>) -> Output {
        self.errors.extend(result.err());
        for error in &self.errors {
            if let Error::Dumped(texts) = error {
                self.out.stdout.push_str(&texts.0);
            }
        }
        if !self.errors.is_empty() {
            self.out.stderr.push_str(&told(&self.errors));
            self.out.code = self.out.code.max(1);
        }
        self.out
    }

    /// Reports what was done to an object: the sentence, or with `-o` its name or data.
    pub(crate) fn report(&mut self, object: &AnyObject, done: &str) -> Result<(), Error> {
        match self.args.text("output") {
            None | Some("") => {
                let line =
                    format!("{} {done}{}", objects::reference(object), self.dry_run_suffix());
                self.print(&line);
                Ok(())
            }
            Some("name") => {
                self.print(&objects::reference(object));
                Ok(())
            }
            Some(form) => {
                let form = form.to_owned();
                self.print_object(&form, &objects::data(object))
            }
        }
    }

    /// Whether the data of a new object is to be printed as it would be sent: no server fills in
    /// defaults in a dry run of the client alone.
    pub(crate) fn prints_what_it_sends(&self) -> bool {
        let form = self.args.text("output").unwrap_or("name");
        self.dry_run_suffix() == " (dry run)" && form != "name"
    }

    /// Sends a change of an object. A dry run of the client alone asks nobody: the object then
    /// becomes what would be sent, with the version and generation it had.
    ///
    /// # Errors
    /// The API server's refusal.
    pub(crate) fn update(
        &mut self,
        object: &AnyObject,
        data: &Value,
        sent: Sent<'_>,
    ) -> Result<Written, Refusal> {
        if !self.asks_nobody() {
            return server::update(self.cluster, object, data, sent);
        }
        let (own, owners) = (object.meta().uid, &object.meta().owner_references);
        let uid_of = |text: &str| {
            let uids = owners.iter().map(|owner| owner.uid).chain([own]);
            uids.into_iter().find(|uid| uid.to_string() == text).unwrap_or_default()
        };
        let object = stored::object(object.kind(), data, &uid_of);
        Ok(Written { object, warnings: Vec::new() })
    }

    /// Whether the client alone acts as if: no server is asked.
    pub(crate) fn asks_nobody(&self) -> bool {
        self.dry_run_suffix() == " (dry run)"
    }

    /// Reports an object that would be created, in a dry run of the client alone.
    pub(crate) fn report_new(&mut self, data: &Value, done: &str) -> Result<(), Error> {
        let kind = manifest::kind_of(data).map_err(|error| Error::Text(error.to_string()))?;
        let object = stored::object(kind, data, &|_| Uid::default());
        self.report(&object, done)
    }

    /// Prints data as it would be sent.
    pub(crate) fn print_sent(&mut self, data: &Value) -> Result<(), Error> {
        let form = self.args.text("output").unwrap_or("yaml").to_owned();
        self.print_object(&form, data)
    }

    /// What is added to a sentence when nothing is really done.
    pub(crate) fn dry_run_suffix(&self) -> &'static str {
        match self.args.text("dry-run") {
            Some("client" | "unchanged") => " (dry run)",
            Some("server") => " (server dry run)",
            _ => "",
        }
    }

    /// Reads the documents of all `-f` files.
    pub(crate) fn sources(&mut self) -> Result<Vec<Source>, Error> {
        let paths: Vec<String> =
            self.args.texts("filename").into_iter().map(str::to_owned).collect();
        if let Some(directory) = self.args.text("kustomize") {
            if self.args.is_on("recursive") {
                return fail("the -k flag can't be used with -f or -R");
            }
            if !paths.is_empty() {
                return fail("only one of -f or -k can be specified");
            }
            return super::kustomize::build(self.desk, directory);
        }
        let mut sources = Vec::new();
        for path in paths {
            let files = match path.as_str() {
                "-" => vec![path.clone()],
                _ => match self.desk.manifests(&path, self.args.is_on("recursive")) {
                    None => return fail(format!("the path {path:?} does not exist")),
                    Some(files) if files.is_empty() => {
                        return fail(format!(
                            "error reading [{path}]: recognized file extensions are [.json .yaml .yml]"
                        ));
                    }
                    Some(files) => files,
                },
            };
            for file in files {
                let (text, name) = match file.as_str() {
                    "-" => (self.desk.stdin, "STDIN".to_owned()),
                    _ => (self.desk.read(&file), file),
                };
                self.documents(text.unwrap_or(""), &name, &mut sources);
            }
        }
        Ok(sources)
    }

    fn documents(&mut self, text: &str, file: &str, sources: &mut Vec<Source>) {
        for document in manifest::parse(text).documents {
            if let Some(error) = document.syntax_error {
                let error = format!("error parsing {file}: error converting YAML to JSON: {error}");
                self.fail(Error::Text(error));
                continue;
            }
            let values = manifest::flatten(&document.value).into_iter().cloned();
            sources.extend(values.map(|value| Source { file: file.to_owned(), value }));
        }
    }

    /// The existing objects that files describe; those that are missing are noted as failures.
    fn described(&mut self) -> Result<Vec<AnyObject>, Error> {
        let mut objects = Vec::new();
        for source in self.sources()? {
            let kind = match manifest::kind_of(&source.value) {
                Ok(kind) => kind,
                Err(error) => return Err(server::unknown(&error, &source.file)),
            };
            let name = text_at(&source.value, "name");
            let namespace = self.namespace();
            match objects::find(self.api(), kind, &namespace, &name) {
                Ok(object) => objects.push(object),
                Err(refusal) => self.fail(refusal),
            }
        }
        Ok(objects)
    }

    /// How objects may be named, from the flags.
    pub(crate) fn naming(&self) -> Naming {
        let selected = self.args.text("selector").is_some_and(|text| !text.is_empty());
        Naming { selected: selected || self.args.is_on("all"), types_alone: false }
    }

    /// The objects the words name; those that are missing are noted as failures. With `-f`, those
    /// the files describe.
    pub(crate) fn objects(
        &mut self,
        words: &[String],
        naming: Naming,
    ) -> Result<Vec<AnyObject>, Error> {
        if self.args.names_files() {
            return self.described();
        }
        if words.is_empty() {
            return fail(NAME_SOMETHING);
        }
        let mut objects = Vec::new();
        for target in targets(words, naming)? {
            objects.extend(self.resolve(&target)?);
        }
        Ok(objects)
    }

    /// The objects a target stands for.
    pub(crate) fn resolve(&mut self, target: &Target) -> Result<Vec<AnyObject>, Error> {
        let namespace = self.namespace();
        match (&target.name, target.resource) {
            (Some(name), Resource::Kind(kind)) => {
                match objects::find(self.api(), kind, &namespace, name) {
                    Ok(object) => return Ok(vec![object]),
                    Err(refusal) => {
                        let missing = self.missing_namespace(kind, &namespace);
                        self.fail(missing.unwrap_or(refusal));
                    }
                }
                Ok(Vec::new())
            }
            (Some(name), resource) => {
                let sentence = format!("{} {name:?} not found", resource.plural_dot_group());
                self.fail(Refusal::Other("NotFound", sentence));
                Ok(Vec::new())
            }
            (None, Resource::Kind(kind)) => self.selected(kind),
            (None, _) => Ok(Vec::new()),
        }
    }

    /// What is said of an object that was not found because there is no such namespace. A deletion
    /// does not look for it.
    ///
    /// Models: cli-runtime `pkg/resource/visitor.go` `Info.Get`.
    fn missing_namespace(&self, kind: Kind, namespace: &str) -> Option<Refusal> {
        let looks = kind.is_namespaced() && namespace != "default" && self.verb != "delete";
        let missing = self.api().data(Kind::Namespace).get("", namespace).is_none();
        (looks && missing).then(|| ApiError::not_found(Kind::Namespace, namespace).into())
    }

    /// All objects of a kind that the selector and the namespace flags leave.
    pub(crate) fn selected(&self, kind: Kind) -> Result<Vec<AnyObject>, Error> {
        let namespace = self.namespace();
        let namespace = (!self.args.is_on("all-namespaces")).then_some(namespace.as_str());
        let mut objects = objects::list(self.api(), kind, namespace);
        let selector = self.selector(kind)?;
        objects.retain(|object| selector.matches(&object.meta().labels));
        Ok(objects)
    }

    /// What `-l` asks for.
    pub(crate) fn selector(&self, kind: Kind) -> Result<TypedSelector, Error> {
        let typed = self.args.text("selector").unwrap_or("");
        TypedSelector::parse(typed).map_err(|problem| {
            let (version, plural) = (kind.api_version(), kind.plural());
            let version =
                if version.contains('/') { version.to_owned() } else { format!("/{version}") };
            Refusal::BadRequest(format!(
                "Unable to find \"{version}, Resource={plural}\" that match label selector \
                 {typed:?}, field selector \"\": {problem}"
            ))
            .into()
        })
    }
}

/// The text at `metadata.<key>`, empty when there is none.
pub(crate) fn text_at(value: &Value, key: &str) -> String {
    let found = value.at(&["metadata", key]).and_then(Value::scalar_text);
    found.map(|text| text.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use crate::kubectl::tests::Lab;

    #[test]
    fn a_dry_run_of_the_client_shows_what_would_be_sent_and_asks_no_server() {
        let mut lab = Lab::with_web();
        let form = "--dry-run=client -o jsonpath={.metadata.generation}/{.spec.replicas}";
        lab.check(&format!("set env deploy/web A=1 {form}"), "1/3");
        lab.check(&format!("set image deploy/web *=nginx:9 {form}"), "1/3");
        lab.check(&format!("scale deploy/web --replicas=9 {form}"), "1/3");
        lab.check(&format!("label deploy/web a=b {form}"), "1/3");
        lab.check(&format!("patch deploy/web -p '{{\"spec\":{{\"replicas\":9}}}}' {form}"), "1/9");
        lab.check(
            "label deploy/web a- --dry-run=client",
            "deployment.apps/web not labeled (dry run)\n",
        );
        lab.check(
            "expose deploy/web --port=80 --dry-run=client",
            "service/web exposed (dry run)\n",
        );
        lab.check(
            "autoscale deploy/web --max=3 --dry-run=client",
            "horizontalpodautoscaler.autoscaling/web created (dry run)\n",
        );
    }

    #[test]
    fn changes_that_contradict_themselves_are_refused_in_kubectls_words() {
        let mut lab = Lab::with_web();
        lab.check_error("label deploy/web a=b=c", "error: invalid label spec: a=b=c\n");
        lab.check_error(
            "annotate deploy/web a=b a-",
            "error: can not both modify and remove the following annotation(s) in the same command: a\n",
        );
        lab.check_error(
            "set env deploy/web A=1 A-",
            "error: can not both modify and remove the same environment variable in the same command\n",
        );
        lab.check_error(
            "create configmap c --from-literal=a=1 --from-literal=a=2",
            "error: cannot add key \"a\", another key by that name already exists in Data for ConfigMap \"c\"\n",
        );
        lab.check_error(
            "autoscale svc web --max=2",
            "error: cannot autoscale a Service: could not find scale subresource for /v1, Resource=services in discovery information\n",
        );
        let output = lab.run("get ev");
        assert_eq!(
            output.stderr,
            "Warning: short name \"ev\" could also match lower priority resource events.events.k8s.io\n"
        );
    }
}
