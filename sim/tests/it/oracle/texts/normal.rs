//! Which texts say the same although they come from another run: names, addresses and ages differ,
//! a set's hash decides which row comes first, and events that come together have no order.

use super::super::sessions::normal::{masked, same};

/// Whether two prints of the same state say the same.
pub(super) fn equal(expected: &str, got: &str) -> bool {
    same(expected, got) || sorted(expected) == sorted(got)
}

/// The text with everything that is in an order of chance put into one.
fn sorted(text: &str) -> Vec<String> {
    let text = masked(text).lines().map(masked_words).collect::<Vec<_>>().join("\n");
    let mut parts: Vec<String> = objects(&text).iter().map(|part| sorted_part(part)).collect();
    parts.sort();
    parts
}

/// Runs of blanks are one, nodes are alike, and so are the made-up digests of images.
fn masked_words(line: &str) -> String {
    let indent = line.len() - line.trim_start().len();
    let words: Vec<String> = line.split_whitespace().map(masked_word).collect();
    format!("{}{}", &line[..indent], of_today(&words.join(" ")))
}

/// What an event of scaling says today: recordings of 1.28 say `to 3` for a new set and `to 2 from
/// 3`, where it is now `from 0 to 3` and `from 3 to 2`.
fn of_today(line: &str) -> String {
    const NEITHER: [&str; 2] = ["Scaled up replica set ", "Scaled down replica set "];
    let Some(at) = NEITHER.iter().find_map(|said| line.find(said)) else {
        return line.to_owned();
    };
    match line[at..].split_once(" to ").map(|(set, sizes)| (set, sizes.split_once(" from "))) {
        Some((set, Some((to, from)))) => format!("{}{set} from {from} to {to}", &line[..at]),
        Some((set, None)) if !set.contains(" from ") => {
            format!("{}{}", &line[..at], line[at..].replacen(" to ", " from 0 to ", 1))
        }
        _ => line.to_owned(),
    }
}

fn masked_word(word: &str) -> String {
    const NODE: &str = "gpu-node-";
    if let Some((head, _)) = word.split_once("@sha256:") {
        return format!("{head}@sha256:⟨digest⟩");
    }
    if let Some((head, _)) = word.split_once("containerd://") {
        return format!("{head}containerd://⟨id⟩");
    }
    if let Some((head, zone)) = word.split_once("zone-")
        && zone.len() == 1
    {
        return format!("{head}zone-⟨x⟩");
    }
    if word == "\"⟨hash⟩\"" {
        // YAML quotes a hash without letters.
        return "⟨hash⟩".to_owned();
    }
    match word.split_once(NODE) {
        Some((head, rest)) => {
            let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
            format!("{head}⟨node⟩{rest}")
        }
        None => word.to_owned(),
    }
}

/// The parts that each tell of one object: tables, sections of `describe`, items of a list.
fn objects(text: &str) -> Vec<String> {
    let mut parts = vec![String::new()];
    for line in text.lines() {
        let begins = line.is_empty() || line.starts_with("- ") || line.starts_with("kind: List");
        if begins && parts.last().is_some_and(|part| !part.is_empty()) {
            parts.push(String::new());
        }
        if let Some(part) = parts.last_mut()
            && !line.is_empty()
        {
            part.extend([line, "\n"]);
        }
    }
    parts
}

/// Rows of tables, lists of events and of endpoints in one order.
fn sorted_part(part: &str) -> String {
    let lines: Vec<&str> = part.lines().collect();
    let is_table = lines
        .first()
        .is_some_and(|titles| titles.starts_with("NAME ") || titles.starts_with("LAST SEEN "));
    let from = if is_table {
        1
    } else {
        let begins = |line: &&str| line.starts_with("Events:") || line.starts_with("Endpoints:");
        lines.iter().position(begins).map_or(lines.len(), |at| at + 1)
    };
    let (head, rest) = lines.split_at(from.min(lines.len()));
    let mut blocks: Vec<String> = Vec::new();
    for line in rest {
        let goes_on = line.starts_with("    ") || line.starts_with("Events:");
        match blocks.last_mut() {
            Some(block) if goes_on && !is_table => block.extend(["\n", line]),
            _ => blocks.push((*line).to_owned()),
        }
    }
    blocks.sort();
    format!("{}\n{}", head.join("\n"), blocks.join("\n"))
}
