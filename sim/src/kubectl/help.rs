//! Help, and what is said when there is no such command.

use super::{Output, VERBS, Verb};
use std::fmt::Write as _;

/// Help about one command.
pub(super) fn of(verb: &Verb) -> Output {
    let mut text = format!("{}.\n\nExample:\n  kubectl {}\n", verb.about, verb.example);
    text.push_str("\nOptions:\n");
    for flag in verb.flags.split_ascii_whitespace() {
        let (names, takes) = flag.split_once(':').unwrap_or((flag, ""));
        let (name, short) = names.split_once(',').unwrap_or((names, ""));
        let dash = if short.is_empty() { "    " } else { "-" };
        let comma = if short.is_empty() { "" } else { ", " };
        let value = match takes {
            "" => String::new(),
            "int" => "=<number>".to_owned(),
            "time" => "=<duration>".to_owned(),
            _ => takes
                .strip_prefix("or=")
                .map_or("=<value>".to_owned(), |default| format!("[={default}]")),
        };
        // Writing to a string cannot fail.
        let _ = writeln!(text, "    {dash}{short}{comma}--{name}{value}");
    }
    let _ = writeln!(text, "\nUsage:\n  kubectl {} [words] [options]", verb.words);
    Output { stdout: text, ..Output::default() }
}

/// What is said to words that are no command.
pub(super) fn no_verb(typed: &[String]) -> Output {
    let first = typed.first().map_or("", String::as_str);
    let asks = |word: &String| matches!(word.as_str(), "--help" | "-h" | "help");
    if first.is_empty() || asks(&typed[0]) {
        let about: Vec<String> = typed.iter().filter(|word| !asks(word)).cloned().collect();
        return match VERBS.iter().find(|verb| !about.is_empty() && verb.spoken(&about).is_some()) {
            Some(verb) => of(verb),
            None => overview(about.first().map_or("", String::as_str)),
        };
    }
    let group = format!("{first} ");
    if VERBS.iter().any(|verb| verb.words.starts_with(&group)) {
        let rest = typed[1..].join(" ");
        if rest.is_empty() || typed[1..].iter().any(asks) {
            return Output { code: i32::from(rest.is_empty()), ..overview(first) };
        }
        return Output::failure(&format!(
            "unknown command {rest:?}\nSee 'kubectl {first} -h' for help and examples"
        ));
    }
    let mut text = format!("unknown command {first:?} for \"kubectl\"");
    let near: Vec<&str> = known().filter(|word| is_near(first, word)).collect();
    if !near.is_empty() {
        text.push_str("\n\nDid you mean this?");
        for word in near {
            text.push_str("\n\t");
            text.push_str(word);
        }
    }
    Output::failure(&text)
}

/// All commands, or those that start with a word.
fn overview(group: &str) -> Output {
    let mut text = "Commands:\n".to_owned();
    let listed =
        VERBS.iter().filter(|verb| group.is_empty() || verb.words.split(' ').next() == Some(group));
    for verb in listed {
        let _ = writeln!(text, "  {:<20} {}", verb.words, verb.about);
    }
    text.push_str("\nUse \"kubectl <command> --help\" for more about a command.\n");
    Output { stdout: text, ..Output::default() }
}

/// The first words of all commands, each once.
fn known() -> impl Iterator<Item = &'static str> {
    let first = |verb: &Verb| verb.words.split(' ').next().unwrap_or(verb.words);
    let mut last = "";
    VERBS.iter().map(first).filter(move |word| std::mem::replace(&mut last, word) != *word)
}

/// Whether a word may have been meant, as cobra judges: two letters away, or the beginning.
fn is_near(typed: &str, word: &str) -> bool {
    distance(typed, word) <= 2 || word.starts_with(typed)
}

/// How many letters must be changed, added or removed to make one word the other.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, &to) in b.iter().enumerate() {
            let best = (diagonal + usize::from(from != to)).min(row[j] + 1).min(row[j + 1] + 1);
            diagonal = std::mem::replace(&mut row[j + 1], best);
        }
    }
    row[b.len()]
}
