//! What two prints of the same thing may differ in: ages, times, addresses, versions and whatever
//! else a cluster draws at random.

/// Whether two texts say the same. Columns must align as recorded unless something in them has
/// another width.
pub(in crate::oracle) fn same(expected: &str, got: &str) -> bool {
    if expected == got {
        return true;
    }
    let (expected, got) = (masked(expected), masked(got));
    expected == got || (expected.contains('⟨') && squeezed(&expected) == squeezed(&got))
}

/// Runs of blanks made equal.
fn squeezed(text: &str) -> String {
    let line = |line: &str| {
        let words: Vec<&str> =
            line.split("  ").map(str::trim).filter(|word| !word.is_empty()).collect();
        words.join("  ")
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// The text with what differs from run to run replaced by what it is.
pub(in crate::oracle) fn masked(text: &str) -> String {
    text.lines().map(masked_line).filter(|line| !is_noise(line)).collect::<Vec<_>>().join("\n")
}

fn is_noise(line: &str) -> bool {
    line.contains("Waited for") && line.contains("due to client-side throttling")
}

fn masked_line(line: &str) -> String {
    let line = without_klog(&without_managed_fields(line))
        .replace("127.0.0.1:16443", "127.0.0.1:6443")
        // Servers since 1.30 name the resource of an autoscaler's target.
        .replace("cpu: <unknown>/", "<unknown>/")
        .replace("<unknown>/", "⟨unknown⟩/");
    if let Some((head, _)) = line.split_once("resourceVersion: \"") {
        return format!("{head}resourceVersion: ⟨version⟩");
    }
    let mut out = String::new();
    let mut rest = &*line;
    while let Some(c) = rest.chars().next() {
        let starts_word = !out.ends_with(|c: char| c.is_ascii_alphanumeric());
        if starts_word && let Some((length, what)) = random(rest) {
            out.push_str(what);
            rest = &rest[length..];
        } else {
            out.push(c);
            rest = &rest[c.len_utf8()..];
        }
    }
    out
}

/// Data as Go source code, without the managed fields that recorded states leave out.
fn without_managed_fields(line: &str) -> String {
    const START: &str = "\"managedFields\":[]interface {}{";
    let mut line = line.to_owned();
    while let Some(at) = line.find(START) {
        let (mut depth, mut quoted, mut escaped) = (1, false, false);
        let rest = &line[at + START.len()..];
        let end = rest.char_indices().find(|(_, c)| {
            match c {
                _ if escaped => escaped = false,
                '\\' => escaped = true,
                '"' => quoted = !quoted,
                '{' if !quoted => depth += 1,
                '}' if !quoted => depth -= 1,
                _ => {}
            }
            depth == 0
        });
        let Some((end, _)) = end else { break };
        let end = at + START.len() + end + 1;
        let end = end + if line[end..].starts_with(", ") { 2 } else { 0 };
        line.replace_range(at..end, "");
    }
    line
}

/// Date and process of a line that kubectl logs.
fn without_klog(line: &str) -> String {
    let is_log = line.starts_with(['I', 'W', 'E'])
        && line.len() > 30
        && line.as_bytes()[1..5].iter().all(u8::is_ascii_digit);
    match line.split_once("] ") {
        Some((head, said)) if is_log => {
            let file = head.rsplit(' ').next().unwrap_or_default();
            format!("{} {file}] {said}", &line[..1])
        }
        _ => line.to_owned(),
    }
}

/// How long the random thing at the start of the text is, and what it is.
fn random(text: &str) -> Option<(usize, &'static str)> {
    let shaped = |shape: &str| {
        let bytes = text.as_bytes();
        let fits = shape.bytes().enumerate().all(|(at, kind)| {
            bytes.get(at).is_some_and(|byte| match kind {
                b'd' => byte.is_ascii_digit(),
                b'x' => byte.is_ascii_hexdigit(),
                b'a' => byte.is_ascii_alphabetic(),
                literal => *byte == literal,
            })
        });
        fits.then_some(shape.len())
    };
    if let Some(length) = shaped("dddd-dd-ddTdd:dd:ddZ") {
        return Some((length, "⟨time⟩"));
    }
    for shape in ["aaa, dd aaa dddd dd:dd:dd +dddd", "aaa, dd aaa dddd dd:dd:dd -dddd"] {
        if let Some(length) = shaped(shape) {
            return Some((length, "⟨date⟩"));
        }
    }
    if let Some(length) = shaped("xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx") {
        return Some((length, "⟨uid⟩"));
    }
    address(text)
        .map(|length| (length, "⟨ip⟩"))
        .or_else(|| age(text).map(|length| (length, "⟨age⟩")))
        .or_else(|| node_port(text).map(|length| (length, "⟨port⟩")))
        .or_else(|| suffix(text).map(|length| (length, "⟨hash⟩")))
}

fn word_end(text: &str) -> usize {
    text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len())
}

fn address(text: &str) -> Option<usize> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '.').unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split('.').collect();
    (parts.len() == 4 && parts.iter().all(|part| part.parse::<u8>().is_ok())).then_some(end)
}

/// An age as kubectl prints it: `5s`, `3m25s`, `2d4h`.
fn age(text: &str) -> Option<usize> {
    let end = word_end(text);
    let word = &text[..end];
    let mut rest = word;
    while !rest.is_empty() {
        let digits = rest.len() - rest.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let unit = rest.get(digits..=digits)?;
        if digits == 0 || !"smhdy".contains(unit) {
            return None;
        }
        rest = &rest[digits + 1..];
    }
    (!word.is_empty()).then_some(end)
}

fn node_port(text: &str) -> Option<usize> {
    let end = word_end(text);
    let port: u32 = text[..end].parse().ok()?;
    (end == 5 && (30_000..=32_767).contains(&port)).then_some(end)
}

/// What the API server appends to generated names, and hashes of templates: letters that make no
/// words, and digits.
fn suffix(text: &str) -> Option<usize> {
    const LETTERS: &str = "bcdfghjklmnpqrstvwxz2456789";
    let end = word_end(text);
    let word = &text[..end];
    let random = matches!(end, 5 | 8..=10) && word.chars().all(|c| LETTERS.contains(c));
    let hex = matches!(end, 8..=10)
        && word.chars().all(|c| c.is_ascii_digit() || ('a'..='f').contains(&c))
        && word.contains(|c: char| c.is_ascii_digit());
    (random || hex).then_some(end)
}
