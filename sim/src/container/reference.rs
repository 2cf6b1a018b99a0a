//! Image references: `repository[:tag][@digest]`.
//!
//! Models: github.com/distribution/reference `ParseDockerRef` as the kubelet and containerd use it.

use crate::api::Name;

/// An image reference, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reference {
    /// The registry's host, `docker.io` when none was typed.
    pub domain: Name,
    /// The repository in it, `library/busybox` for `busybox`.
    pub path: Name,
    /// The tag that was typed, if any.
    pub tag: Option<Name>,
    /// The digest that was typed, if any: `sha256:…`.
    pub digest: Option<Name>,
}

/// Why a reference cannot be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum InvalidReference {
    /// It has a character or an order that no reference has.
    Format,
    /// Its repository has upper-case letters.
    Uppercase,
}

impl InvalidReference {
    /// What the library says.
    pub fn text(self, reference: &str) -> String {
        match self {
            Self::Format => "invalid reference format".to_owned(),
            Self::Uppercase => {
                let name = reference.split([':', '@']).next().unwrap_or(reference);
                format!("invalid reference format: repository name ({name}) must be lowercase")
            }
        }
    }
}

impl Reference {
    /// Takes a reference apart.
    ///
    /// # Errors
    /// It is none.
    pub fn parse(text: &str) -> Result<Self, InvalidReference> {
        let (rest, digest) = match text.split_once('@') {
            Some((rest, digest)) => (rest, Some(digest)),
            None => (text, None),
        };
        if digest.is_some_and(|digest| !is_digest(digest)) {
            return Err(InvalidReference::Format);
        }
        let last = rest.rfind('/').map_or(0, |at| at + 1);
        let (name, tag) = match rest[last..].split_once(':') {
            Some((name, tag)) => (&rest[..last + name.len()], Some(tag)),
            None => (rest, None),
        };
        if tag.is_some_and(|tag| !is_tag(tag)) {
            return Err(InvalidReference::Format);
        }
        let (domain, path) = match name.split_once('/') {
            Some((domain, path)) if domain.contains(['.', ':']) || domain == "localhost" => {
                (domain, path.to_owned())
            }
            Some(_) => ("docker.io", name.to_owned()),
            None => ("docker.io", format!("library/{name}")),
        };
        if path.chars().any(|c| c.is_ascii_uppercase()) {
            return Err(InvalidReference::Uppercase);
        }
        if !path.split('/').all(is_component) || domain.is_empty() {
            return Err(InvalidReference::Format);
        }
        let path = path.into();
        Ok(Self {
            domain: domain.into(),
            path,
            tag: tag.map(Into::into),
            digest: digest.map(Into::into),
        })
    }

    /// The tag it means: `latest` when neither tag nor digest was typed, empty for a digest alone.
    pub fn tag(&self) -> &str {
        match (&self.tag, &self.digest) {
            (Some(tag), _) => tag,
            (None, None) => "latest",
            (None, Some(_)) => "",
        }
    }

    /// The repository as people type it: `busybox`, `registry.example/inference`.
    pub fn repository(&self) -> String {
        if &*self.domain != "docker.io" {
            return format!("{}/{}", self.domain, self.path);
        }
        self.path.strip_prefix("library/").unwrap_or(&self.path).to_owned()
    }

    /// The whole reference as containerd prints it: `docker.io/library/busybox:1.36`.
    pub fn canonical(&self) -> String {
        let mut text = format!("{}/{}", self.domain, self.path);
        if !self.tag().is_empty() {
            text.push(':');
            text.push_str(self.tag());
        }
        if let Some(digest) = &self.digest {
            text.push('@');
            text.push_str(digest);
        }
        text
    }

    /// The `imagePullPolicy` that is the default for it.
    ///
    /// Models: kubernetes v1.36 `pkg/apis/core/v1/defaults.go` `SetDefaults_Container`.
    pub fn default_pull_policy(&self) -> &'static str {
        if self.tag() == "latest" { "Always" } else { "IfNotPresent" }
    }
}

fn is_tag(tag: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    tag.len() <= 128
        && tag.starts_with(is_word)
        && tag.chars().all(|c| is_word(c) || matches!(c, '.' | '-'))
}

fn is_digest(digest: &str) -> bool {
    digest.split_once(':').is_some_and(|(algorithm, hex)| {
        !algorithm.is_empty() && hex.len() >= 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    })
}

fn is_component(part: &str) -> bool {
    let is_letter = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    part.starts_with(is_letter)
        && part.ends_with(is_letter)
        && part.chars().all(|c| is_letter(c) || matches!(c, '.' | '_' | '-'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_read_as_containerd_reads_them() {
        for (text, canonical, repository, policy) in [
            ("busybox", "docker.io/library/busybox:latest", "busybox", "Always"),
            ("busybox:1.36", "docker.io/library/busybox:1.36", "busybox", "IfNotPresent"),
            (
                "vllm/vllm-openai:v0.9.1",
                "docker.io/vllm/vllm-openai:v0.9.1",
                "vllm/vllm-openai",
                "IfNotPresent",
            ),
            ("registry:5000/foo", "registry:5000/foo:latest", "registry:5000/foo", "Always"),
            (
                "registry.example/a/b:v1",
                "registry.example/a/b:v1",
                "registry.example/a/b",
                "IfNotPresent",
            ),
            ("docker.io/library/nginx:latest", "docker.io/library/nginx:latest", "nginx", "Always"),
        ] {
            let reference = Reference::parse(text).expect(text);
            assert_eq!(reference.canonical(), canonical);
            assert_eq!(reference.repository(), repository);
            assert_eq!(reference.default_pull_policy(), policy, "{text}");
        }
        let pinned = format!("nginx@sha256:{}", "a1".repeat(32));
        let reference = Reference::parse(&pinned).expect("a digest");
        assert_eq!(reference.default_pull_policy(), "IfNotPresent");
        assert_eq!(reference.canonical(), format!("docker.io/library/{pinned}"));
        assert_eq!(Reference::parse("Nginx"), Err(InvalidReference::Uppercase));
        for wrong in ["", ":1", "a b", "a:", "a/", "nginx@sha256:12", "a::b", "-a", "a:-b"] {
            assert_eq!(Reference::parse(wrong), Err(InvalidReference::Format), "{wrong}");
        }
    }
}
