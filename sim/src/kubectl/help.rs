//! Help, and what is said when there is no such command.

use super::Output;
use super::texts::{self, Text};
use super::verbs::{self, Verb};

/// kubectl's own help of every command.
pub(super) struct Help(&'static str);

impl Help {
    /// # Errors
    /// Why the text cannot be had.
    pub(super) fn get() -> Result<Self, String> {
        texts::of(Text::Help).map(Self)
    }

    /// The help of a command; the empty one is kubectl itself.
    pub(super) fn of(&self, words: &str) -> Option<&'static str> {
        self.0.split('\u{1}').find_map(|part| {
            let (name, text) = part.split_once('\n')?;
            (name == words && !part.is_empty()).then_some(text)
        })
    }

    /// The help of the longest beginning of these words that is a command.
    fn about(&self, typed: &[String]) -> Option<&'static str> {
        (1..=typed.len()).rev().find_map(|count| self.of(&typed[..count].join(" ")))
    }

    /// Whether words are the name of a group of commands.
    fn is_group(&self, words: &[String]) -> bool {
        self.of(&words.join(" ")).is_some_and(|text| text.contains("\nAvailable Commands:\n"))
    }
}

fn shown(text: &str) -> Output {
    Output { stdout: text.to_owned(), ..Output::default() }
}

/// Help about one command.
pub(super) fn of(verb: &Verb) -> Output {
    match Help::get() {
        Ok(help) => shown(help.of(verb.words).unwrap_or_default()),
        Err(why) => Output::failure(&why),
    }
}

/// What is said to words that are no command.
pub(super) fn no_verb(typed: &[String]) -> Output {
    let help = match Help::get() {
        Ok(help) => help,
        Err(why) => return Output::failure(&why),
    };
    let first = typed.first().map_or("", String::as_str);
    let asks = |word: &String| matches!(word.as_str(), "--help" | "-h");
    let plain: Vec<String> = typed.iter().filter(|word| !asks(word)).cloned().collect();
    if plain.is_empty() {
        return shown(help.of("").unwrap_or_default());
    }
    if first == "help" {
        return help_about(&help, &plain[1..]);
    }
    if first == "alpha" {
        let stderr = "No alpha commands are available in this version of kubectl\n".to_owned();
        return Output { stderr, ..Output::default() };
    }
    if typed.iter().any(asks)
        && let Some(text) = help.about(&plain)
    {
        return shown(text);
    }
    let count = (1..=plain.len()).rev().find(|count| help.is_group(&plain[..*count]));
    if let Some(count) = count {
        let (group, rest) = plain.split_at(count);
        let group = group.join(" ");
        if rest.is_empty() {
            let text = help.of(&group).unwrap_or_default().to_owned();
            // Upstream hands some groups another stream.
            let (stdout, stderr) = if matches!(group.as_str(), "rollout" | "certificate") {
                (text, String::new())
            } else {
                (String::new(), text)
            };
            let code = i32::from(group != "certificate");
            return Output { stdout, stderr, code, ..Output::default() };
        }
        if help.about(&plain).is_some_and(|text| help.of(&group) != Some(text)) {
            return not_simulated(&plain);
        }
        let rest = rest.join(" ");
        return Output::failure(&format!(
            "unknown command {rest:?}\nSee 'kubectl {group} -h' for help and examples"
        ));
    }
    if help.of(first).is_some() {
        return not_simulated(&plain);
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

/// What is said to a command that kubectl has and the simulator leaves out.
fn not_simulated(words: &[String]) -> Output {
    let words: Vec<&str> = words.iter().map(String::as_str).take(2).collect();
    Output::failure(&format!("`kubectl {}` is not simulated", words.join(" ")))
}

/// `kubectl help …`.
fn help_about(help: &Help, words: &[String]) -> Output {
    let usage = help.of("").unwrap_or_default();
    if words.is_empty() {
        return shown(usage);
    }
    if let Some(text) = help.about(words) {
        return shown(text);
    }
    if let Some(verb) = verbs::all().find(|verb| verb.spoken(words).is_some()) {
        return shown(help.of(verb.words).unwrap_or_default());
    }
    let usage = usage.split_once("\n\n").and_then(|(_, rest)| rest.split_once("\n\n"));
    let usage = usage.map_or("", |(_, usage)| usage);
    let topics: Vec<String> = words.iter().map(|word| format!("`{word}`")).collect();
    let stderr = format!("Unknown help topic [{}]\n\n\n{usage}", topics.join(" "));
    Output { stderr, ..Output::default() }
}

/// The first words of all commands, each once.
fn known() -> impl Iterator<Item = &'static str> {
    let first = |verb: &Verb| verb.words.split(' ').next().unwrap_or(verb.words);
    let mut last = "";
    verbs::all().map(first).filter(move |word| std::mem::replace(&mut last, word) != *word)
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
