//! Which data the later module brings: what only its functions can reach.
//!
//! A function reaches a piece of data by an address in its code, or by an address that stands in a
//! piece it reaches. The linker's map says where pieces begin and end (see [`super::map`]). The first
//! module leaves holes where the other pieces lie, which the later one fills when it is made.

use std::collections::BTreeSet;
use std::ops::Range;

use wasm_encoder::{ConstExpr, DataSection, SectionId};
use wasmparser::{BinaryReader, DataKind, DataSectionReader, FunctionBody, Operator};

use super::map;
use super::module::{Module, unreadable};
use crate::shell::Outcome;

/// A loop over a table may count from just before it.
const BEFORE: u32 = 16;
/// A piece so long without a zero is a text, which is read from its beginning.
const LONG: usize = 64;
/// Shorter stretches stay: a segment of its own would weigh more.
const SHORT: usize = 24;

/// A stretch of memory that the module fills.
struct Segment<'a> {
    start: u32,
    bytes: &'a [u8],
}

impl Segment<'_> {
    fn byte(&self, address: u32) -> Option<u8> {
        self.bytes.get(address.checked_sub(self.start)? as usize).copied()
    }
}

/// The data of the first module, whose functions are those that `stay`, and of the later one.
pub(super) fn divide(
    module: &Module<'_>,
    stay: &BTreeSet<u32>,
    link_map: &str,
) -> Outcome<[DataSection; 2]> {
    let segments = segments(module)?;
    let byte = |address| {
        let after = segments.partition_point(|segment| segment.start <= address);
        segments[..after].last().and_then(|segment| segment.byte(address)).unwrap_or(0)
    };
    let pieces = map::pieces(link_map, byte);
    if segments.iter().any(|segment| !pieces.iter().any(|piece| piece.contains(&segment.start))) {
        return Err("the linker's map is not that of this program".to_owned());
    }
    let is_text = |piece: &Range<u32>| piece.len() >= LONG && piece.clone().all(|at| byte(at) != 0);
    let mut reached = Reached {
        pieces: &pieces,
        is_text: pieces.iter().map(is_text).collect(),
        is_kept: vec![false; pieces.len()],
        new: Vec::new(),
    };
    for (function, body) in module.defined() {
        if stay.contains(&function) {
            addresses(body, |address| reached.take(address))?;
        }
    }
    while let Some(piece) = reached.new.pop() {
        let Range { start, end } = pieces[piece].clone();
        for word in (start.next_multiple_of(4)..end.saturating_sub(3)).step_by(4) {
            reached.take_word(u32::from_le_bytes([0, 1, 2, 3].map(|at| byte(word + at))));
        }
    }
    let goes: Vec<Range<u32>> = pieces
        .iter()
        .zip(&reached.is_kept)
        .filter(|(_, is_kept)| !**is_kept)
        .map(|(piece, _)| piece.clone())
        .collect();
    Ok(sections(&segments, &goes))
}

fn segments<'a>(module: &Module<'a>) -> Outcome<Vec<Segment<'a>>> {
    let section = module.section(SectionId::Data).unwrap_or(&[0]);
    let mut segments = Vec::new();
    let reader = DataSectionReader::new(BinaryReader::new(section, 0)).map_err(unreadable)?;
    for segment in reader {
        let segment = segment.map_err(unreadable)?;
        let DataKind::Active { memory_index: 0, offset_expr } = segment.kind else {
            return Err("the module has data that is not simply there".to_owned());
        };
        let mut offset = offset_expr.get_operators_reader();
        let Operator::I32Const { value } = offset.read().map_err(unreadable)? else {
            return Err("the module has data without a fixed place".to_owned());
        };
        segments.push(Segment { start: value.cast_unsigned(), bytes: segment.data });
    }
    segments.sort_by_key(|segment| segment.start);
    Ok(segments)
}

/// Pieces that can be reached.
struct Reached<'a> {
    pieces: &'a [Range<u32>],
    is_text: Vec<bool>,
    is_kept: Vec<bool>,
    /// Those whose own addresses have not been looked at.
    new: Vec<usize>,
}

impl Reached<'_> {
    /// Takes in an address, or a number that may be one.
    fn take(&mut self, address: u32) {
        self.take_if(address, |piece, is_text| !is_text || piece.start <= address);
    }

    /// Takes in four bytes of data that may be an address. They may as well be of a table of small
    /// numbers, so of texts, which data names by their beginning, only that counts.
    fn take_word(&mut self, word: u32) {
        self.take_if(word, |piece, is_text| !is_text || piece.start == word);
    }

    fn take_if(&mut self, address: u32, is_meant: impl Fn(&Range<u32>, bool) -> bool) {
        // Up to the piece's end: a loop may count to there.
        let from = self.pieces.partition_point(|piece| piece.end < address);
        for (index, piece) in self.pieces.iter().enumerate().skip(from) {
            if piece.start > address.saturating_add(BEFORE) {
                break;
            }
            if !self.is_kept[index] && is_meant(piece, self.is_text[index]) {
                self.is_kept[index] = true;
                self.new.push(index);
            }
        }
    }
}

/// Every number in a function's code that may be an address.
fn addresses(body: &FunctionBody<'_>, mut take: impl FnMut(u32)) -> Outcome {
    for operator in body.get_operators_reader().map_err(unreadable)? {
        match operator.map_err(unreadable)? {
            Operator::I32Const { value } => take(value.cast_unsigned()),
            Operator::I64Const { value } => {
                let (low, high) = (value & i64::from(u32::MAX), value >> 32);
                take(u32::try_from(low).map_err(unreadable)?);
                take(u32::try_from(high & i64::from(u32::MAX)).map_err(unreadable)?);
            }
            Operator::I32Load { memarg }
            | Operator::I64Load { memarg }
            | Operator::F32Load { memarg }
            | Operator::F64Load { memarg }
            | Operator::I32Load8S { memarg }
            | Operator::I32Load8U { memarg }
            | Operator::I32Load16S { memarg }
            | Operator::I32Load16U { memarg }
            | Operator::I64Load8S { memarg }
            | Operator::I64Load8U { memarg }
            | Operator::I64Load16S { memarg }
            | Operator::I64Load16U { memarg }
            | Operator::I64Load32S { memarg }
            | Operator::I64Load32U { memarg }
            | Operator::I32Store { memarg }
            | Operator::I64Store { memarg }
            | Operator::F32Store { memarg }
            | Operator::F64Store { memarg }
            | Operator::I32Store8 { memarg }
            | Operator::I32Store16 { memarg }
            | Operator::I64Store8 { memarg }
            | Operator::I64Store16 { memarg }
            | Operator::I64Store32 { memarg } => {
                take(u32::try_from(memarg.offset).map_err(unreadable)?);
            }
            Operator::V128Load { .. } | Operator::V128Store { .. } | Operator::V128Const { .. } => {
                return Err("the module has vectors, whose addresses are not looked for".to_owned());
            }
            _ => {}
        }
    }
    Ok(())
}

/// The segments without the pieces that go, and these.
fn sections(segments: &[Segment<'_>], goes: &[Range<u32>]) -> [DataSection; 2] {
    let (mut first, mut later) = (DataSection::new(), DataSection::new());
    let add = |section: &mut DataSection, start: u32, bytes: &[u8]| {
        if !bytes.is_empty() {
            section.active(0, &ConstExpr::i32_const(start.cast_signed()), bytes.iter().copied());
        }
    };
    for segment in segments {
        let end = segment.start + super::module::count(segment.bytes.len());
        let within = |range: Range<u32>| {
            &segment.bytes
                [(range.start - segment.start) as usize..(range.end - segment.start) as usize]
        };
        let mut kept_from = segment.start;
        for run in runs(goes, segment.start..end) {
            if run.len() < SHORT {
                continue;
            }
            add(&mut first, kept_from, within(kept_from..run.start));
            kept_from = run.end;
            add(&mut later, run.start, within(run));
        }
        add(&mut first, kept_from, within(kept_from..end));
    }
    [first, later]
}

/// The stretches of a segment that go: neighbours are one, with the gap that alignment leaves.
fn runs(goes: &[Range<u32>], segment: Range<u32>) -> Vec<Range<u32>> {
    const ALIGNMENT: u32 = 8;
    let mut runs: Vec<Range<u32>> = Vec::new();
    for piece in goes {
        let piece = piece.start.max(segment.start)..piece.end.min(segment.end);
        if piece.is_empty() {
            continue;
        }
        match runs.last_mut() {
            Some(last) if piece.start == last.end => last.end = piece.end,
            Some(last) if piece.start - last.end < ALIGNMENT && piece.start % ALIGNMENT == 0 => {
                last.end = piece.end;
            }
            _ => runs.push(piece),
        }
    }
    runs
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{
        CodeSection, Function, FunctionSection, Instruction, MemorySection, MemoryType, TypeSection,
    };

    use super::*;

    const MAP: &str = "  - 3 4 DATA
  40 1 4 a.o:(.rodata.text_of_the_first)
  60 1 8 a.o:(.rodata.table_of_the_first)
  80 1 20 a.o:(.rodata.text_in_the_table)
  100 1 20 a.o:(.rodata.text_of_the_later)
  -  1 4 CODE
";

    /// Function 0 reads what is at 0x40 and 0x60, function 1 what is at 0x100.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut functions = FunctionSection::new();
        functions.function(0).function(0);
        let mut memories = MemorySection::new();
        memories.memory(MemoryType {
            minimum: 1,
            maximum: None,
            memory64: false,
            shared: false,
            page_size_log2: None,
        });
        let mut code = CodeSection::new();
        for addresses in [&[0x40, 0x60][..], &[0x100]] {
            let mut function = Function::new([]);
            for address in addresses {
                function.instruction(&Instruction::I32Const(*address));
                function.instruction(&Instruction::Drop);
            }
            function.instruction(&Instruction::End);
            code.function(&function);
        }
        let mut bytes = vec![b'1'; 0xe0];
        bytes[0x20..0x28].copy_from_slice(&[7, 0, 0, 0, 0x84, 0, 0, 0]);
        let mut data = DataSection::new();
        data.active(0, &ConstExpr::i32_const(0x40), bytes);
        let mut module = wasm_encoder::Module::new();
        module.section(&types).section(&functions).section(&memories).section(&code).section(&data);
        module.finish()
    }

    #[test]
    fn what_only_later_functions_reach_leaves_a_hole_that_the_later_module_fills() {
        let bytes = module();
        let module = Module::read(&bytes).expect("it is plain");
        let lengths = |stay: &[u32]| {
            let stay = stay.iter().copied().collect();
            let [first, later] = divide(&module, &stay, MAP).expect("it can be divided");
            (first.len(), later.len())
        };
        // Up to the text of the later function, and that text.
        assert_eq!(lengths(&[0]), (1, 1));
        assert_eq!(lengths(&[0, 1]), (1, 0));
        // The table's text goes with the table; what is shorter than a segment stays.
        assert_eq!(lengths(&[1]), (2, 1));
        assert!(divide(&module, &BTreeSet::new(), "  - 3 4 DATA\n").is_err());
    }
}
