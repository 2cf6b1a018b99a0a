// Style sheets that are built, not written into the page, so that a strict content security policy
// has nothing to forbid. Stands in for the package `style-mod`, which CodeMirror mounts styles with.

import { StyleModule as Base } from 'style-mod-itself';

const mounted = new Map();

function sheetOf(module) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(module.getRules());
  return sheet;
}

export class StyleModule extends Base {
  // Later modules take precedence.
  static mount(root, modules) {
    const wanted = Array.isArray(modules) ? modules : [modules];
    const sheets = mounted.get(root) ?? new Map();
    mounted.set(root, sheets);
    if (wanted.every((module) => sheets.has(module))) return;
    const others = root.adoptedStyleSheets.filter((sheet) => ![...sheets.values()].includes(sheet));
    for (const module of wanted) {
      const sheet = sheets.get(module) ?? sheetOf(module);
      sheets.delete(module);
      sheets.set(module, sheet);
    }
    root.adoptedStyleSheets = [...others, ...sheets.values()];
  }
}
