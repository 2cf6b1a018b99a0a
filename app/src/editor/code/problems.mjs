// Problems as the editor marks them, and their fixes.

import { forEachDiagnostic } from '@codemirror/lint';

const FIELDS = 5;

// From the program's list: from, to, whether it is a warning, the sentence, the suggestion or ''.
export function diagnosticsOf(length, problems) {
  const found = [];
  for (let at = 0; at + FIELDS <= problems.length; at += FIELDS) {
    const [from, to, isWarning, message, suggestion] = problems.slice(at, at + FIELDS);
    const start = Math.min(from, length);
    found.push({
      from: start,
      to: Math.max(start, Math.min(to, length)),
      severity: isWarning ? 'warning' : 'error',
      message,
      actions: suggestion === '' ? [] : [fix(suggestion)],
    });
  }
  return found;
}

function fix(suggestion) {
  return {
    name: `Change to ${suggestion}`,
    apply: (view, from, to) => view.dispatch({ changes: { from, to, insert: suggestion }, userEvent: 'input' }),
  };
}

// Applies the first fix offered for what stands at the cursor, or else on its line.
export function applyFirstFix(view) {
  const { head } = view.state.selection.main;
  const line = view.state.doc.lineAt(head);
  let best = null;
  forEachDiagnostic(view.state, (diagnostic, from, to) => {
    if (!diagnostic.actions?.length || from > line.to || to < line.from) return;
    const distance = head < from ? from - head : Math.max(0, head - to);
    if (best === null || distance < best.distance) best = { distance, diagnostic, from, to };
  });
  if (best === null) return false;
  best.diagnostic.actions[0].apply(view, best.from, best.to);
  return true;
}
