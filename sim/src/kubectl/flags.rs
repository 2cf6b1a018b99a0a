//! Flags and words: `-o wide`, `--replicas=3`, `-lapp=web`.
//!
//! Models: `github.com/spf13/pflag` in its effects and sentences. A verb's flags are written as
//! text: `replicas:int filename,f:text all dry-run:or=unchanged`. A flag without a type is a
//! switch; one with `or=` may stand without a value.

use super::duration;
use crate::time::Duration;

/// Flags every command takes.
pub(super) const COMMON: &str = "namespace,n:text help,h context:text cluster:text user:text server,s:text \
                      kubeconfig:text request-timeout:text v,v:int as:text token:text \
                      cache-dir:text tls-server-name:text insecure-skip-tls-verify \
                      match-server-version warnings-as-errors";

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Takes {
    Nothing,
    Text,
    Int,
    Time,
    /// A value that may be left out, and what stands for it then.
    Or(&'static str),
}

#[derive(Clone, Copy, Debug)]
struct Flag {
    name: &'static str,
    short: Option<char>,
    takes: Takes,
}

impl Flag {
    fn read(text: &'static str) -> Self {
        let (names, takes) = text.split_once(':').unwrap_or((text, ""));
        let (name, short) = names.split_once(',').unwrap_or((names, ""));
        let takes = match takes {
            "" => Takes::Nothing,
            "int" => Takes::Int,
            "time" => Takes::Time,
            _ => takes.strip_prefix("or=").map_or(Takes::Text, Takes::Or),
        };
        Self { name, short: short.chars().next(), takes }
    }

    /// Says what is wrong with a value, in pflag's words.
    fn check(&self, value: &str) -> Result<(), String> {
        let problem = match self.takes {
            Takes::Nothing => parse_bool(value)
                .is_none()
                .then(|| format!("strconv.ParseBool: parsing {value:?}: invalid syntax")),
            Takes::Int => value.parse::<i64>().is_err().then(|| {
                let digits = value.strip_prefix(['+', '-']).unwrap_or(value);
                let number = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
                let what = if number { "value out of range" } else { "invalid syntax" };
                format!("strconv.ParseInt: parsing {value:?}: {what}")
            }),
            Takes::Time => duration::parse(value).err(),
            Takes::Text | Takes::Or(_) => None,
        };
        let Some(problem) = problem else {
            return Ok(());
        };
        let name = match self.short {
            Some(short) => format!("-{short}, --{}", self.name),
            None => format!("--{}", self.name),
        };
        Err(format!("invalid argument {value:?} for {name:?} flag: {problem}"))
    }
}

/// Reads a truth value as Go does.
fn parse_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

/// What stands behind a verb.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Args {
    /// Words that are no flags.
    pub(crate) words: Vec<String>,
    /// How many of the words stand before `--`, when there is one.
    pub(crate) dash: Option<usize>,
    set: Vec<(&'static str, String)>,
}

impl Args {
    /// Sorts what stands behind a verb into flags and words.
    ///
    /// # Errors
    /// pflag's sentence about a flag that is unknown or lacks a value.
    pub(crate) fn parse(flags: &'static str, words: &[String]) -> Result<Self, String> {
        let flags: Vec<Flag> = flags
            .split_ascii_whitespace()
            .chain(COMMON.split_ascii_whitespace())
            .map(Flag::read)
            .collect();
        let mut args = Self::default();
        let mut rest = words.iter();
        while let Some(word) = rest.next() {
            if word == "--" {
                args.dash = Some(args.words.len());
                args.words.extend(rest.by_ref().cloned());
            } else if let Some(long) = word.strip_prefix("--") {
                args.long(&flags, long, &mut rest)?;
            } else if word.len() > 1 && word.starts_with('-') {
                args.shorts(&flags, &word[1..], &mut rest)?;
            } else {
                args.words.push(word.clone());
            }
        }
        Ok(args)
    }

    fn long<'a>(
        &mut self,
        flags: &[Flag],
        text: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        let (name, value) = match text.split_once('=') {
            Some((name, value)) => (name, Some(value.to_owned())),
            None => (text, None),
        };
        let Some(flag) = flags.iter().find(|flag| flag.name == name) else {
            return Err(format!("unknown flag: --{name}"));
        };
        let value = match (value, flag.takes) {
            (Some(value), _) => value,
            (None, Takes::Nothing) => "true".to_owned(),
            (None, Takes::Or(value)) => value.to_owned(),
            (None, _) => {
                rest.next().cloned().ok_or_else(|| format!("flag needs an argument: --{name}"))?
            }
        };
        self.put(flag, value)
    }

    /// A bundle of one-letter flags, the last of which may have a value.
    fn shorts<'a>(
        &mut self,
        flags: &[Flag],
        mut bundle: &str,
        rest: &mut impl Iterator<Item = &'a String>,
    ) -> Result<(), String> {
        while let Some(letter) = bundle.chars().next() {
            let after = &bundle[letter.len_utf8()..];
            let Some(flag) = flags.iter().find(|flag| flag.short == Some(letter)) else {
                return Err(format!("unknown shorthand flag: '{letter}' in -{bundle}"));
            };
            let value = match (after.strip_prefix('='), flag.takes) {
                (Some(value), _) => value.to_owned(),
                (None, Takes::Nothing) => {
                    self.put(flag, "true".to_owned())?;
                    bundle = after;
                    continue;
                }
                (None, Takes::Or(value)) if after.is_empty() => value.to_owned(),
                (None, _) if !after.is_empty() => after.to_owned(),
                (None, _) => rest
                    .next()
                    .cloned()
                    .ok_or_else(|| format!("flag needs an argument: '{letter}' in -{bundle}"))?,
            };
            return self.put(flag, value);
        }
        Ok(())
    }

    fn put(&mut self, flag: &Flag, value: String) -> Result<(), String> {
        flag.check(&value)?;
        self.set.push((flag.name, value));
        Ok(())
    }

    /// The value of a flag, when it was typed; the last one counts.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.set.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// All values of a flag that may be given several times or with commas.
    pub(crate) fn texts(&self, name: &str) -> Vec<&str> {
        let values = self.set.iter().filter(|(known, _)| *known == name);
        values.flat_map(|(_, value)| value.split(',')).collect()
    }

    /// Checks that flags were typed that a command cannot do without.
    ///
    /// # Errors
    /// cobra's sentence about those that are missing.
    pub(crate) fn required(&self, names: &[&str]) -> Result<(), super::error::Error> {
        let missing: Vec<String> =
            names.iter().filter(|name| !self.has(name)).map(|name| format!("{name:?}")).collect();
        if missing.is_empty() {
            return Ok(());
        }
        super::error::fail(format!("required flag(s) {} not set", missing.join(", ")))
    }

    /// All values of a flag that may be given several times; commas are part of them.
    pub(crate) fn each(&self, name: &str) -> Vec<&str> {
        let values = self.set.iter().filter(|(known, _)| *known == name);
        values.map(|(_, value)| value.as_str()).collect()
    }

    /// Whether objects are named by files: with `-f` or `-k`.
    pub(crate) fn names_files(&self) -> bool {
        self.has("filename") || self.has("kustomize")
    }

    /// The flags that are none of a command's own.
    pub(crate) fn without(&self, own: &'static str) -> Self {
        let own: Vec<&str> =
            own.split_ascii_whitespace().map(|flag| Flag::read(flag).name).collect();
        let mut rest = self.clone();
        rest.set.retain(|(name, _)| !own.contains(name));
        rest
    }

    /// Whether a flag was typed.
    pub(crate) fn has(&self, name: &str) -> bool {
        self.text(name).is_some()
    }

    /// The whole command as `--record` notes it: words first, then flags with their values.
    pub(crate) fn command(&self, verb: &str) -> String {
        let words = self.words.iter().map(|word| format!(" {word}"));
        let flags = self.set.iter().map(|(name, value)| format!(" --{name}={value}"));
        std::iter::once(format!("kubectl {verb}")).chain(words).chain(flags).collect()
    }

    /// A switch, when it was typed.
    pub(crate) fn switch(&self, name: &str) -> Option<bool> {
        self.text(name).and_then(parse_bool)
    }

    /// Whether a switch is on.
    pub(crate) fn is_on(&self, name: &str) -> bool {
        self.switch(name).unwrap_or(false)
    }

    /// The value of a number flag.
    pub(crate) fn int(&self, name: &str) -> Option<i64> {
        self.text(name).and_then(|text| text.parse().ok())
    }

    /// The value of a duration flag.
    pub(crate) fn time(&self, name: &str) -> Option<Duration> {
        self.text(name).and_then(|text| duration::parse(text).ok())
    }
}

/// How many of the first words are flags (with their values) that every command takes, so that
/// `kubectl -n x get pods` finds its verb.
pub(crate) fn leading(words: &[String]) -> usize {
    let takes_value = |name: &str| {
        COMMON
            .split_ascii_whitespace()
            .map(Flag::read)
            .filter(|flag| flag.takes != Takes::Nothing)
            .any(|flag| {
                name.strip_prefix("--") == Some(flag.name)
                    || name.strip_prefix('-').is_some_and(|short| {
                        flag.short.is_some_and(|letter| short.chars().eq([letter]))
                    })
            })
    };
    let mut count = 0;
    while words.get(count).is_some_and(|word| word.len() > 1 && word.starts_with('-')) {
        count += if takes_value(&words[count]) { 2 } else { 1 };
    }
    count.min(words.len())
}

#[cfg(test)]
mod tests {
    use super::Args;

    const FLAGS: &str = "output,o:text watch,w replicas:int dry-run:or=unchanged filename,f:text";

    fn parse(line: &str) -> Result<Args, String> {
        let words: Vec<String> = line.split(' ').map(str::to_owned).collect();
        Args::parse(FLAGS, &words)
    }

    #[test]
    fn values_may_stand_in_every_usual_place() {
        for line in ["-o wide", "-owide", "-o=wide", "--output=wide", "--output wide", "-wo wide"] {
            assert_eq!(parse(line).expect(line).text("output"), Some("wide"), "{line}");
        }
        let args = parse("a -f x,y --dry-run b -f z -- -c").expect("all flags are known");
        assert_eq!(args.words, ["a", "b", "-c"]);
        assert_eq!(args.dash, Some(2));
        assert_eq!(args.texts("filename"), ["x", "y", "z"]);
        assert_eq!(args.text("dry-run"), Some("unchanged"));
    }

    #[test]
    fn mistakes_are_told_in_pflags_words() {
        let cases = [
            ("--foo", "unknown flag: --foo"),
            ("-wide", "unknown shorthand flag: 'i' in -ide"),
            ("-o", "flag needs an argument: 'o' in -o"),
            ("--replicas", "flag needs an argument: --replicas"),
            (
                "--replicas=three",
                "invalid argument \"three\" for \"--replicas\" flag: strconv.ParseInt: parsing \
                 \"three\": invalid syntax",
            ),
            (
                "--watch=maybe",
                "invalid argument \"maybe\" for \"-w, --watch\" flag: strconv.ParseBool: parsing \
                 \"maybe\": invalid syntax",
            ),
        ];
        for (line, error) in cases {
            assert_eq!(parse(line), Err(error.to_owned()), "{line}");
        }
    }
}
