// The editor, as tests write and read it. It shows only the lines in sight, so a whole text goes the
// way of the clipboard.

/** Where a manifest is typed, once the editor has taken the text area's place. */
export const editor = (page) =>
  page.getByRole('textbox', { name: 'Manifest, YAML' }).and(page.locator('[contenteditable]'));

async function select(page) {
  await editor(page).focus();
  await page.keyboard.press('ControlOrMeta+a');
}

/** Puts a text in place of what stands there. */
export async function write(page, text) {
  await select(page);
  await editor(page).evaluate((node, text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData('text/plain', text);
    node.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** All of the text. */
export async function read(page) {
  await select(page);
  return editor(page).evaluate((node) => {
    const clipboardData = new DataTransfer();
    node.dispatchEvent(new ClipboardEvent('copy', { clipboardData, bubbles: true, cancelable: true }));
    return clipboardData.getData('text/plain');
  });
}
