//! The page's style sheets: sizes, colours, times and layers are tokens, which stand in one file.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Where the tokens stand.
const TOKENS: &str = "app/tokens.css";
/// What is written with them: style sheets, and scripts that hold styles.
const SHEETS: [&str; 2] = ["app/style.css", "app/src/editor/code/theme.mjs"];
/// Set where they are drawn, as they are the figures of a pod or of the window.
const SET_BY_CODE: [&str; 4] = ["--sign", "--side", "--terminal", "--inspector"];
/// Units of what has a token. `ch` and `em` follow the type, `fr`, `vw` and `%` the window.
const UNITS: [&str; 6] = ["px", "rem", "pt", "cm", "ms", "s"];
/// Properties whose numbers have no unit and yet a token.
const SCALES: [&str; 4] = ["z-index", "font-weight", "stroke-width", "stroke-dasharray"];

#[test]
fn sizes_colours_and_times_are_tokens() {
    let tokens = read(TOKENS);
    let mut faults = Vec::new();
    for sheet in SHEETS {
        let text = read(sheet);
        let about = |fault| format!("{sheet}: {fault}");
        faults.extend(raw_values(&text, &breakpoints(&tokens)).into_iter().map(about));
    }
    assert!(faults.is_empty(), "name a token of {TOKENS} instead:\n{}", faults.join("\n"));
}

#[test]
fn every_token_is_there_and_of_use() {
    let tokens = read(TOKENS);
    let defined = definitions(&tokens);
    let texts: Vec<String> = SHEETS.into_iter().map(read).chain(scripts()).collect();
    let used: BTreeSet<&str> = texts.iter().chain([&tokens]).flat_map(|text| uses(text)).collect();
    let unknown = |name: &&&str| !defined.contains(**name) && !SET_BY_CODE.contains(name);
    let missing: Vec<_> = used.iter().filter(unknown).collect();
    assert!(missing.is_empty(), "no such token: {missing:?}");
    let is_named = |name: &str| {
        used.contains(name) || breakpoint(name) || texts.iter().any(|text| names(text, name))
    };
    let idle: Vec<_> = defined.iter().filter(|name| !is_named(name)).collect();
    assert!(idle.is_empty(), "nothing uses {idle:?}");
}

#[test]
fn a_raw_value_is_found_wherever_it_stands() {
    let found = |text: &str| raw_values(text, &BTreeSet::from(["860px"])).len();
    for fault in [
        "a { padding: 0 3px; }",
        "a { margin: calc(1.5rem + var(--space-1)); }",
        "a { transition: color 120ms; }",
        "a { color: #fff; }",
        "a { color: rgb(0 0 0 / 10%); }",
        "a { z-index: 7; }",
        "a { stroke-width: 1.5; }",
        "'.cm-x': { fontWeight: '700' },",
        "@media (max-width: 861px) { a { color: var(--ink); } }",
    ] {
        assert_eq!(found(fault), 1, "{fault}");
    }
    for fine in [
        "a { padding: 0 var(--space-1); }",
        "/* 3px more than #fff */",
        "a::after { content: '3px'; flex: 1 0 50%; max-width: 44ch; }",
        "a { z-index: var(--layer-menu); font-weight: inherit; }",
        "@media (max-width: 860px) { .v2 { order: 1; } }",
        "a { fill: url('#hatch-failed'); }",
    ] {
        assert_eq!(found(fine), 0, "{fine}");
    }
}

/// Lines that hold a size, a colour, a time or a layer of their own.
fn raw_values(text: &str, breakpoints: &BTreeSet<&str>) -> Vec<String> {
    let text = without_comments(text);
    let mut faults = Vec::new();
    for (index, line) in text.lines().enumerate() {
        let line = without_quoted_words(line);
        let is_query = line.trim_start().starts_with("@media");
        let raw = words(&line).find(|word| {
            is_measure(word) && !(is_query && breakpoints.contains(word)) || is_colour(word)
        });
        let scale = SCALES.into_iter().find(|name| is_raw_scale(&line, name));
        if let Some(what) = raw.or(scale) {
            faults.push(format!("line {}: {what} in `{}`", index + 1, line.trim()));
        }
    }
    faults
}

fn words(line: &str) -> impl Iterator<Item = &str> {
    let is_part = |it: char| it.is_ascii_alphanumeric() || "#.-_%".contains(it);
    line.split(move |it| !is_part(it)).map(|word| word.trim_start_matches('-'))
}

/// Whether a word is a number with a unit that has a token: `12px`, `1.5rem`.
fn is_measure(word: &str) -> bool {
    let unit = word.trim_start_matches(|it: char| it.is_ascii_digit() || it == '.');
    unit.len() < word.len() && UNITS.contains(&unit)
}

fn is_colour(word: &str) -> bool {
    let is_hex = |rest: &str| rest.len() >= 3 && rest.chars().all(|it| it.is_ascii_hexdigit());
    matches!(word, "rgb" | "rgba" | "hsl") || word.strip_prefix('#').is_some_and(is_hex)
}

/// Whether a line gives this property a number: `z-index: 3`, or `zIndex: '3'` in a script.
fn is_raw_scale(line: &str, property: &str) -> bool {
    let value = [property.to_owned(), camel_case(property)]
        .iter()
        .find_map(|name| line.split_once(&format!("{name}:")).map(|(_, value)| value.to_owned()));
    value.is_some_and(|value| {
        value.trim_start_matches([' ', '\'']).starts_with(|it: char| it.is_ascii_digit())
    })
}

fn camel_case(property: &str) -> String {
    let mut parts = property.split('-');
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |name, part| name + &part[..1].to_ascii_uppercase() + &part[1..])
}

fn without_comments(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("/*") {
        out.push_str(before);
        let (comment, after) = after.split_once("*/").unwrap_or((after, ""));
        out.extend(comment.chars().filter(|it| *it == '\n'));
        rest = after;
    }
    out + rest
}

/// A line without what it quotes after `content`, `url` and the like. What a script quotes is its
/// style, and stays.
fn without_quoted_words(line: &str) -> String {
    let is_style = |before: &str| before.trim_end().ends_with([':', '{', ',', '?']);
    let is_content = |before: &str| before.trim_end().ends_with("content:");
    let mut out = String::new();
    let mut rest = line;
    while let Some((before, after)) = rest.split_once('\'') {
        let (quoted, after) = after.split_once('\'').unwrap_or((after, ""));
        out.push_str(before);
        if is_style(&out) && !is_content(&out) {
            out.push('\'');
            out.push_str(quoted);
        }
        out.push('\'');
        rest = after;
    }
    out + rest
}

/// The tokens that a text defines.
fn definitions(text: &str) -> BTreeSet<&str> {
    let names = text.lines().filter_map(|line| line.trim().split_once(':').map(|(name, _)| name));
    names.filter(|name| name.starts_with("--")).collect()
}

/// The tokens that a text asks for, but for those whose number is put in later: `--v{n}`.
fn uses(text: &str) -> impl Iterator<Item = &str> {
    let is_end = |it: char| !(it.is_ascii_alphanumeric() || it == '-');
    let names = text.split("var(").skip(1);
    names.map(move |rest| rest.split(is_end).next().unwrap_or_default()).filter(|it| it.len() > 3)
}

/// Whether a script names a token, to read it or to put it into `var()`.
fn names(text: &str, token: &str) -> bool {
    // A version's token is put together: `--v` and its number.
    let is_version = token.strip_prefix("--v").is_some_and(|it| it.parse::<u32>().is_ok());
    is_version || text.contains(&format!("\"{token}\"")) || text.contains(&format!("'{token}'"))
}

fn breakpoint(name: &str) -> bool {
    name.starts_with("--until-") || name.starts_with("--from-")
}

/// The widths that media queries may ask for.
fn breakpoints(tokens: &str) -> BTreeSet<&str> {
    let widths = tokens.lines().filter_map(|line| line.trim().split_once(':'));
    widths
        .filter(|(name, _)| breakpoint(name))
        .map(|(_, value)| value.trim_matches([' ', ';']))
        .collect()
}

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|why| panic!("{}: {why}", path.display()))
}

/// The page's sources, which name tokens in what they draw.
fn scripts() -> Vec<String> {
    let mut folders = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("../app/src")];
    let mut texts = Vec::new();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).expect("the page's sources").filter_map(Result::ok) {
            let path: PathBuf = entry.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|it| it == "rs" || it == "mjs") {
                texts.push(fs::read_to_string(path).expect("a source can be read"));
            }
        }
    }
    texts
}
