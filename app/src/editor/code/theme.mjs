// How the editor looks: the page's own tokens, so that it follows the page's theme by itself.

import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const mix = (token, share) => `color-mix(in srgb, var(${token}) ${share}%, var(--ink))`;

// Colour means versions and failures on this page, so it is spent sparingly here.
export const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ink)', fontWeight: 'var(--strong)' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: mix('--v1', 55) },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.typeName, tags.labelName, tags.keyword], color: mix('--v4', 65) },
  { tag: [tags.separator, tags.punctuation, tags.bracket], color: 'var(--muted)' },
]);

const wave = (token) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy var(${token})`,
  textDecorationThickness: 'var(--hairline)',
  textUnderlineOffset: 'var(--bar)',
  paddingBottom: '0',
});

const floating = {
  border: 'var(--border-strong)',
  borderRadius: 'var(--radius-m)',
  background: 'var(--raised)',
  color: 'var(--ink)',
  boxShadow: 'var(--elevation)',
};

export const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', background: 'none' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused::after': {
    content: '""', position: 'absolute', inset: '0', zIndex: 'var(--layer-editor)', pointerEvents: 'none',
    outline: 'var(--focus)', outlineOffset: 'calc(-1 * var(--ring))',
  },
  '.cm-content:focus-visible': { outline: 'none' },
  '.cm-scroller': { font: 'var(--text-s)/var(--leading-code) var(--mono)', overflow: 'auto' },
  '.cm-content': { padding: 'var(--space-2) 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 var(--space-3) 0 var(--space-1)' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: 'var(--ring)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection':
    { background: 'color-mix(in srgb, var(--v1) 26%, transparent)' },
  '.cm-activeLine': { background: 'none' },
  '&.cm-focused .cm-activeLine': { background: 'color-mix(in srgb, var(--hover) 55%, transparent)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { background: 'none', outline: 'var(--border-strong)' },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { background: 'none', color: 'var(--fail)' },
  '.cm-gutters': { background: 'var(--panel)', color: 'var(--muted)', border: '0' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: 'calc(2 * var(--glyph-l))', padding: '0 var(--space-half) 0 var(--space-1)' },
  '.cm-activeLineGutter': { background: 'none' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '.cm-foldGutter .cm-gutterElement': { width: 'var(--glyph)', padding: '0', textAlign: 'center', cursor: 'pointer' },
  '.cm-foldPlaceholder': {
    margin: '0 var(--space-1)', padding: '0 var(--space-2)', border: 'var(--border-strong)', borderRadius: 'var(--radius-s)',
    background: 'var(--hover)', color: 'var(--muted)',
  },
  '.cm-gutter-lint': { width: 'var(--glyph-l)' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0 0 0 var(--space-half)' },
  '.cm-lint-marker': { width: 'var(--glyph)', height: 'var(--leading-code)', textAlign: 'center', fontWeight: 'var(--heavy)', cursor: 'default' },
  '.cm-lint-marker-error': { content: 'none', color: 'var(--fail)' },
  '.cm-lint-marker-error::after': { content: '"✕"' },
  '.cm-lint-marker-warning': { content: 'none', color: 'var(--muted)' },
  '.cm-lint-marker-warning::after': { content: '"!"' },
  '.cm-lintRange-error': wave('--fail'),
  '.cm-lintRange-warning': wave('--muted'),
  '.cm-lintRange-active': { background: 'var(--fail-ground)' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--fail)' },
  '.cm-tooltip': { ...floating, zIndex: 'var(--layer-float)', maxWidth: 'min(var(--sheet-s), calc(100vw - var(--space-6)))' },
  '.cm-tooltip .cm-tooltip-arrow::before, .cm-tooltip .cm-tooltip-arrow::after': { display: 'none' },
  '.cm-tooltip-lint': { padding: 'var(--space-1) 0' },
  '.cm-diagnostic': { padding: 'var(--space-1) var(--space-3)', border: '0', font: 'var(--text-m)/var(--leading-m) var(--sans)', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeft: 'var(--bar) solid var(--fail)' },
  '.cm-diagnostic-warning': { borderLeft: 'var(--bar) solid var(--muted)' },
  '.cm-diagnosticAction': {
    display: 'inline-block', margin: 'var(--space-1) var(--space-2) 0 0', padding: 'var(--space-half) var(--space-2)', font: 'var(--text-m)/var(--leading-m) var(--sans)',
    border: 'var(--border-strong)', borderRadius: 'var(--radius-m)', background: 'var(--panel)', color: 'var(--ink)',
  },
  '.cm-diagnosticAction:hover': { background: 'var(--hover)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { font: 'var(--text-s)/var(--leading-code) var(--mono)', maxHeight: 'var(--list-tall)', minWidth: 'var(--float-s)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { display: 'flex', gap: 'var(--space-3)', padding: 'var(--space-1) var(--space-2)', lineHeight: 'var(--leading-code)' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--ink)', color: 'var(--bg)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: 'var(--heavy)' },
  '.cm-completionDetail': { marginLeft: 'auto', fontStyle: 'normal', color: 'var(--muted)' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-tooltip.cm-completionInfo': { ...floating, padding: 'var(--space-2) var(--space-3)', width: 'max-content', maxWidth: 'min(var(--float-l), 60vw)' },
  '.cm-explain': { padding: 'var(--space-2) var(--space-3)' },
  '.cm-explain span': { color: 'var(--muted)' },
  '.cm-about': { margin: '0', font: 'var(--text-m)/var(--leading-m) var(--sans)', whiteSpace: 'pre-wrap' },
  '.cm-panels': { background: 'var(--panel)', color: 'var(--ink)', border: '0' },
  '.cm-panels.cm-panels-top': { borderBottom: 'var(--border)' },
  '.cm-panels.cm-panels-bottom': { borderTop: 'var(--border)' },
  '.cm-panel.cm-search': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: 'var(--space-1) var(--space-2)', padding: 'var(--space-2) calc(2 * var(--space-4)) var(--space-2) var(--space-3)', font: 'var(--text-m)/var(--leading-m) var(--sans)' },
  '.cm-panel.cm-search br': { display: 'block', flexBasis: '100%', height: '0', content: '""' },
  '.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: 'var(--space-1)', fontSize: 'var(--text-s)' },
  '.cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label': { margin: '0' },
  '.cm-panel.cm-search [name=close]': { top: 'var(--space-2)', right: 'var(--space-2)', fontSize: 'var(--text-l)' },
  '.cm-textfield': { flex: '1 1 var(--column-2xl)', minWidth: '0', padding: 'var(--space-half) var(--space-2)', border: 'var(--border-strong)', borderRadius: 'var(--radius-m)', background: 'var(--raised)', color: 'inherit', font: 'var(--text-s)/var(--leading-m) var(--mono)' },
  '.cm-button': { padding: 'var(--space-half) var(--space-2)', border: 'var(--border-strong)', borderRadius: 'var(--radius-m)', background: 'var(--raised)', backgroundImage: 'none', color: 'inherit', font: 'var(--text-s)/var(--leading-m) var(--sans)' },
  '.cm-searchMatch': { background: 'none', outline: 'var(--hairline) solid var(--v2)' },
  '.cm-searchMatch-selected': { background: 'color-mix(in srgb, var(--v2) 35%, transparent)' },
  '.cm-panel.cm-panel-lint ul': { maxHeight: 'var(--list)' },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { background: 'var(--hover)' },
});
