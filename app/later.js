// The later part of the program: what a first visit does without (`cargo xtask build` splits it
// off). It is fetched when a person first reaches for something; should a function of it be called
// before it is there, the program waits for it.

const LATER = new URL('./__LATER__', import.meta.url);
let laterIsHere = false;

function laterLoad() {
  if (laterIsHere) return;
  const bytes = laterBytes();
  laterIsHere = true;
  new WebAssembly.Instance(new WebAssembly.Module(bytes), { first: wasm });
}

function laterBytes() {
  const request = new XMLHttpRequest();
  request.open('GET', LATER, false);
  // A synchronous request gives no bytes, but this encoding keeps each of them.
  request.overrideMimeType('text/plain; charset=x-user-defined');
  try {
    request.send();
    if (request.status >= 400) throw new Error(`status ${request.status}`);
  } catch (error) {
    const note = document.createElement('pre');
    note.setAttribute('role', 'alert');
    note.className = 'fault';
    note.textContent =
      `A part of Rollscope could not be fetched: ${LATER}\n${error.message}\n\n` +
      'Check the connection, then reload the page.';
    document.body.append(note);
    throw error;
  }
  return Uint8Array.from(request.responseText, (character) => character.charCodeAt(0) & 0xff);
}

async function laterFetch() {
  const response = await fetch(LATER);
  if (!response.ok) return;
  const module = await WebAssembly.compile(await response.arrayBuffer());
  if (laterIsHere) return;
  laterIsHere = true;
  new WebAssembly.Instance(module, { first: wasm });
}

{
  const signs = ['pointermove', 'pointerdown', 'keydown', 'focusin'];
  const reach = () => {
    for (const sign of signs) removeEventListener(sign, reach, true);
    // Without it, whatever needs the later part asks again.
    laterFetch().catch(() => {});
  };
  for (const sign of signs) addEventListener(sign, reach, { capture: true, passive: true });
}
