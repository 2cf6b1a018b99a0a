// The editor proper: CodeMirror, dressed and wired for manifests. Built into one file by
// xtask/node/bundle-editor.mjs and fetched once the stage has been painted; until then, and where it
// cannot be had, the page's text area serves. Knows nothing of Kubernetes: problems, completions and
// explanations are asked of the program.

import { acceptCompletion, autocompletion, closeBrackets, closeBracketsKeymap, completionKeymap } from '@codemirror/autocomplete';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, codeFolding, foldGutter, foldKeymap, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, nextDiagnostic, openLintPanel, previousDiagnostic, setDiagnostics } from '@codemirror/lint';
import { search, searchKeymap } from '@codemirror/search';
import { Annotation, EditorState, Prec } from '@codemirror/state';
import { EditorView, drawSelection, highlightActiveLine, highlightActiveLineGutter, hoverTooltip, keymap, lineNumbers, tooltips } from '@codemirror/view';

import { complete, explain } from './assist.mjs';
import { applyFirstFix, diagnosticsOf } from './problems.mjs';
import { highlighting, theme } from './theme.mjs';

// Marks what the program itself has written, which it need not be told.
const written = Annotation.define();

// For a moment Tab does not indent: who works with the keyboard alone must get out.
function leaveWithTab(view) {
  view.setTabFocusMode(2000);
  return false;
}

// A new line begins where the fields of this one do, or below them when it opens something.
function breakLine(view) {
  const { state } = view;
  const { head, empty } = state.selection.main;
  const line = state.doc.lineAt(head);
  const before = line.text.slice(0, head - line.from);
  if (!empty || state.selection.ranges.length > 1 || before.trim() === '' || before.trimStart().startsWith('#')) return false;
  const margin = before.match(/^ *(?:- +)*/)[0].length;
  const opens = /:(?: +(?:[|>][-+]?|#.*))? *$/.test(before);
  const insert = `\n${' '.repeat(margin + (opens ? 2 : 0))}`;
  view.dispatch({
    changes: { from: head, insert },
    selection: { anchor: head + insert.length },
    scrollIntoView: true,
    userEvent: 'input',
  });
  return true;
}

function extensions(calls) {
  const act = (run) => () => {
    run();
    return true;
  };
  return [
    Prec.highest(
      keymap.of([
        { key: 'Mod-Enter', run: act(calls.apply) },
        { key: 'Escape', run: leaveWithTab },
      ]),
    ),
    lineNumbers(),
    foldGutter({ openText: '▾', closedText: '▸' }),
    codeFolding({ placeholderText: '…' }),
    lintGutter(),
    history(),
    drawSelection(),
    bracketMatching(),
    closeBrackets(),
    highlightActiveLine(),
    highlightActiveLineGutter(),
    search({ top: true }),
    yaml(),
    indentUnit.of('  '),
    EditorState.tabSize.of(2),
    syntaxHighlighting(highlighting),
    theme,
    tooltips({ parent: document.body, position: 'fixed' }),
    autocompletion({ override: [complete(calls)], icons: false, maxRenderedOptions: 60 }),
    hoverTooltip(explain(calls), { hoverTime: 350 }),
    EditorView.contentAttributes.of({
      tabindex: '0',
      'aria-label': 'Manifest, YAML',
      'aria-description': 'Escape, then Tab leaves the editor.',
      spellcheck: 'false',
      autocapitalize: 'off',
      autocorrect: 'off',
    }),
    // The page takes in files that are dropped.
    EditorView.domEventHandlers({ drop: (event) => event.dataTransfer?.files.length > 0 }),
    EditorView.updateListener.of((update) => {
      const own = update.transactions.some((each) => each.annotation(written));
      if (update.docChanged && !own) calls.changed(update.state.doc.toString());
    }),
    keymap.of([
      { key: 'F8', run: nextDiagnostic, preventDefault: true },
      { key: 'Shift-F8', run: previousDiagnostic, preventDefault: true },
      { key: 'Mod-Shift-m', run: openLintPanel, preventDefault: true },
      { key: 'Mod-.', run: applyFirstFix, preventDefault: true },
      { key: 'Tab', run: acceptCompletion },
      ...closeBracketsKeymap,
      ...completionKeymap,
      ...searchKeymap,
      ...historyKeymap,
      ...foldKeymap,
      indentWithTab,
      { key: 'Enter', run: breakLine },
      ...defaultKeymap,
    ]),
  ];
}

// What the program may do with an editor. Offsets count UTF-16 units.
class Editor {
  #view;
  #extensions;
  #file = null;
  // The state of each file that is not shown: its text, selection and history.
  #states = new Map();

  constructor(host, calls) {
    this.#extensions = extensions(calls);
    this.#view = new EditorView({ parent: host, state: this.#fresh('') });
  }

  #fresh(doc) {
    return EditorState.create({ doc, extensions: this.#extensions });
  }

  // Shows a file; its text wins over what was remembered of it.
  open(file, text) {
    const view = this.#view;
    if (file !== this.#file) {
      if (this.#file !== null) this.#states.set(this.#file, view.state);
      view.setState(this.#states.get(file) ?? this.#fresh(text));
      this.#states.delete(file);
      this.#file = file;
    }
    const old = view.state.doc.toString();
    if (old === text) return;
    view.dispatch({ changes: difference(old, text), annotations: written.of(true) });
  }

  // A file is called otherwise from now on.
  rename(from, to) {
    if (this.#file === from) this.#file = to;
    if (this.#states.has(from)) this.#states.set(to, this.#states.get(from));
    this.#states.delete(from);
  }

  // Marks problems: for each where it begins and ends, whether it is a warning, what it says, and
  // what could stand there instead.
  show(...problems) {
    const found = diagnosticsOf(this.#view.state.doc.length, problems);
    this.#view.dispatch(setDiagnostics(this.#view.state, found));
  }

  // Puts text in place of other text, as a person would.
  replace(from, to, insert) {
    const { length } = this.#view.state.doc;
    if (to > length) return;
    this.#view.dispatch({ changes: { from, to, insert }, userEvent: 'input' });
  }

  goTo(from, to) {
    const { length } = this.#view.state.doc;
    const selection = { anchor: Math.min(from, length), head: Math.min(to, length) };
    this.#view.dispatch({ selection, effects: EditorView.scrollIntoView(selection.anchor, { y: 'center' }) });
    this.#view.focus();
  }
}

// The shortest stretch that turns one text into the other, so that selections outside of it stay.
function difference(old, text) {
  const most = Math.min(old.length, text.length);
  let head = 0;
  while (head < most && old[head] === text[head]) head += 1;
  let tail = 0;
  while (tail < most - head && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  return { from: head, to: old.length - tail, insert: text.slice(head, text.length - tail) };
}

globalThis.rollscopeEditor = (host, calls) => new Editor(host, calls);
