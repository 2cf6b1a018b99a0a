//! How long a manifest's model loads, read from its text and written into it: the `sleep` of its
//! start-up script, or the variable `MODEL_LOAD_SECONDS`.

const VARIABLE: &str = "MODEL_LOAD_SECONDS";

/// The time in seconds, where the text says one first.
pub(crate) fn read(text: &str) -> Option<u32> {
    places(text).find_map(|(_, found)| found?.1.parse().ok())
}

/// The text with every such time set to `seconds`.
pub(crate) fn write(text: &str, seconds: u32) -> String {
    let mut out = String::with_capacity(text.len());
    for (line, found) in places(text) {
        match found {
            Some((before, _, after)) => {
                out.push_str(before);
                out.push_str(&seconds.to_string());
                out.push_str(after);
            }
            None => out.push_str(line),
        }
    }
    out
}

/// The lines, each with its parts before, in and after the digits of a time when it has one.
fn places(text: &str) -> impl Iterator<Item = (&str, Option<(&str, &str, &str)>)> {
    let mut named = false;
    text.split_inclusive('\n').map(move |line| {
        // The value may stand on the line after the name.
        let from = if named {
            line.find("value:").map(|at| at + "value:".len())
        } else if line.trim().starts_with("sleep ") {
            line.find("sleep ").map(|at| at + "sleep ".len())
        } else {
            line.find(VARIABLE).map(|at| at + VARIABLE.len())
        };
        let found = from.and_then(|from| digits(line, from));
        named = found.is_none() && line.contains(VARIABLE);
        (line, found)
    })
}

/// A line cut around the first number from a place on.
fn digits(line: &str, from: usize) -> Option<(&str, &str, &str)> {
    let rest = line.get(from..)?;
    let start = from + rest.find(|letter: char| letter.is_ascii_digit())?;
    let length = line[start..].bytes().take_while(u8::is_ascii_digit).count();
    let (before, rest) = line.split_at(start);
    let (digits, after) = rest.split_at(length);
    Some((before, digits, after))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sleep_of_a_script_and_the_variable_are_found_and_set() {
        for (text, seconds, after) in [
            ("a: |\n  sleep 8\n  touch x\n", Some(8), "a: |\n  sleep 30\n  touch x\n"),
            (
                "- {name: MODEL_LOAD_SECONDS, value: \"12\"}",
                Some(12),
                "- {name: MODEL_LOAD_SECONDS, value: \"30\"}",
            ),
            (
                "- name: MODEL_LOAD_SECONDS\n  value: \"12\"\n",
                Some(12),
                "- name: MODEL_LOAD_SECONDS\n  value: \"30\"\n",
            ),
            ("nothing: here", None, "nothing: here"),
            ("sleep infinity", None, "sleep infinity"),
        ] {
            assert_eq!(read(text), seconds, "{text}");
            assert_eq!(write(text, 30), after, "{text}");
        }
    }
}
