//! Tab completion: what the last word of a line may become.
//!
//! Knows verbs, flags, kinds, names, containers and files. Leaves out quotes: words are what spaces
//! part.

use super::flags::COMMON;
use super::verbs::{self, Verb};
use super::{objects, resource};
use crate::api::{Kind, Pod};
use crate::cluster::Cluster;

/// The most candidates.
const MOST: usize = 100;
/// Programs one is likely to type besides kubectl.
const PROGRAMS: &str = "kubectl cat clear grep head ls sleep sort tail watch wc";
/// Verbs that want a kind, then names.
const OF_KIND: &str =
    "get describe delete edit patch label annotate scale expose autoscale wait rollout set taint";
/// What `-o` takes.
const FORMATS: &str = "custom-columns= json jsonpath= name wide yaml";

/// What the last word of `line` may become, in order, and at which byte that word begins.
pub fn complete(cluster: &Cluster, files: &[&str], line: &str) -> (usize, Vec<String>) {
    let begins = line.rfind(char::is_whitespace).map_or(0, |at| at + 1);
    let (before, last) = line.split_at(begins);
    let command = before.rsplit(['|', ';', '&']).next().unwrap_or_default();
    let words: Vec<String> = command.split_whitespace().map(str::to_owned).collect();
    let mut found = match words.split_first() {
        None => all(PROGRAMS),
        Some((first, rest)) if matches!(first.as_str(), "kubectl" | "k") => {
            Line { cluster, files, words: rest, last }.candidates()
        }
        Some(_) => files.iter().map(|&file| file.to_owned()).collect(),
    };
    found.retain(|word| word.starts_with(last));
    crate::order::sort_by_key(&mut found, Clone::clone);
    found.dedup();
    found.truncate(MOST);
    (begins, found)
}

/// Several completions' common beginning.
pub fn common(candidates: &[String]) -> &str {
    let Some((first, rest)) = candidates.split_first() else { return "" };
    let mut length = first.len();
    for other in rest {
        let same = first.bytes().zip(other.bytes()).take_while(|(a, b)| a == b).count();
        length = length.min(same);
    }
    while !first.is_char_boundary(length) {
        length -= 1;
    }
    &first[..length]
}

fn all(words: &str) -> Vec<String> {
    words.split_ascii_whitespace().map(str::to_owned).collect()
}

/// A call of kubectl up to its last word.
struct Line<'a> {
    cluster: &'a Cluster,
    files: &'a [&'a str],
    words: &'a [String],
    last: &'a str,
}

impl Line<'_> {
    fn candidates(&self) -> Vec<String> {
        let spoken = |verb: &'static Verb| Some((verb, verb.spoken(self.words)?));
        let Some((verb, own)) = verbs::all().find_map(spoken) else {
            return self.verbs();
        };
        if let Some(flag) = self.words.last().filter(|word| word.starts_with('-')) {
            match flag.as_str() {
                "-f" | "--filename" | "--patch-file" | "--from-file" => {
                    return self.files.iter().map(|&file| file.to_owned()).collect();
                }
                "-n" | "--namespace" => return self.names(Kind::Namespace),
                "-o" | "--output" => return all(FORMATS),
                "-c" | "--container" => return self.containers(),
                _ => {}
            }
        }
        if self.last.starts_with('-') {
            return flags(verb);
        }
        let words: Vec<&String> =
            self.words[own..].iter().filter(|word| !word.starts_with('-')).collect();
        let group = verb.words.split(' ').next().unwrap_or_default();
        let mut found = match group {
            "logs" | "exec" | "port-forward" => self.names(Kind::Pod),
            "cordon" | "uncordon" | "drain" => self.names(Kind::Node),
            "explain" => kinds(),
            _ if OF_KIND.split(' ').any(|known| known == group) => self.objects(&words),
            _ => Vec::new(),
        };
        // After `rollout`, `set` and others more of the verb may follow, such as `set env`.
        if words.is_empty() {
            found.extend(self.verbs());
        }
        found
    }

    /// The next word of a verb.
    fn verbs(&self) -> Vec<String> {
        let spoken = verbs::all().filter_map(|verb| {
            let mut words = verb.words.split(' ');
            let fits = self.words.iter().all(|typed| words.next() == Some(typed));
            words.next().filter(|_| fits).map(str::to_owned)
        });
        spoken.collect()
    }

    /// Kinds, or names behind a kind: `pods x`, `pod/x`.
    fn objects(&self, words: &[&String]) -> Vec<String> {
        if let Some((kind, _)) = self.last.split_once('/') {
            let names = resource::kind(kind).map(|kind| self.names(kind)).unwrap_or_default();
            return names.into_iter().map(|name| format!("{kind}/{name}")).collect();
        }
        match words.first().map(|word| resource::kind(word)) {
            None => kinds(),
            Some(Some(kind)) => self.names(kind),
            Some(None) => Vec::new(),
        }
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let mut words = self.words.iter();
        let named = words.find(|word| matches!(word.as_str(), "-n" | "--namespace"));
        let namespace = named.and_then(|_| words.next()).map_or("default", String::as_str);
        let namespace = kind.is_namespaced().then_some(namespace);
        let objects = objects::list(self.cluster.api(), kind, namespace);
        objects.iter().map(|object| object.meta().name.to_string()).collect()
    }

    /// The containers of the pods that were named.
    fn containers(&self) -> Vec<String> {
        let is_named = |pod: &Pod| {
            self.words.iter().any(|word| {
                *pod.meta.name == **word || word.strip_prefix("pod/") == Some(&pod.meta.name)
            })
        };
        let pods = self.cluster.api().list::<Pod>().iter().filter(|pod| is_named(pod));
        pods.flat_map(|pod| pod.spec.init_containers.iter().chain(&pod.spec.containers))
            .map(|container| container.name.to_string())
            .collect()
    }
}

fn kinds() -> Vec<String> {
    Kind::ALL.into_iter().map(|kind| kind.plural().to_owned()).collect()
}

/// A verb's flags, with an equals sign where a value must follow.
fn flags(verb: &Verb) -> Vec<String> {
    let known = verb.flags.split_ascii_whitespace().chain(COMMON.split_ascii_whitespace());
    let written = |flag: &str| {
        let (names, takes) = flag.split_once(':').unwrap_or((flag, ""));
        let name = names.split(',').next().unwrap_or_default();
        let sign = if takes.is_empty() || takes.starts_with("or=") { "" } else { "=" };
        format!("--{name}{sign}")
    };
    known.map(written).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Command, Config, Duration};

    fn completions(line: &str) -> String {
        let mut cluster = Cluster::new(Config::with_seed(7));
        let text = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: c1, \
                    image: nginx}, {name: c2, image: nginx}]}\n";
        assert_eq!(cluster.apply(&Command::apply(text)).code, 0);
        cluster.advance_to(cluster.now() + Duration::from_secs(1), 10_000);
        let (at, found) = complete(&cluster, &["a.yaml", "b.yaml"], line);
        format!("{at}: {}", found.join(" "))
    }

    #[test]
    fn every_word_of_a_line_can_be_completed() {
        for (line, expected) in [
            ("kube", "0: kubectl"),
            ("kubectl desc", "8: describe"),
            ("kubectl rollout st", "16: status"),
            ("kubectl rollout status depl", "23: deployments"),
            ("k get pods w", "11: web"),
            ("k get pod/", "6: pod/web"),
            ("k logs ", "7: web"),
            ("k logs web -c ", "14: c1 c2"),
            ("k apply -f ", "11: a.yaml b.yaml"),
            ("k get pods -o ya", "14: yaml"),
            ("k scale deployment x --repl", "21: --replicas="),
            ("k get pods -n kube-n", "14: kube-node-lease"),
            ("k get pods | gr", "13: grep"),
            ("k frobnicate ", "13: "),
        ] {
            assert_eq!(completions(line), expected, "{line}");
        }
    }

    #[test]
    fn what_several_have_in_common_is_typed() {
        let words = ["--namespace=", "--names"].map(str::to_owned);
        assert_eq!(common(&words), "--names");
        assert_eq!(common(&[]), "");
    }
}
