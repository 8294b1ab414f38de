import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  type BrowserContext,
  type BrowserContextOptions,
  chromium,
  errors,
  type Page,
} from 'playwright-core';
import { expect, inject, onTestFinished } from 'vitest';
import type { Role } from '../../../src/plugins/auth.ts';
import type { Service } from '../../support/service.ts';

/** The smallest window that the pages are made for. */
export const PHONE = { width: 360, height: 740 };

/** How long a page may take to show something. Generous, for a machine under load. */
export const PATIENCE_MS = 10_000;

interface OpenOptions extends BrowserContextOptions {
  /** Signs this user in, before the page opens. */
  user?: { userId?: string; role?: Role };
  language?: 'ko' | 'en';
}

export interface TestBrowser {
  /**
   * Opens a page of the service as a visitor of their own, with nothing shared, until the end of the test. The test fails if the page
   * breaks its security policy.
   */
  open(path: string, options?: OpenOptions): Promise<Page>;
  /** Fails if a script of a page failed, or was refused by the security policy. */
  expectNoFaults(): void;
  close(): Promise<void>;
}

/** Connects to the Chromium that all files share. */
export async function startBrowser(service: Pick<Service, 'origin' | 'token'>): Promise<TestBrowser> {
  const browser = await chromium.connect(inject('chromium'));
  const faults: string[] = [];

  async function open(path: string, { user, language = 'ko', ...options }: OpenOptions = {}): Promise<Page> {
    const context = await browser.newContext({
      baseURL: service.origin,
      locale: language === 'ko' ? 'ko-KR' : 'en-US',
      timezoneId: 'Asia/Seoul',
      reducedMotion: 'reduce',
      ...options,
    });
    // An open page takes processor time from the tests after it.
    onTestFinished(() => close(context));
    context.setDefaultTimeout(PATIENCE_MS);
    if (user) await signIn(context, path, service.token(user));
    const page = await context.newPage();
    page.on('pageerror', (error) => faults.push(`${path}: ${error.stack ?? error.message}`));
    page.on('console', (message) => {
      if (message.text().includes('Content Security Policy')) faults.push(`${path}: ${message.text()}`);
    });
    await page.goto(path);
    return page;
  }
  return {
    open,
    expectNoFaults: () => expect(faults.splice(0)).toEqual([]),
    close: () => browser.close(),
  };
}

async function close(context: BrowserContext): Promise<void> {
  // A handler of a route that is still at work would fail after its test.
  await Promise.all(
    [context, ...context.pages()].map((each) => each.unrouteAll({ behavior: 'ignoreErrors' })),
  );
  await context.close();
}

/** As a page of the same face would have left it. */
async function signIn(context: BrowserContext, path: string, token: string): Promise<void> {
  const face = path.startsWith('/console') ? 'console' : 'box-office';
  await context.addInitScript(
    ([face, token]) => {
      const store = face === 'console' ? sessionStorage : localStorage;
      // Once: a test that signs out stays so after a reload.
      if (store.getItem('test-signed-in')) return;
      store.setItem('test-signed-in', 'yes');
      store.setItem(`tiketi-token:${face}`, token as string);
    },
    [face, token],
  );
}

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface AxeResults {
  violations: {
    id: string;
    impact: string;
    help: string;
    nodes: { target: string[]; failureSummary: string }[];
  }[];
}

/** Fails if axe finds a serious or critical fault on the page as it is now. */
export async function expectAccessible(page: Page): Promise<void> {
  // Once for each document, since it takes 0.1 s of processor time.
  if (!(await page.evaluate("'axe' in globalThis"))) await page.evaluate(axe);
  const { violations } = await page.evaluate<AxeResults>(
    // The rules that need a preload are switched off by default.
    'axe.run(document, { resultTypes: ["violations"], preload: false })',
  );
  const serious = violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, help, nodes }) => ({
      id,
      help,
      at: nodes.map(({ target, failureSummary }) => `${target}: ${failureSummary}`),
    }));
  expect(serious).toEqual([]);
}

/** Fails if the page is wider than its window, so that a phone would scroll sideways. */
export async function expectToFit(page: Page): Promise<void> {
  const { scrollWidth, innerWidth } = await page.evaluate<{ scrollWidth: number; innerWidth: number }>(
    '({ scrollWidth: document.documentElement.scrollWidth, innerWidth })',
  );
  expect(scrollWidth).toBeLessThanOrEqual(innerWidth);
}

/**
 * Fails if the page is late three times in a row, for a bound that is a promise: a machine under load may stop a page for a second.
 *
 * @param see changes something, another thing at each attempt, and waits for it
 */
export async function inOneOfThree(see: (attempt: number) => Promise<void>): Promise<void> {
  for (let attempt = 0; attempt < 2; attempt++)
    try {
      return await see(attempt);
    } catch (error) {
      if (!(error instanceof errors.TimeoutError)) throw error;
    }
  await see(2);
}
