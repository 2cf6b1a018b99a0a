// Completions and explanations, as the program gives them.

import { startCompletion } from '@codemirror/autocomplete';

const FIELDS = 4;

// The program answers with where the word begins and how completions may go on, then for each
// completion its label, a note, what is said about it, and the text to insert.
export function complete(calls) {
  return (context) => {
    const [from, ...found] = calls.complete(context.state.doc.toString(), context.pos);
    if (found.length === 0 || (!context.explicit && from === context.pos && !afterKey(context))) return null;
    const options = [];
    for (let at = 0; at + FIELDS <= found.length; at += FIELDS) {
      const [label, detail, about, text] = found.slice(at, at + FIELDS);
      options.push({
        label,
        detail: detail || undefined,
        info: about ? () => paragraph(about) : undefined,
        apply: (view, completion, start, end) => insert(view, text, start, end),
        boost: -at,
      });
    }
    return { from, options, validFor: /^[\w./:-]*$/ };
  };
}

// Values are offered right behind their key; fields only once one has begun to type or asks.
function afterKey(context) {
  const line = context.state.doc.lineAt(context.pos);
  return /:\s$/.test(line.text.slice(0, context.pos - line.from));
}

function insert(view, text, from, to) {
  const end = from + text.length;
  view.dispatch({
    changes: { from, to, insert: text },
    selection: { anchor: end },
    userEvent: 'input.complete',
    scrollIntoView: true,
  });
  // A field that was just named wants its value.
  if (text.endsWith(': ')) startCompletion(view);
}

// The program answers with where the field's name begins and ends, its path, its type and what is
// said about it; or with nothing.
export function explain(calls) {
  return (view, pos) => {
    const [from, to, path, type, about] = calls.explain(view.state.doc.toString(), pos);
    if (path === undefined) return null;
    return {
      pos: from,
      end: to,
      above: true,
      create() {
        const dom = document.createElement('div');
        dom.className = 'cm-explain';
        const head = document.createElement('div');
        head.append(element('code', path), ' ', element('span', type));
        dom.append(head, paragraph(about));
        return { dom };
      },
    };
  };
}

function paragraph(text) {
  const dom = element('p', text);
  dom.className = 'cm-about';
  return dom;
}

function element(name, text) {
  const dom = document.createElement(name);
  dom.textContent = text;
  return dom;
}
