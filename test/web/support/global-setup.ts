import { chromium } from 'playwright-core';
import { build } from 'vite';
import type { TestProject } from 'vitest/node';
import { findChromium } from './chromium.ts';

declare module 'vitest' {
  interface ProvidedContext {
    /** The address of the Chromium that all test files share. Each page is a visitor of their own. */
    chromium: string;
  }
}

/** What Chromium leaves out. This list takes the place of Playwright's own, so that the first ones are from there. */
const WITHOUT = [
  'AvoidUnnecessaryBeforeUnloadCheckSync',
  'DestroyProfileOnBrowserClose',
  'HttpsFirstBalancedModeAutoEnable',
  'HttpsUpgrades',
  'MediaRouter',
  'OptimizationHints',
  'PaintHolding',
  'ThirdPartyStoragePartitioning',
  // Two pages of the address bar, in each new window. They took 0.6 s of processor time, twice as much as the page under test.
  'WebUIOmniboxAimPopup',
  'WebUIOmniboxPopup',
];

/** Also in a container, where Chromium's sandbox and /dev/shm may be missing. */
const FLAGS = [
  '--no-sandbox',
  '--disable-dev-shm-usage',
  '--disable-quic',
  '--disable-background-networking',
  `--disable-features=${WITHOUT.join(',')}`,
];

/** Builds the pages, since the tests look at them as they are shipped, and starts the machine's Chromium. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('No Chromium on this machine');
  await build({ root: 'src/web', configFile: 'src/web/vite.config.ts', logLevel: 'warn' });
  const server = await chromium.launchServer({ executablePath, args: FLAGS, host: '127.0.0.1' });
  project.provide('chromium', server.wsEndpoint());
  return () => server.close();
}
