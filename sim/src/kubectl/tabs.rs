//! Columns that grow with what stands in them.
//!
//! Models: Go `text/tabwriter`: a column is a run of lines that have a tab in the same place; its
//! width is that of its widest cell. The last cell of a line belongs to no column.

/// Replaces tabs by spaces so that columns align: every cell gets `padding` spaces, and no column
/// is narrower than `least`.
pub(crate) fn align(text: &str, least: usize, padding: usize) -> String {
    aligned(text, least, padding, None)
}

/// As [`align`], and no column is narrower than it has been before: `known` is what that was.
pub(crate) fn align_on(known: &mut Vec<usize>, text: &str, least: usize, padding: usize) -> String {
    aligned(text, least, padding, Some(known))
}

fn aligned(text: &str, least: usize, padding: usize, known: Option<&mut Vec<usize>>) -> String {
    let lines: Vec<Vec<&str>> = text.split('\n').map(|line| line.split('\t').collect()).collect();
    let (widths, out) = (Vec::new(), String::new());
    let mut aligner = Aligner { lines, least, padding, known, widths, out };
    aligner.format(0, aligner.lines.len());
    // The text after the last line break is no line of its own.
    aligner.out.pop();
    aligner.out
}

struct Aligner<'a> {
    lines: Vec<Vec<&'a str>>,
    least: usize,
    padding: usize,
    /// The widest every column has been, when that counts.
    known: Option<&'a mut Vec<usize>>,
    /// Widths of the columns left of the one being looked at.
    widths: Vec<usize>,
    out: String,
}

impl Aligner<'_> {
    fn format(&mut self, mut start: usize, end: usize) {
        let column = self.widths.len();
        let mut line = start;
        while line < end {
            if !self.has(line, column) {
                line += 1;
                continue;
            }
            self.write(start, line);
            start = line;
            while line < end && self.has(line, column) {
                line += 1;
            }
            let cells = self.lines[start..line].iter().map(|cells| cells[column].chars().count());
            let width = cells.max().unwrap_or(0) + self.padding;
            let mut width = width.max(self.least);
            if let Some(known) = &mut self.known {
                if known.len() <= column {
                    known.resize(column + 1, 0);
                }
                width = width.max(known[column]);
                known[column] = width;
            }
            self.widths.push(width);
            self.format(start, line);
            self.widths.pop();
            start = line;
        }
        self.write(start, end);
    }

    /// Whether the line has a cell in this column that a tab ends.
    fn has(&self, line: usize, column: usize) -> bool {
        column + 1 < self.lines[line].len()
    }

    fn write(&mut self, start: usize, end: usize) {
        for cells in &self.lines[start..end] {
            for (index, cell) in cells.iter().enumerate() {
                self.out.push_str(cell);
                if let Some(width) = self.widths.get(index) {
                    let blanks = width.saturating_sub(cell.chars().count());
                    self.out.extend(std::iter::repeat_n(' ', blanks));
                }
            }
            self.out.push('\n');
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{align, align_on};

    #[test]
    fn columns_are_as_wide_as_their_widest_cell_until_a_line_breaks_them() {
        assert_eq!(align("a\tb\nlonger\tc\n", 0, 2), "a       b\nlonger  c\n");
        assert_eq!(align("a\tb\nno tab\nlonger\tc\n", 0, 2), "a  b\nno tab\nlonger  c\n");
        assert_eq!(align("A\tB\tC\nx\t\ty\n", 6, 3), "A     B     C\nx           y\n");
        assert_eq!(align("k:\tv\n\tw\n", 0, 2), "k:  v\n    w\n");
    }

    #[test]
    fn columns_keep_the_width_they_had() {
        let mut known = Vec::new();
        assert_eq!(align_on(&mut known, "longer\ta\tb\n", 0, 2), "longer  a  b\n");
        assert_eq!(align_on(&mut known, "x\tlong\tb\n", 0, 2), "x       long  b\n");
        assert_eq!(align_on(&mut known, "x\ty\tb\n", 0, 2), "x       y     b\n");
    }
}
