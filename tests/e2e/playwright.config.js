// End-to-end tests of the built page (dist/) in the system's Chromium; what a person does from day to
// day in its Firefox as well.

import { defineConfig } from '@playwright/test';

// Another one for each run, so that two do not meet; the workers inherit it.
const PORT = (process.env.ROLLSCOPE_E2E_PORT ??= String(8800 + (process.pid % 1000)));

const FLOWS = /(main-job|scenarios|panes|terminal|texts|charts|editor|preflight|fault)\.spec\.js/;

export default defineConfig({
  testDir: '.',
  testMatch: '**/*.spec.js',
  forbidOnly: Boolean(process.env.CI),
  fullyParallel: true,
  workers: 2,
  retries: 0,
  timeout: 30_000,
  reporter: [['list'], ['./closing-line-reporter.mjs']],
  use: {
    baseURL: `http://127.0.0.1:${PORT}/`,
    viewport: { width: 1280, height: 800 },
    trace: 'retain-on-failure',
  },
  projects: [
    {
      name: 'chromium',
      use: {
        launchOptions: {
          executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
          // The rest keeps a browser on a closed network from looking for its maker's hosts.
          args: [
            '--no-sandbox',
            '--disable-gpu',
            '--disable-quic',
            '--no-first-run',
            '--disable-background-networking',
            '--disable-component-update',
            '--disable-sync',
            '--disable-dev-shm-usage',
          ],
        },
      },
    },
    {
      // The system's own, driven as any page's browser is.
      name: 'firefox',
      testMatch: FLOWS,
      use: {
        browserName: 'firefox',
        channel: 'moz-firefox',
        launchOptions: { executablePath: process.env.FIREFOX ?? '/usr/bin/firefox-esr' },
      },
    },
  ],
  webServer: {
    command: `node serve.mjs ${PORT}`,
    url: `http://127.0.0.1:${PORT}/`,
    reuseExistingServer: false,
    timeout: 10_000,
  },
});
