//! Where a command is typed: the files at hand, what is piped in, and the context's namespace.

use crate::container::Files;
use crate::container::files::normal;

/// What surrounds a command besides the cluster.
#[derive(Clone, Copy, Debug)]
pub struct Desk<'a> {
    /// The namespace of the current context.
    pub namespace: &'a str,
    /// What `-f -` reads; without `files` it stands for every file that is named.
    pub stdin: Option<&'a str>,
    /// The files, when there are any.
    pub files: Option<&'a Files>,
    /// The directory that relative paths count from.
    pub directory: &'a str,
    /// `KUBECONFIG`, empty when not set.
    pub kubeconfig: &'a str,
}

impl<'a> Desk<'a> {
    /// A desk without files in the namespace `default`.
    pub const fn bare(stdin: Option<&'a str>) -> Self {
        Self { namespace: "default", stdin, files: None, directory: "/", kubeconfig: "" }
    }

    /// The text of a file.
    pub(crate) fn read(&self, path: &str) -> Option<&'a str> {
        match self.files {
            Some(files) => files.read(&normal(self.directory, path)).map(|text| &**text),
            None => self.stdin,
        }
    }

    /// The manifests that a path means: itself, or the files of a directory by name, those below
    /// its directories only when `deep`. None when nothing is there.
    ///
    /// Models: cli-runtime `pkg/resource/visitor.go` `ExpandPathsToFileVisitors`.
    pub(crate) fn manifests(&self, path: &str, deep: bool) -> Option<Vec<String>> {
        const ENDINGS: [&str; 3] = [".json", ".yaml", ".yml"];
        let Some(files) = self.files else {
            return self.stdin.map(|_| vec![path.to_owned()]);
        };
        let full = normal(self.directory, path);
        if files.read(&full).is_some() {
            return Some(vec![path.to_owned()]);
        }
        if !files.has_directory(&full) {
            return None;
        }
        let shown = path.trim_end_matches('/');
        let shown = if shown == "." { "" } else { shown };
        let inside = files.below(&full).filter_map(|below| {
            let rest = below[full.len()..].trim_start_matches('/');
            let wanted = files.read(below).is_some()
                && (deep || !rest.contains('/'))
                && ENDINGS.iter().any(|ending| rest.ends_with(ending));
            let slash = if shown.is_empty() { "" } else { "/" };
            wanted.then(|| format!("{shown}{slash}{rest}"))
        });
        Some(inside.collect())
    }
}
