//! The linker's map: where in memory each piece of the program's data lies.

use std::ops::Range;

/// The pieces that a map names, in order of their addresses. `data` reads memory as the program finds
/// it. What the linker merged is told apart by the zero that ends each text.
pub(super) fn pieces(map: &str, data: impl Fn(u32) -> u8) -> Vec<Range<u32>> {
    let lines = map.lines().skip_while(|line| !line.ends_with(" DATA"));
    let mut pieces = Vec::new();
    for line in lines.skip(1) {
        let mut words = line.split_whitespace();
        let mut number = || words.next().and_then(|word| u32::from_str_radix(word, 16).ok());
        // A section that is no data has no address.
        let Some(start) = number() else { break };
        let (Some(_), Some(size), Some(name)) = (number(), number(), words.next()) else {
            continue;
        };
        // Lines of input sections name a file and a section in it; others repeat or sum them up.
        if !name.contains(":(") || size == 0 {
            continue;
        }
        if name.starts_with("<internal>") {
            let mut from = start;
            for at in start..start + size {
                if data(at) == 0 {
                    pieces.push(from..at + 1);
                    from = at + 1;
                }
            }
            if from < start + size {
                pieces.push(from..start + size);
            }
        } else {
            pieces.push(start..start + size);
        }
    }
    pieces.sort_by_key(|piece| piece.start);
    pieces
}

#[cfg(test)]
mod tests {
    use super::pieces;

    #[test]
    fn input_sections_are_pieces_and_merged_texts_end_with_zero() {
        let map = "    Addr      Off     Size Out     In      Symbol
       -       23       12 CODE
       -       25       12         a.o:(f)
       -   3202be    8ce48 DATA
      40   3202bf       20 .rodata
      40   3202c9        6         <internal>:(.rodata)
      48   32d181       10         b.o:(.rodata.x)
      48   32d181       10                 a_symbol
       -   3ad106    9f155 CUSTOM(name)
      99   32d181       10         c.o:(.custom.x)
";
        let memory = b"ab\0cde";
        let found = pieces(map, |at| memory.get(at as usize - 0x40).copied().unwrap_or(0));
        assert_eq!(found, [0x40..0x43, 0x43..0x46, 0x48..0x58]);
    }
}
