// The editor, as tests write and read it. It shows only the lines in sight, so a whole text is read
// where the file is downloaded.

/** Where a manifest is typed, once the editor has taken the text area's place. */
export const editor = (page) =>
  page.getByRole('textbox', { name: 'Manifest, YAML' }).and(page.locator('[contenteditable]'));

/** Puts a text in place of what stands there. */
export async function write(page, text) {
  await editor(page).focus();
  await page.keyboard.press('ControlOrMeta+a');
  await page.keyboard.press('Delete');
  await page.keyboard.insertText(text);
}

/** All of the text. */
export async function read(page) {
  const menu = page.getByLabel('File actions');
  await menu.click();
  const address = await page.getByRole('link', { name: 'Download', exact: true }).getAttribute('href');
  await menu.click();
  return decodeURIComponent(address.replace(/^[^,]*,/, ''));
}
