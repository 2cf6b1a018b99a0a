//! The syntax of names, labels, ports and percentages.
//!
//! Models: kubernetes v1.36 apimachinery `pkg/util/validation/validation.go`. Each function returns
//! everything that is wrong with a text, in the API server's words; nothing when it is well formed.

const LABEL_LENGTH: usize = 63;
const SUBDOMAIN_LENGTH: usize = 253;
const PORT_NAME_LENGTH: usize = 15;

const LABEL: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";
const SUBDOMAIN: &str = "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*";
const LABEL_1035: &str = "[a-z]([-a-z0-9]*[a-z0-9])?";
const QUALIFIED: &str = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";

/// A sentence with examples and the expression behind it.
fn with_regex(sentence: &str, examples: &[&str], regex: &str) -> String {
    let examples: Vec<String> = examples.iter().map(|example| format!("'{example}', ")).collect();
    let examples = examples.join(" or ");
    format!("{sentence} (e.g. {examples}regex used for validation is '{regex}')")
}

fn too_long(length: usize) -> String {
    format!("must be no more than {length} characters")
}

/// Whether the text is made of `inner` characters and has `edge` characters at both ends.
fn is_word(text: &str, edge: fn(char) -> bool, inner: fn(char) -> bool) -> bool {
    text.chars().all(inner)
        && text.chars().next().is_some_and(edge)
        && text.chars().next_back().is_some_and(edge)
}

const fn is_lower(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit()
}

const fn is_lower_or_dash(c: char) -> bool {
    is_lower(c) || c == '-'
}

fn is_label(text: &str) -> bool {
    is_word(text, is_lower, is_lower_or_dash)
}

/// The last character class of a label and a qualified name.
fn is_qualified(text: &str) -> bool {
    is_word(
        text,
        |c| c.is_ascii_alphanumeric(),
        |c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'),
    )
}

/// A part of a path: the names of kinds that have no rule of their own.
pub fn path_segment(text: &str) -> Vec<String> {
    let whole = [".", ".."].into_iter().filter(|known| *known == text);
    let whole = whole.map(|known| format!("may not be '{known}'"));
    let held = ["/", "%"].into_iter().filter(|known| text.contains(known));
    whole.chain(held.map(|known| format!("may not contain '{known}'"))).collect()
}

/// A lowercase RFC 1123 label: the names of containers, namespaces and Service ports.
pub fn dns_label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > LABEL_LENGTH {
        wrong.push(too_long(LABEL_LENGTH));
    }
    if !is_label(text) && text.split('.').all(is_label) {
        wrong.push("must not contain dots".to_owned());
    } else if !is_label(text) {
        wrong.push(with_regex(
            "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or \
             '-', and must start and end with an alphanumeric character",
            &["my-name", "123-abc"],
            LABEL,
        ));
    }
    wrong
}

/// A lowercase RFC 1123 subdomain: the names of most objects.
pub fn dns_subdomain(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > SUBDOMAIN_LENGTH {
        wrong.push(too_long(SUBDOMAIN_LENGTH));
    }
    if !text.split('.').all(is_label) {
        wrong.push(with_regex(
            "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, \
             '-' or '.', and must start and end with an alphanumeric character",
            &["example.com"],
            SUBDOMAIN,
        ));
    }
    wrong
}

/// A wildcard in front of a subdomain: hosts of an Ingress.
pub fn wildcard_subdomain(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > SUBDOMAIN_LENGTH {
        wrong.push(too_long(SUBDOMAIN_LENGTH));
    }
    if !text.strip_prefix("*.").is_some_and(|rest| rest.split('.').all(is_label)) {
        wrong.push(with_regex(
            "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, \
             which must consist of lower case alphanumeric characters, '-' or '.' and end with an \
             alphanumeric character",
            &["*.example.com"],
            &format!("\\*\\.{SUBDOMAIN}"),
        ));
    }
    wrong
}

/// An RFC 1035 label: the names of Services.
pub fn dns_1035_label(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > LABEL_LENGTH {
        wrong.push(too_long(LABEL_LENGTH));
    }
    if !is_label(text) || !text.starts_with(|c: char| c.is_ascii_lowercase()) {
        wrong.push(with_regex(
            "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start \
             with an alphabetic character, and end with an alphanumeric character",
            &["my-name", "abc-123"],
            LABEL_1035,
        ));
    }
    wrong
}

/// A label's key: a name, with a domain before a slash if need be.
pub fn label_key(text: &str) -> Vec<String> {
    let sentence = with_regex(
        "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with \
         an alphanumeric character",
        &["MyName", "my.name", "123-abc"],
        QUALIFIED,
    );
    let mut wrong = Vec::new();
    let name = match text.split_once('/') {
        None => text,
        Some((_, name)) if name.contains('/') => {
            return vec![format!(
                "a qualified name {sentence} with an optional DNS subdomain prefix and '/' \
                 (e.g. 'example.com/MyName')"
            )];
        }
        Some((prefix, name)) => {
            if prefix.is_empty() {
                wrong.push("prefix part must be non-empty".to_owned());
            } else {
                let of_prefix = dns_subdomain(prefix);
                wrong.extend(of_prefix.iter().map(|message| format!("prefix part {message}")));
            }
            name
        }
    };
    if name.is_empty() {
        wrong.push("name part must be non-empty".to_owned());
    } else if name.len() > LABEL_LENGTH {
        wrong.push(format!("name part {}", too_long(LABEL_LENGTH)));
    }
    if !is_qualified(name) {
        wrong.push(format!("name part {sentence}"));
    }
    wrong
}

/// A label's value.
pub fn label_value(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > LABEL_LENGTH {
        wrong.push(too_long(LABEL_LENGTH));
    }
    if !text.is_empty() && !is_qualified(text) {
        wrong.push(with_regex(
            "a valid label must be an empty string or consist of alphanumeric characters, '-', \
             '_' or '.', and must start and end with an alphanumeric character",
            &["MyValue", "my_value", "12345"],
            "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
        ));
    }
    wrong
}

/// A percentage such as `25%`.
pub fn percent(text: &str) -> Vec<String> {
    let digits = text.strip_suffix('%').unwrap_or("");
    if !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit()) {
        return Vec::new();
    }
    vec![with_regex(
        "a valid percent string must be a numeric string followed by an ending '%'",
        &["1%", "93%"],
        "[0-9]+%",
    )]
}

/// A port's number.
pub fn port_number(number: i64) -> Vec<String> {
    if (1..=65_535).contains(&number) {
        return Vec::new();
    }
    vec!["must be between 1 and 65535, inclusive".to_owned()]
}

/// A container port's name.
pub fn port_name(text: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    if text.len() > PORT_NAME_LENGTH {
        wrong.push(too_long(PORT_NAME_LENGTH));
    }
    let mut refuse_if = |bad: bool, message: &str| {
        if bad {
            wrong.push(message.to_owned());
        }
    };
    refuse_if(
        text.is_empty() || !text.chars().all(is_lower_or_dash),
        "must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)",
    );
    refuse_if(
        !text.contains(|c: char| c.is_ascii_lowercase()),
        "must contain at least one letter (a-z)",
    );
    refuse_if(text.contains("--"), "must not contain consecutive hyphens");
    refuse_if(text.starts_with('-') || text.ends_with('-'), "must not begin or end with a hyphen");
    wrong
}

/// An environment variable's name.
pub fn env_name(text: &str) -> Vec<String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut wrong = Vec::new();
    if text.is_empty() || !text.chars().all(inner) || text.starts_with(|c: char| c.is_ascii_digit())
    {
        wrong.push(with_regex(
            "a valid environment variable name must consist of alphabetic characters, digits, \
             '_', '-', or '.', and must not start with a digit",
            &["my.env-name", "MY_ENV.NAME", "MyEnvName1"],
            "[-._a-zA-Z][-._a-zA-Z0-9]*",
        ));
    }
    if matches!(text, "." | "..") {
        wrong.push(format!("must not be '{text}'"));
    } else if text.starts_with("..") {
        wrong.push("must not start with '..'".to_owned());
    }
    wrong
}

/// A key of a `ConfigMap` or a Secret, which may become a file.
pub fn config_key(text: &str) -> Vec<String> {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    let mut wrong = Vec::new();
    if text.len() > SUBDOMAIN_LENGTH {
        wrong.push(too_long(SUBDOMAIN_LENGTH));
    }
    if text.is_empty() || !text.chars().all(inner) {
        wrong.push(with_regex(
            "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
            &["key.name", "KEY_NAME", "key-name"],
            "[-._a-zA-Z0-9]+",
        ));
    }
    if matches!(text, "." | "..") {
        wrong.push(format!("must not be '{text}'"));
    } else if text.starts_with("..") {
        wrong.push("must not start with '..'".to_owned());
    }
    wrong
}

/// A header's name.
pub fn http_header(text: &str) -> Vec<String> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
        return Vec::new();
    }
    vec![with_regex(
        "a valid HTTP header must consist of alphanumeric characters or '-'",
        &["X-Header-Name"],
        "[-A-Za-z0-9]+",
    )]
}
