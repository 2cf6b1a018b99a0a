// How the editor looks: the page's own tokens, so that it follows the page's theme by itself.

import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

const mix = (token, share) => `color-mix(in srgb, var(${token}) ${share}%, var(--ink))`;

// Colour means versions and failures on this page, so it is spent sparingly here.
export const highlighting = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--ink)', fontWeight: '600' },
  { tag: [tags.string, tags.special(tags.string), tags.content], color: mix('--v1', 55) },
  { tag: [tags.comment, tags.lineComment], color: 'var(--muted)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.typeName, tags.labelName, tags.keyword], color: mix('--v4', 65) },
  { tag: [tags.separator, tags.punctuation, tags.bracket], color: 'var(--muted)' },
]);

const wave = (token) => ({
  backgroundImage: 'none',
  textDecoration: `underline wavy var(${token})`,
  textDecorationThickness: '1px',
  textUnderlineOffset: '3px',
  paddingBottom: '0',
});

const floating = {
  border: '1px solid var(--line-strong)',
  borderRadius: '6px',
  background: 'var(--raised)',
  color: 'var(--ink)',
  boxShadow: 'var(--float)',
};

export const theme = EditorView.theme({
  '&': { height: '100%', color: 'var(--ink)', background: 'none' },
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused::after': {
    content: '""', position: 'absolute', inset: '0', zIndex: '300', pointerEvents: 'none',
    outline: '2px solid var(--ink)', outlineOffset: '-2px',
  },
  '.cm-content:focus-visible': { outline: 'none' },
  '.cm-scroller': { font: '12px/18px var(--mono)', overflow: 'auto' },
  '.cm-content': { padding: '8px 0', caretColor: 'var(--ink)' },
  '.cm-line': { padding: '0 12px 0 4px' },
  '.cm-cursor, .cm-dropCursor': { borderLeftColor: 'var(--ink)', borderLeftWidth: '2px' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground, .cm-content ::selection':
    { background: 'color-mix(in srgb, var(--v1) 26%, transparent)' },
  '.cm-activeLine': { background: 'none' },
  '&.cm-focused .cm-activeLine': { background: 'color-mix(in srgb, var(--hover) 55%, transparent)' },
  '.cm-matchingBracket, &.cm-focused .cm-matchingBracket': { background: 'none', outline: '1px solid var(--line-strong)' },
  '.cm-nonmatchingBracket, &.cm-focused .cm-nonmatchingBracket': { background: 'none', color: 'var(--fail)' },
  '.cm-gutters': { background: 'var(--panel)', color: 'var(--muted)', border: '0' },
  '.cm-lineNumbers .cm-gutterElement': { minWidth: '28px', padding: '0 2px 0 4px' },
  '.cm-activeLineGutter': { background: 'none' },
  '&.cm-focused .cm-activeLineGutter': { color: 'var(--ink)' },
  '.cm-foldGutter .cm-gutterElement': { width: '12px', padding: '0', textAlign: 'center', cursor: 'pointer' },
  '.cm-foldPlaceholder': {
    margin: '0 4px', padding: '0 6px', border: '1px solid var(--line-strong)', borderRadius: '4px',
    background: 'var(--hover)', color: 'var(--muted)',
  },
  '.cm-gutter-lint': { width: '14px' },
  '.cm-gutter-lint .cm-gutterElement': { padding: '0 0 0 2px' },
  '.cm-lint-marker': { width: '12px', height: '18px', textAlign: 'center', fontWeight: '700', cursor: 'default' },
  '.cm-lint-marker-error': { content: 'none', color: 'var(--fail)' },
  '.cm-lint-marker-error::after': { content: '"✕"' },
  '.cm-lint-marker-warning': { content: 'none', color: 'var(--muted)' },
  '.cm-lint-marker-warning::after': { content: '"!"' },
  '.cm-lintRange-error': wave('--fail'),
  '.cm-lintRange-warning': wave('--muted'),
  '.cm-lintRange-active': { background: 'var(--fail-ground)' },
  '.cm-lintPoint::after': { borderBottomColor: 'var(--fail)' },
  '.cm-tooltip': { ...floating, zIndex: '8', maxWidth: 'min(440px, calc(100vw - 24px))' },
  '.cm-tooltip .cm-tooltip-arrow::before, .cm-tooltip .cm-tooltip-arrow::after': { display: 'none' },
  '.cm-tooltip-lint': { padding: '4px 0' },
  '.cm-diagnostic': { padding: '4px 12px', border: '0', font: '13px/20px var(--sans)', whiteSpace: 'pre-wrap', overflowWrap: 'anywhere' },
  '.cm-diagnostic-error': { borderLeft: '3px solid var(--fail)' },
  '.cm-diagnostic-warning': { borderLeft: '3px solid var(--muted)' },
  '.cm-diagnosticAction': {
    display: 'inline-block', margin: '4px 8px 0 0', padding: '2px 8px', font: '13px/20px var(--sans)',
    border: '1px solid var(--line-strong)', borderRadius: '6px', background: 'var(--panel)', color: 'var(--ink)',
  },
  '.cm-diagnosticAction:hover': { background: 'var(--hover)' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul': { font: '12px/18px var(--mono)', maxHeight: '220px', minWidth: '200px' },
  '.cm-tooltip.cm-tooltip-autocomplete > ul > li': { display: 'flex', gap: '12px', padding: '3px 8px', lineHeight: '18px' },
  '.cm-tooltip-autocomplete ul li[aria-selected]': { background: 'var(--ink)', color: 'var(--bg)' },
  '.cm-completionMatchedText': { textDecoration: 'none', fontWeight: '700' },
  '.cm-completionDetail': { marginLeft: 'auto', fontStyle: 'normal', color: 'var(--muted)' },
  'li[aria-selected] .cm-completionDetail': { color: 'inherit' },
  '.cm-tooltip.cm-completionInfo': { ...floating, padding: '8px 12px', width: 'max-content', maxWidth: 'min(320px, 60vw)' },
  '.cm-explain': { padding: '8px 12px' },
  '.cm-explain span': { color: 'var(--muted)' },
  '.cm-about': { margin: '0', font: '13px/20px var(--sans)', whiteSpace: 'pre-wrap' },
  '.cm-panels': { background: 'var(--panel)', color: 'var(--ink)', border: '0' },
  '.cm-panels.cm-panels-top': { borderBottom: '1px solid var(--line)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--line)' },
  '.cm-panel.cm-search': { display: 'flex', flexWrap: 'wrap', alignItems: 'center', gap: '4px 6px', padding: '6px 32px 6px 12px', font: '13px/20px var(--sans)' },
  '.cm-panel.cm-search br': { display: 'block', flexBasis: '100%', height: '0', content: '""' },
  '.cm-panel.cm-search label': { display: 'inline-flex', alignItems: 'center', gap: '4px', fontSize: '12px' },
  '.cm-panel.cm-search input, .cm-panel.cm-search button, .cm-panel.cm-search label': { margin: '0' },
  '.cm-panel.cm-search [name=close]': { top: '6px', right: '8px', fontSize: '15px' },
  '.cm-textfield': { flex: '1 1 120px', minWidth: '0', padding: '2px 6px', border: '1px solid var(--line-strong)', borderRadius: '6px', background: 'var(--raised)', color: 'inherit', font: '12px/20px var(--mono)' },
  '.cm-button': { padding: '2px 8px', border: '1px solid var(--line-strong)', borderRadius: '6px', background: 'var(--raised)', backgroundImage: 'none', color: 'inherit', font: '12px/20px var(--sans)' },
  '.cm-searchMatch': { background: 'none', outline: '1px solid var(--v2)' },
  '.cm-searchMatch-selected': { background: 'color-mix(in srgb, var(--v2) 35%, transparent)' },
  '.cm-panel.cm-panel-lint ul': { maxHeight: '120px' },
  '.cm-panel.cm-panel-lint ul [aria-selected]': { background: 'var(--hover)' },
});
