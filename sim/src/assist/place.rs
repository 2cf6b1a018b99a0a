//! Where in a manifest one types: which kind of object, which field of it, and what stands beside.
//!
//! The text is read by its indentation alone, line by line, as it is rarely whole while one types.
//! Leaves out: braces over several lines, keys in quotes, `kind: List`.

/// What is typed at a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Slot {
    /// A field's name.
    Key,
    /// A field's value; its name is the path's last step.
    Value,
    /// An item of a list of plain values.
    Item,
}

/// A place in a manifest.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    /// What the document says it is; empty when it does not.
    pub(super) kind: &'a str,
    /// Its version.
    pub(super) api_version: &'a str,
    pub(super) slot: Slot,
    /// The fields from the document down to the place, without the numbers of items.
    pub(super) path: Vec<&'a str>,
    /// The fields that stand beside it already.
    pub(super) siblings: Vec<&'a str>,
    /// Where the word that is typed begins, in bytes.
    pub(super) from: usize,
    /// The column where the field's name begins.
    pub(super) column: usize,
    /// Whether it stands between braces.
    pub(super) in_braces: bool,
}

impl<'a> Place<'a> {
    /// The place at `offset`, which counts bytes; nothing in comments and in blocks of text.
    pub(super) fn of(text: &'a str, offset: usize) -> Option<Self> {
        let before = text.get(..offset)?;
        let begins = before.rfind('\n').map_or(0, |at| at + 1);
        let (above, below) = around(text, begins);
        let mut lines: Vec<&str> = above.lines().collect();
        let line = Line::of(&before[begins..])?;
        let mut place = Self {
            kind: top(above, below, "kind"),
            api_version: top(above, below, "apiVersion"),
            slot: line.slot,
            path: line.path.clone(),
            siblings: line.siblings.clone(),
            from: begins + line.from,
            column: line.column,
            in_braces: line.in_braces,
        };
        place.path.reverse();
        let mut wanted = Wanted { column: line.column, in_item: line.dash };
        if !line.in_braces {
            place.beside_below(below, line.column);
        }
        while let Some(above) = lines.pop() {
            place.climb(above, &mut wanted, line.in_braces)?;
        }
        place.path.reverse();
        Some(place)
    }

    /// Takes a line above into account. Nothing when the place turns out to be in a block of text.
    fn climb(&mut self, above: &'a str, wanted: &mut Wanted, in_braces: bool) -> Option<()> {
        let Some(entry) = Entry::of(above) else {
            let (column, dash) = margin(above);
            let is_block = above[column..].starts_with(['|', '>']);
            let holds = dash.is_some_and(|dash| is_block && dash < wanted.column);
            return (!holds || wanted.in_item.is_some()).then_some(());
        };
        if let Some(item) = wanted.in_item {
            // Only what holds the list is of interest, not the items before.
            if entry.column > item || entry.dash.is_some_and(|dash| dash >= item) {
                return Some(());
            }
            if entry.value.is_empty() {
                self.path.push(entry.key);
                *wanted = Wanted { column: entry.column, in_item: entry.dash };
            }
        } else if entry.column == wanted.column {
            if self.path.len() == usize::from(self.slot == Slot::Value) && !in_braces {
                self.siblings.push(entry.key);
            }
            wanted.in_item = entry.dash;
        } else if entry.column < wanted.column {
            if entry.value.starts_with(['|', '>']) {
                return None;
            }
            if entry.value.is_empty() || entry.value.starts_with('&') {
                self.path.push(entry.key);
                *wanted = Wanted { column: entry.column, in_item: entry.dash };
            }
        }
        Some(())
    }

    /// Fields below the cursor that belong to the same object.
    fn beside_below(&mut self, below: &'a str, column: usize) {
        for line in below.lines().skip(1) {
            let indent = line.len() - line.trim_start().len();
            if line.trim().is_empty() || line.trim_start().starts_with('#') {
                continue;
            }
            if indent < column {
                break;
            }
            if let Some(entry) = Entry::of(line).filter(|entry| entry.column == column) {
                if entry.dash.is_some() {
                    break;
                }
                self.siblings.push(entry.key);
            }
        }
    }
}

/// What is looked for while climbing.
struct Wanted {
    /// The column of the object whose fields were found.
    column: usize,
    /// The dash of the item that it is.
    in_item: Option<usize>,
}

/// The document around a line: the lines before it, and it with those behind.
fn around(text: &str, begins: usize) -> (&str, &str) {
    let (above, below) = text.split_at(begins);
    let start = match above.rfind("\n---") {
        Some(at) => at + 1,
        None => 0,
    };
    let end = below.find("\n---").map_or(below.len(), |at| at + 1);
    (&above[start..], &below[..end])
}

/// The value of a field at the left margin.
fn top<'a>(above: &'a str, below: &'a str, key: &str) -> &'a str {
    let value = |line: &'a str| {
        let value = line.strip_prefix(key)?.strip_prefix(':')?;
        Some(value.split(" #").next().unwrap_or_default().trim().trim_matches(['"', '\'']))
    };
    above.lines().chain(below.lines()).find_map(value).unwrap_or_default()
}

/// A line with a field: its name, what stands behind it, and where.
struct Entry<'a> {
    key: &'a str,
    value: &'a str,
    column: usize,
    /// The column of the last dash before the name.
    dash: Option<usize>,
}

impl<'a> Entry<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let (column, dash) = margin(line);
        let rest = &line[column..];
        if rest.starts_with('#') {
            return None;
        }
        let (key, value) = split(rest)?;
        let value = value.split(" #").next().unwrap_or_default().trim();
        let value = if value.starts_with('#') { "" } else { value };
        Some(Self { key, value, column, dash })
    }
}

/// Where a line's text begins behind spaces and dashes, and where the last dash is.
fn margin(line: &str) -> (usize, Option<usize>) {
    let mut column = line.len() - line.trim_start_matches(' ').len();
    let mut dash = None;
    while line[column..].starts_with("- ") || &line[column..] == "-" {
        dash = Some(column);
        let rest = &line[column + 1..];
        column += 1 + rest.len() - rest.trim_start_matches(' ').len();
    }
    (column, dash)
}

/// A field's name and what stands behind the colon.
fn split(text: &str) -> Option<(&str, &str)> {
    let at = text.match_indices(':').map(|(at, _)| at);
    let at =
        at.into_iter().find(|at| text[at + 1..].is_empty() || text[at + 1..].starts_with(' '))?;
    let key = text[..at].trim().trim_matches(['"', '\'']);
    let is_name = !key.is_empty() && !key.contains([' ', '{', '}', '[', ']', ',', '#']);
    is_name.then(|| (key, &text[at + 1..]))
}

/// The line of the cursor, up to the cursor.
struct Line<'a> {
    slot: Slot,
    /// From the outside in.
    path: Vec<&'a str>,
    siblings: Vec<&'a str>,
    from: usize,
    column: usize,
    dash: Option<usize>,
    in_braces: bool,
}

impl<'a> Line<'a> {
    fn of(line: &'a str) -> Option<Self> {
        if line.trim_start().starts_with('#') || line.contains(" #") {
            return None;
        }
        let (column, dash) = margin(line);
        let rest = &line[column..];
        let mut read = Self {
            slot: Slot::Key,
            path: vec![],
            siblings: vec![],
            from: column,
            column,
            dash,
            in_braces: false,
        };
        let Some((key, value)) = split(rest) else {
            // Neither a word nor nothing: the rest of a longer text, or an item in brackets.
            return (!rest.contains([' ', '{', '[', '"', '\''])).then_some(read);
        };
        read.path.push(key);
        let value_at = line.len() - value.len();
        let trimmed = value.trim_start();
        read.from = line.len() - trimmed.len();
        if trimmed.starts_with(['{', '[']) {
            read.braces(line, value_at)?;
        } else if trimmed.contains(' ')
            || trimmed.starts_with(['|', '>', '"', '\''])
            || value.is_empty()
        {
            return None;
        } else {
            read.slot = Slot::Value;
        }
        Some(read)
    }

    /// Reads what stands between braces and brackets.
    fn braces(&mut self, line: &'a str, start: usize) -> Option<()> {
        // Each open bracket: how long the path was, and whether it is a brace.
        let mut open: Vec<(usize, bool)> = Vec::new();
        let mut siblings: Vec<Vec<&'a str>> = Vec::new();
        let (mut word, mut value) = (start, true);
        let mut quote = None;
        for (at, letter) in line.char_indices().skip_while(|(at, _)| *at < start) {
            if let Some(end) = quote {
                if letter == end {
                    quote = None;
                }
                continue;
            }
            match letter {
                '"' | '\'' => quote = Some(letter),
                '{' | '[' => {
                    open.push((self.path.len(), letter == '{'));
                    siblings.push(Vec::new());
                    (word, value) = (at + 1, false);
                }
                '}' | ']' => {
                    let (length, _) = open.pop()?;
                    siblings.pop();
                    self.path.truncate(length);
                    (word, value) = (at + 1, true);
                }
                ',' => {
                    self.path.truncate(open.last()?.0);
                    (word, value) = (at + 1, false);
                }
                ':' if line[at + 1..].starts_with(' ') || line[at + 1..].is_empty() => {
                    let key = line[word..at].trim();
                    self.path.push(key);
                    siblings.last_mut()?.push(key);
                    (word, value) = (at + 1, true);
                }
                _ => {}
            }
        }
        let (_, is_brace) = open.last()?;
        if quote.is_some() || (value && line[word..].is_empty()) {
            return None;
        }
        let typed = line[word..].trim_start();
        self.from = line.len() - typed.len();
        self.in_braces = true;
        self.siblings = siblings.pop()?;
        self.slot = match (value, is_brace) {
            (true, _) => Slot::Value,
            (false, true) => Slot::Key,
            (false, false) => Slot::Item,
        };
        Some(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Place, Slot};

    const TEXT: &str = "apiVersion: v1
kind: Service
metadata: {name: x}
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
  re1
  selector: {matchLabels: {app: web, 2}}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
      - name: a
        image: b
        3
      - name: c
        readinessProbe:
          httpGet: {path: /, port: 4}
          5
        imagePullPolicy: 6
        command: [sh, 7]
        args:
        - |
          echo
          8
        ports:
          - containerPort: 1
            9
";

    /// The place of a digit that is taken out of the text.
    fn place(digit: char) -> Option<String> {
        let needle = if digit == '1' { "re1" } else { "" };
        let at = match needle {
            "" => TEXT.rfind(digit).filter(|_| digit != '1'),
            _ => TEXT.find(needle).map(|at| at + 2),
        }?;
        let text = [&TEXT[..at], &TEXT[at + 1..]].concat();
        let place = Place::of(&text, at)?;
        let slot = match place.slot {
            Slot::Key => "key",
            Slot::Value => "value",
            Slot::Item => "item",
        };
        let (path, beside) = (place.path.join("."), place.siblings.join(" "));
        Some(format!("{slot} of {} {path} beside {beside}", place.kind))
    }

    #[test]
    fn fields_are_found_by_their_indentation() {
        for (digit, expected) in [
            ('1', Some("key of Deployment spec beside selector template")),
            ('2', Some("key of Deployment spec.selector.matchLabels beside app")),
            ('3', Some("key of Deployment spec.template.spec.containers beside image name")),
            (
                '4',
                Some(
                    "value of Deployment \
                 spec.template.spec.containers.readinessProbe.httpGet.port beside path port",
                ),
            ),
            (
                '5',
                Some(
                    "key of Deployment spec.template.spec.containers.readinessProbe beside httpGet",
                ),
            ),
            (
                '6',
                Some(
                    "value of Deployment spec.template.spec.containers.imagePullPolicy beside command \
                 args ports readinessProbe name",
                ),
            ),
            ('7', Some("item of Deployment spec.template.spec.containers.command beside ")),
            ('8', None),
            (
                '9',
                Some("key of Deployment spec.template.spec.containers.ports beside containerPort"),
            ),
        ] {
            assert_eq!(place(digit).as_deref(), expected, "{digit}");
        }
    }

    #[test]
    fn no_place_breaks_the_reader() {
        for (at, _) in TEXT.char_indices() {
            Place::of(TEXT, at);
            Place::of(&TEXT[..at], at);
        }
        for text in
            ["", "-", "- ", "- - a", "a:\n- ", "{", "a: {b", "a: ]", "é: ü", "---\n---\n", "a: 'x"]
        {
            for at in 0..=text.len() {
                Place::of(text, at);
            }
        }
    }
}
