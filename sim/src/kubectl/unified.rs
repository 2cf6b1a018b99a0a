//! The lines in which two texts differ, in the unified form of `diff -u`.
//!
//! Models: GNU diffutils: the longest common run of lines stays; a block of added or removed lines
//! that could stand in several places stands in the last.

use std::fmt::Write as _;

/// How many unchanged lines are shown around a change.
const CONTEXT: usize = 3;
/// How many cells the table of common lines may have; beyond it, all lines between the first and
/// the last difference count as changed.
const MAX_CELLS: usize = 4_000_000;

/// A line of the comparison: its places in the old and the new text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Same(usize, usize),
    Gone(usize),
    New(usize),
}

/// The hunks of `diff -u`, without the lines that name the files; empty when the texts are equal.
pub(crate) fn hunks(old: &str, new: &str) -> String {
    if old == new {
        return String::new();
    }
    let (old, new): (Vec<&str>, Vec<&str>) = (old.lines().collect(), new.lines().collect());
    let lines = compare(&old, &new);
    let changed: Vec<usize> =
        (0..lines.len()).filter(|at| !matches!(lines[*at], Line::Same(..))).collect();
    let mut out = String::new();
    let mut rest = changed.as_slice();
    while let Some((first, after)) = rest.split_first() {
        let count = after
            .iter()
            .zip(rest)
            .take_while(|(next, this)| **next - **this <= 2 * CONTEXT + 1)
            .count();
        let last = rest[count];
        rest = &rest[count + 1..];
        let (start, end) = (first.saturating_sub(CONTEXT), (last + CONTEXT + 1).min(lines.len()));
        hunk(&mut out, [&old, &new], &lines, start..end);
    }
    out
}

fn hunk(out: &mut String, texts: [&[&str]; 2], lines: &[Line], range: std::ops::Range<usize>) {
    let count = |lines: &[Line]| {
        let gone = lines.iter().filter(|line| !matches!(line, Line::New(_))).count();
        let new = lines.iter().filter(|line| !matches!(line, Line::Gone(_))).count();
        (gone, new)
    };
    let (before, inside) = (count(&lines[..range.start]), count(&lines[range.clone()]));
    let place = |before: usize, inside: usize| match inside {
        0 => format!("{before},0"),
        1 => format!("{}", before + 1),
        _ => format!("{},{inside}", before + 1),
    };
    let (from, to) = (place(before.0, inside.0), place(before.1, inside.1));
    // Writing to a string cannot fail.
    let _ = writeln!(out, "@@ -{from} +{to} @@");
    for line in &lines[range] {
        let _ = match *line {
            Line::Same(at, _) => writeln!(out, " {}", texts[0][at]),
            Line::Gone(at) => writeln!(out, "-{}", texts[0][at]),
            Line::New(at) => writeln!(out, "+{}", texts[1][at]),
        };
    }
}

/// Every line of both texts, removed ones before added ones.
fn compare(old: &[&str], new: &[&str]) -> Vec<Line> {
    let same = |a: &[&str], b: &[&str]| a.iter().zip(b).take_while(|(a, b)| a == b).count();
    let head = same(old, new);
    let tail = old[head..].iter().rev().zip(new[head..].iter().rev());
    let tail = tail.take_while(|(a, b)| a == b).count();
    let (inner_old, inner_new) = (&old[head..old.len() - tail], &new[head..new.len() - tail]);
    let kept = common(inner_old, inner_new);
    // Which lines are gone or new, so that blocks can be moved.
    let (mut gone, mut added) = (vec![false; old.len()], vec![false; new.len()]);
    gone[head..old.len() - tail].fill(true);
    added[head..new.len() - tail].fill(true);
    for (a, b) in kept {
        gone[head + a] = false;
        added[head + b] = false;
    }
    settle(old, &mut gone);
    settle(new, &mut added);
    let (mut a, mut b) = (0, 0);
    let mut lines = Vec::with_capacity(old.len() + new.len());
    while a < old.len() || b < new.len() {
        if a < old.len() && gone[a] {
            lines.push(Line::Gone(a));
            a += 1;
        } else if b < new.len() && added[b] {
            lines.push(Line::New(b));
            b += 1;
        } else {
            lines.push(Line::Same(a, b));
            a += 1;
            b += 1;
        }
    }
    lines
}

/// Moves every block of changed lines down as far as it can stand.
fn settle(text: &[&str], changed: &mut [bool]) {
    let mut end = text.len();
    while let Some(last) = changed[..end].iter().rposition(|changed| *changed) {
        let first = changed[..last].iter().rposition(|changed| !*changed).map_or(0, |at| at + 1);
        let (mut start, mut stop) = (first, last + 1);
        while stop < text.len() && !changed[stop] && text[start] == text[stop] {
            changed[start] = false;
            changed[stop] = true;
            start += 1;
            stop += 1;
        }
        end = first;
    }
}

/// A longest run of lines both texts have in the same order, as pairs of places.
fn common(old: &[&str], new: &[&str]) -> Vec<(usize, usize)> {
    let width = new.len() + 1;
    if old.is_empty() || new.is_empty() || (old.len() + 1).saturating_mul(width) > MAX_CELLS {
        return Vec::new();
    }
    let mut length = vec![0_u32; (old.len() + 1) * width];
    for a in (0..old.len()).rev() {
        for b in (0..new.len()).rev() {
            length[a * width + b] = if old[a] == new[b] {
                length[(a + 1) * width + b + 1] + 1
            } else {
                length[(a + 1) * width + b].max(length[a * width + b + 1])
            };
        }
    }
    let (mut a, mut b) = (0, 0);
    let mut pairs = Vec::new();
    while a < old.len() && b < new.len() {
        if old[a] == new[b] {
            pairs.push((a, b));
            a += 1;
            b += 1;
        } else if length[(a + 1) * width + b] >= length[a * width + b + 1] {
            a += 1;
        } else {
            b += 1;
        }
    }
    pairs
}

#[cfg(test)]
mod tests {
    use super::hunks;

    #[track_caller]
    fn check(old: &str, new: &str, expected: &str) {
        let lines = |text: &str| text.split_whitespace().flat_map(|word| [word, "\n"]).collect();
        let (old, new): (String, String) = (lines(old), lines(new));
        assert_eq!(hunks(&old, &new), expected);
    }

    #[test]
    fn changes_stand_between_three_lines_of_context() {
        check("a b c", "a b c", "");
        check("a b c d e", "a b X d e", "@@ -1,5 +1,5 @@\n a\n b\n-c\n+X\n d\n e\n");
        check("", "a b", "@@ -0,0 +1,2 @@\n+a\n+b\n");
        check("a", "", "@@ -1 +0,0 @@\n-a\n");
        check(
            "1 2 3 4 5 6 7 8 9 10",
            "1 2 3 4 5 6 7 8 9 x",
            "@@ -7,4 +7,4 @@\n 7\n 8\n 9\n-10\n+x\n",
        );
        check(
            "a 1 2 3 4 5 6 7 b",
            "x 1 2 3 4 5 6 7 y",
            "@@ -1,4 +1,4 @@\n-a\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-b\n+y\n",
        );
    }

    #[test]
    fn a_block_that_could_stand_in_two_places_stands_in_the_later() {
        check("a b c", "a b a b c", "@@ -1,3 +1,5 @@\n a\n b\n+a\n+b\n c\n");
    }
}
