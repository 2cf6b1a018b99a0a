//! How a change of a pod's spec is shown when it is refused.
//!
//! Models: go-cmp `cmp.Diff` on kubernetes v1.28 `pkg/apis/core/types.go`: what is the same is left
//! out but for two neighbours, what is zero within it too. Leaves out: texts of several lines and
//! how amounts look inside. go-cmp prints spaces that break lines in some processes and others in
//! others, so that nobody relies on them; these are of the second sort.

use std::collections::BTreeMap;

use super::error::quote;
use crate::api::{Name, Value};
use crate::order;

/// How many neighbours of a change are shown.
const CONTEXT: usize = 2;
/// How many parts of something that is the same are shown.
const FEW: usize = 4;
/// How many parts of something that came or went are shown.
const MANY: usize = 16;

/// Fields in Go's order, each with its name in JSON where it is no other spelling of the same word,
/// and how it is held: nothing means text, `#` a number, `?` a truth, `&` a pointer, `[]` a list,
/// `%` a map, `*` a pointer to a struct, `=` a struct.
const STRUCTS: [(&str, &str); 8] = [
    (
        "PodSpec",
        "Volumes[]Volume InitContainers[]Container Containers[]Container \
         EphemeralContainers[]EphemeralContainer RestartPolicy TerminationGracePeriodSeconds& \
         ActiveDeadlineSeconds& DNSPolicy NodeSelector% ServiceAccountName \
         AutomountServiceAccountToken& NodeName SecurityContext*PodSecurityContext \
         ImagePullSecrets[]LocalObjectReference Hostname Subdomain SetHostnameAsFQDN& \
         Affinity*Affinity SchedulerName Tolerations[]Toleration HostAliases[]HostAlias \
         PriorityClassName Priority& PreemptionPolicy& DNSConfig*PodDNSConfig \
         ReadinessGates[]PodReadinessGate RuntimeClassName& Overhead%ResourceList \
         EnableServiceLinks& \
         TopologySpreadConstraints[]TopologySpreadConstraint OS*PodOS \
         SchedulingGates[]PodSchedulingGate ResourceClaims[]PodResourceClaim",
    ),
    (
        "Container",
        "Name Image Command[] Args[] WorkingDir Ports[]ContainerPort EnvFrom[]EnvFromSource \
         Env[]EnvVar Resources=ResourceRequirements ResizePolicy[]ContainerResizePolicy \
         RestartPolicy& VolumeMounts[]VolumeMount VolumeDevices[]VolumeDevice LivenessProbe*Probe \
         ReadinessProbe*Probe StartupProbe*Probe Lifecycle*Lifecycle TerminationMessagePath \
         TerminationMessagePolicy ImagePullPolicy SecurityContext*SecurityContext Stdin? StdinOnce? \
         TTY?",
    ),
    ("ContainerPort", "Name HostPort# ContainerPort# Protocol HostIP"),
    ("EnvVar", "Name Value ValueFrom*EnvVarSource"),
    ("Toleration", "Key Operator Value Effect TolerationSeconds&"),
    ("VolumeMount", "Name ReadOnly? MountPath SubPath MountPropagation& SubPathExpr"),
    ("ResourceRequirements", "Limits%ResourceList Requests%ResourceList Claims[]ResourceClaim"),
    (
        "PodSecurityContext",
        "HostNetwork? HostPID? HostIPC? ShareProcessNamespace& HostUsers& \
         SELinuxOptions*SELinuxOptions WindowsOptions*WindowsSecurityContextOptions RunAsUser& \
         RunAsGroup& RunAsNonRoot& SupplementalGroups[] FSGroup& FSGroupChangePolicy& \
         Sysctls[]Sysctl SeccompProfile*SeccompProfile",
    ),
];
/// What Go keeps in the security context.
const OF_CONTEXT: [&str; 5] =
    ["hostNetwork", "hostPID", "hostIPC", "shareProcessNamespace", "hostUsers"];

/// The difference of two specs.
pub(super) fn pod_spec(old: &Value, new: &Value) -> String {
    let [old, new] = [old, new].map(|spec| {
        let mut spec = spec.clone();
        for key in OF_CONTEXT {
            if let Some(value) = spec.get(key).cloned() {
                *spec.entry("securityContext").entry(key) = value;
            }
        }
        spec
    });
    let mut lines = vec![Line::open(0, String::new(), "core.PodSpec{")];
    fields(&mut lines, "PodSpec", &old, &new, 1);
    lines.push(Line::close(0, "}"));
    printed(&lines)
}

/// One line: what it starts with, how deep it lies, its key and its text.
struct Line {
    mark: &'static str,
    depth: usize,
    key: String,
    text: String,
    /// Whether the key is set in a column with those above and below.
    aligns: bool,
}

impl Line {
    fn leaf(mark: &'static str, depth: usize, key: &str, text: &str) -> Self {
        let text = format!("{text},");
        Self { mark, depth, key: key.to_owned(), text, aligns: !key.is_empty() }
    }

    fn open(depth: usize, key: String, text: &str) -> Self {
        Self { mark: "\u{a0}", depth, key, text: text.to_owned(), aligns: false }
    }

    fn close(depth: usize, text: &str) -> Self {
        Self::open(depth, String::new(), text)
    }
}

fn printed(lines: &[Line]) -> String {
    let mut out = String::new();
    for (index, line) in lines.iter().enumerate() {
        let beside = |line: &&Line| line.aligns;
        let near = lines[..index].iter().rev().take_while(beside);
        let near = near.chain(lines[index..].iter().take_while(beside));
        let width = near.map(|line| line.key.chars().count()).max().unwrap_or(0);
        let key = match (line.key.is_empty(), line.aligns) {
            (true, _) => String::new(),
            (false, true) => format!("{:<width$} ", format!("{}:", line.key), width = width + 1),
            (false, false) => format!("{}: ", line.key),
        };
        let indent = "\t".repeat(line.depth);
        out.extend([line.mark, "\u{a0}", &indent, &key, &line.text, "\n"]);
    }
    out
}

/// A field: its name, its name in JSON, how it is held and of what type.
struct Field {
    name: String,
    json: String,
    held: &'static str,
    of: String,
}

/// The fields of a struct; of one that is not in the table those that are there.
fn fields_of(name: &str, values: [&Value; 2]) -> Vec<Field> {
    if let Some((_, list)) = STRUCTS.iter().find(|(known, _)| *known == name) {
        return list.split(' ').map(field).collect();
    }
    let keys = values.into_iter().filter_map(Value::as_map).flat_map(BTreeMap::keys);
    let unknown = |key: &&Name| {
        let value = values.into_iter().find_map(|value| value.get(key));
        let held = match value {
            Some(Value::List(_)) => "[]",
            Some(Value::Map(_)) => "*",
            Some(Value::Int(_)) => "#",
            Some(Value::Bool(_)) => "?",
            _ => "",
        };
        let name = key[..1].to_ascii_uppercase() + &key[1..];
        Field { name, json: key.to_string(), held, of: String::new() }
    };
    order::set(keys.filter(|key| !key.is_empty() && key.is_char_boundary(1)))
        .iter()
        .map(unknown)
        .collect()
}

fn field(text: &str) -> Field {
    let end = text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len());
    let (name, rest) = text.split_at(end);
    let held = ["[]", "#", "?", "&", "%", "*", "="].into_iter().find(|held| rest.starts_with(held));
    let held = held.unwrap_or("");
    // The first word is in small letters: `DNSPolicy` is `dnsPolicy`.
    let capitals = name.chars().take_while(char::is_ascii_uppercase).count();
    let small = if capitals == name.len() { capitals } else { capitals.saturating_sub(1).max(1) };
    let json = match name {
        "SetHostnameAsFQDN" => "setHostnameAsFQDN".to_owned(),
        "SELinuxOptions" => "seLinuxOptions".to_owned(),
        _ => name[..small].to_ascii_lowercase() + &name[small..],
    };
    Field { name: name.to_owned(), json, held, of: rest[held.len()..].to_owned() }
}

/// The groups of a list of records that are the same and that are not, with what is shown of them.
fn records(
    lines: &mut Vec<Line>,
    same: &[bool],
    what: &str,
    depth: usize,
    show: &mut dyn FnMut(&mut Vec<Line>, usize),
) {
    let mut at = 0;
    while at < same.len() {
        let end = at + same[at..].iter().take_while(|one| **one == same[at]).count();
        if !same[at] {
            (at..end).for_each(|index| show(lines, index));
            at = end;
            continue;
        }
        let count = end - at;
        let front = if at == 0 { 0 } else { CONTEXT.min(count) };
        let mut back = if end == same.len() { 0 } else { CONTEXT.min(count - front) };
        if count - front - back == 1 {
            back += 1;
        }
        (at..at + front).for_each(|index| show(lines, index));
        let left = count - front - back;
        if left > 0 {
            let text = format!("... // {left} identical {what}s");
            lines.push(Line::open(depth, String::new(), &text));
        }
        (end - back..end).for_each(|index| show(lines, index));
        at = end;
    }
}

/// The fields of two structs.
fn fields(lines: &mut Vec<Line>, name: &str, old: &Value, new: &Value, depth: usize) {
    let fields = fields_of(name, [old, new]);
    let same: Vec<bool> =
        fields.iter().map(|field| old.get(&field.json) == new.get(&field.json)).collect();
    records(lines, &same, "field", depth, &mut |lines, index| {
        let field = &fields[index];
        let (before, after) = (old.get(&field.json), new.get(&field.json));
        if same[index] {
            let text = brief(before, field.held, &field.of, Shown::Same);
            return lines.push(Line::leaf("\u{a0}", depth, &field.name, &text));
        }
        changed(lines, field, before, after, depth);
    });
}

/// A field that is not the same.
fn changed(
    lines: &mut Vec<Line>,
    field: &Field,
    before: Option<&Value>,
    after: Option<&Value>,
    depth: usize,
) {
    let (Some(old), Some(new), false) = (before, after, matches!(field.held, "" | "#" | "?" | "&"))
    else {
        for &(mark, value) in &[("-", before), ("+", after)] {
            let text = brief(value, field.held, &field.of, Shown::Field);
            lines.push(Line::leaf(mark, depth, &field.name, &text));
        }
        return;
    };
    let open = type_of(field.held, &field.of) + "{";
    lines.push(Line::open(depth, field.name.clone(), &open));
    match field.held {
        "[]" => elements(lines, &field.of, old, new, depth + 1),
        "%" => entries(lines, old, new, depth + 1),
        _ => fields(lines, &field.of, old, new, depth + 1),
    }
    lines.push(Line::close(depth, "},"));
}

/// The elements of two lists: one against one, or what lies between what is the same at both ends.
fn elements(lines: &mut Vec<Line>, of: &str, old: &Value, new: &Value, depth: usize) {
    let [old, new] = [old, new].map(|list| list.as_list().unwrap_or_default());
    let held = if of.is_empty() { "" } else { "=" };
    if old.len() == new.len() {
        let same: Vec<bool> = old.iter().zip(new).map(|(old, new)| old == new).collect();
        return records(lines, &same, "element", depth, &mut |lines, index| {
            if same[index] || of.is_empty() {
                let [front, back] = if same[index] { ["\u{a0}", ""] } else { ["-", "+"] };
                for (mark, value) in [(front, &old[index]), (back, &new[index])] {
                    if !mark.is_empty() {
                        let shown = if same[index] { Shown::Same } else { Shown::Element };
                        let text = brief(Some(value), held, of, shown);
                        lines.push(Line::leaf(mark, depth, "", &text));
                    }
                }
                return;
            }
            lines.push(Line::open(depth, String::new(), "{"));
            fields(lines, of, &old[index], &new[index], depth + 1);
            lines.push(Line::close(depth, "},"));
        });
    }
    let front = old.iter().zip(new).take_while(|(old, new)| old == new).count();
    let shorter = old.len().min(new.len()) - front;
    let ends = old.iter().rev().zip(new.iter().rev());
    let back = ends.take(shorter).take_while(|(old, new)| old == new).count();
    let gone = &old[front..old.len() - back];
    let come = &new[front..new.len() - back];
    let mut all: Vec<(&'static str, &Value)> = Vec::new();
    all.extend(old[..front].iter().map(|value| ("\u{a0}", value)));
    all.extend(gone.iter().map(|value| ("-", value)));
    all.extend(come.iter().map(|value| ("+", value)));
    all.extend(old[old.len() - back..].iter().map(|value| ("\u{a0}", value)));
    let same: Vec<bool> = all.iter().map(|(mark, _)| *mark == "\u{a0}").collect();
    records(lines, &same, "element", depth, &mut |lines, index| {
        let (mark, value) = all[index];
        let shown = if same[index] { Shown::Same } else { Shown::Element };
        lines.push(Line::leaf(mark, depth, "", &brief(Some(value), held, of, shown)));
    });
}

/// The entries of two maps.
fn entries(lines: &mut Vec<Line>, old: &Value, new: &Value, depth: usize) {
    let maps = [old, new].into_iter().filter_map(Value::as_map);
    let keys: Vec<&Name> = order::set(maps.flat_map(BTreeMap::keys)).into_iter().collect();
    let same: Vec<bool> = keys.iter().map(|key| old.get(key) == new.get(key)).collect();
    records(lines, &same, "entry", depth, &mut |lines, index| {
        let key = quote(keys[index]);
        let [front, back] = if same[index] { ["\u{a0}", ""] } else { ["-", "+"] };
        for &(mark, map) in &[(front, old), (back, new)] {
            if let Some(value) = map.get(keys[index]).filter(|_| !mark.is_empty()) {
                lines.push(Line::leaf(mark, depth, &key, &scalar(Some(value), "")));
            }
        }
    });
}

fn scalar(value: Option<&Value>, held: &str) -> String {
    match (value, held) {
        (None, "#") => "0".to_owned(),
        (None, "?") => "false".to_owned(),
        (None, "") => quote(""),
        (None, _) => "nil".to_owned(),
        (Some(Value::String(text)), _) => quote(text),
        (Some(value), _) => value.scalar_text().unwrap_or_default().to_string(),
    }
}

/// As what a value is shown, which decides how much of it is, and with which types.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// It is the same.
    Same,
    /// A field that came or went: with its type.
    Field,
    /// An element that came or went: its list tells the type.
    Element,
}

/// The type of what is no scalar, as Go writes it in front of its parts.
fn type_of(held: &str, of: &str) -> String {
    match (held, of) {
        ("[]", "") => "[]string".to_owned(),
        ("[]", of) => format!("[]core.{of}"),
        ("%", "") => "map[string]string".to_owned(),
        (_, "") => String::new(),
        ("*", of) => format!("&core.{of}"),
        (_, of) => format!("core.{of}"),
    }
}

/// A value on one line, with no more parts of it than are shown of such.
fn brief(value: Option<&Value>, held: &str, of: &str, shown: Shown) -> String {
    let Some(value) = value else {
        return if held == "=" { "{}".to_owned() } else { scalar(None, held) };
    };
    let [field, element] = match shown {
        Shown::Same => [Shown::Same; 2],
        _ => [Shown::Field, Shown::Element],
    };
    let mut parts: Vec<String> = match (value, held) {
        (value, "" | "#" | "?") if value.as_map().is_none() => return scalar(Some(value), held),
        (value, "&") => return format!("&{}", scalar(Some(value), "")),
        (Value::List(items), _) => {
            let held = if of.is_empty() { "" } else { "=" };
            items.iter().map(|item| brief(Some(item), held, of, element)).collect()
        }
        (Value::Map(map), "%") => {
            let entry = |(key, value): (&Name, &Value)| {
                format!("{}: {}", quote(key), scalar(Some(value), ""))
            };
            map.iter().map(entry).collect()
        }
        _ => {
            let fields = fields_of(of, [value, value]);
            let told = fields.iter().filter_map(|inner| {
                let value = brief(Some(value.get(&inner.json)?), inner.held, &inner.of, field);
                Some(format!("{}: {value}", inner.name))
            });
            // An empty struct is a zero one.
            told.filter(|text| !text.ends_with(": {}")).collect()
        }
    };
    let most = if shown == Shown::Same { FEW } else { MANY };
    if parts.len() > most {
        parts.truncate(most);
        parts.push("...".to_owned());
    }
    let head = match (shown, held) {
        (Shown::Field, _) => type_of(held, of),
        (_, "*") => "&".to_owned(),
        _ => String::new(),
    };
    format!("{head}{{{}}}", parts.join(", "))
}
