//! Which lines of a text are new, compared with how it read before.

/// Beyond so many lines that differ, all of them count as new.
const MOST: usize = 600;

/// For each line of `after`, whether `before` lacks it: by the longest run of lines in common.
pub(super) fn changed(before: &str, after: &str) -> Vec<bool> {
    let (before, after): (Vec<&str>, Vec<&str>) =
        (before.lines().collect(), after.lines().collect());
    let same = |(a, b): &(&&str, &&str)| a == b;
    let head = before.iter().zip(&after).take_while(same).count();
    let tail = before[head..].iter().rev().zip(after[head..].iter().rev()).take_while(same).count();
    let (old, new) = (&before[head..before.len() - tail], &after[head..after.len() - tail]);
    let mut marks = vec![false; after.len()];
    let middle = if old.len() > MOST || new.len() > MOST {
        vec![true; new.len()]
    } else {
        differing(old, new)
    };
    marks[head..head + new.len()].copy_from_slice(&middle);
    marks
}

/// The lines of `new` that are in no longest common subsequence with `old`.
fn differing(old: &[&str], new: &[&str]) -> Vec<bool> {
    let width = new.len() + 1;
    // common[i * width + j]: the most lines that old[i..] and new[j..] have in common.
    let mut common = vec![0_u16; (old.len() + 1) * width];
    for i in (0..old.len()).rev() {
        for j in (0..new.len()).rev() {
            common[i * width + j] = if old[i] == new[j] {
                common[(i + 1) * width + j + 1] + 1
            } else {
                common[(i + 1) * width + j].max(common[i * width + j + 1])
            };
        }
    }
    let mut marks = vec![true; new.len()];
    let (mut i, mut j) = (0, 0);
    while i < old.len() && j < new.len() {
        if old[i] == new[j] {
            marks[j] = false;
            (i, j) = (i + 1, j + 1);
        } else if common[(i + 1) * width + j] >= common[i * width + j + 1] {
            i += 1;
        } else {
            j += 1;
        }
    }
    marks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_marked() {
        let cases: [(&str, &str, &[bool]); 5] = [
            ("a\nb\nc", "a\nx\nc", &[false, true, false]),
            ("a\nb", "a\nb\nc", &[false, false, true]),
            ("a\nb\nc", "a\nc", &[false, false]),
            ("", "a", &[true]),
            ("a\nb\nc\nd", "x\nb\ny\nd", &[true, false, true, false]),
        ];
        for (before, after, marks) in cases {
            assert_eq!(changed(before, after), marks, "{before:?} {after:?}");
        }
    }

    #[test]
    fn a_text_of_any_length_is_compared_at_once() {
        let text = |word: &str| vec![word; 100_000].join("\n");
        assert!(changed(&text("a"), &text("b")).iter().all(|mark| *mark));
    }
}
