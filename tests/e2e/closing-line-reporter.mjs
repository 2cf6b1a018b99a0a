// Ends the log with a line of its own that says how many tests ran: "3 passed, 0 failed".

export default class ClosingLineReporter {
  #suite;

  printsToStdio() {
    return false;
  }

  onBegin(_config, suite) {
    this.#suite = suite;
  }

  // After onEnd of all reporters, so that nothing is printed below.
  onExit() {
    const outcomes = (this.#suite?.allTests() ?? []).map((test) => test.outcome());
    const count = (...wanted) => outcomes.filter((outcome) => wanted.includes(outcome)).length;
    const skipped = count('skipped');
    const line = `${count('expected', 'flaky')} passed, ${count('unexpected')} failed`;
    console.log(skipped > 0 ? `${line}, ${skipped} skipped` : line);
  }
}
