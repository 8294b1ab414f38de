// `npm run screenshots` takes the pictures of the web pages that stand in docs/images/web: it starts `npm run demo` with data of its own
// and looks at a sale as a buyer and as an operator. Needs a Chromium, and a Korean font (Debian: fonts-noto-cjk).

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core';
import { createTiketiClient } from '../src/client/index.ts';
import { freePort } from '../src/embedded/process/supervised.ts';
import { findChromium } from '../test/web/support/chromium.ts';

const PROJECT = join(import.meta.dirname, '..');
const IMAGES = join(PROJECT, 'docs/images/web');

const desktop: BrowserContextOptions = { viewport: { width: 1280, height: 800 } };
const phone: BrowserContextOptions = { viewport: { width: 390, height: 780 }, deviceScaleFactor: 2 };
/** The longest wait for a place inside, or for anything else to be seen. */
const PATIENCE_MS = 120_000;

const data = mkdtempSync(join(tmpdir(), 'tiketi-screenshots-'));
const service = spawn(process.execPath, ['src/cli/demo.ts'], {
  cwd: PROJECT,
  stdio: ['ignore', 'pipe', 'inherit'],
  env: { ...process.env, PORT: String(await freePort()), DATA_DIR: data },
});
const executablePath = findChromium();
if (executablePath === undefined) throw new Error('No Chromium on this machine');
const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] });

async function open(url: string, options: BrowserContextOptions): Promise<Page> {
  const context = await browser.newContext({ locale: 'ko-KR', timezoneId: 'Asia/Seoul', ...options });
  context.setDefaultTimeout(PATIENCE_MS);
  const page = await context.newPage();
  await page.goto(url);
  return page;
}

async function take(page: Page, name: string): Promise<void> {
  // A page that asks every few seconds is never idle.
  await page.waitForLoadState('networkidle', { timeout: 3_000 }).catch(() => {});
  const devtools = await page.context().newCDPSession(page);
  const { data: picture } = await devtools.send('Page.captureScreenshot', { format: 'webp', quality: 80 });
  writeFileSync(join(IMAGES, `${name}.webp`), Buffer.from(picture, 'base64'));
  process.stdout.write(`docs/images/web/${name}.webp\n`);
}

/** @returns the address of the event that `npm run demo` prints */
async function startedEvent(): Promise<URL> {
  let printed = '';
  for await (const chunk of service.stdout) {
    printed += chunk;
    const [, address] = /Box office {4}(http:\S+\/events\/\S+)/.exec(printed) ?? [];
    if (address) return new URL(address);
  }
  throw new Error(`the demo has ended: ${printed}`);
}

/** Lets a crowd come to a large hall without a line, in place of the one before. */
async function fillArena(origin: string): Promise<string> {
  const { events } = await createTiketiClient({ baseUrl: origin }).listEvents({ q: 'SYNK' });
  const eventId = events[0]?.id as string;
  await fetch(`${origin}/demo/crowd`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ eventId, buyers: 2_000, speed: 10 }),
  });
  return eventId;
}

const button = (page: Page, name: string) => page.getByRole('button', { name }).first();

try {
  mkdirSync(IMAGES, { recursive: true });
  const event = await startedEvent();
  await take(await open(event.origin, desktop), 'events');
  const operator = await open(`${event.origin}/console${event.pathname}`, desktop);
  await button(operator, '관리자로').click();

  const buyer = await open(`${event}/book`, phone);
  await button(buyer, '체험용').click();
  await buyer.getByRole('progressbar').waitFor();
  await take(buyer, 'waiting-room');
  // Until the board has something to tell.
  await operator.waitForTimeout(75_000);
  await take(operator, 'sales');

  const arena = await fillArena(event.origin);
  await buyer.goto(`${event.origin}/events/${arena}/book`);
  await buyer.getByText('좋은 자리 한 번에 잡기').click();
  await buyer.waitForTimeout(25_000);
  await button(buyer, '좋은 자리 2장').click();
  await buyer.waitForURL('**/reservations/*');
  const reservation = buyer.url();
  await buyer.goto(`${event.origin}/events/${arena}/book`);
  await buyer.locator('canvas').first().waitFor();
  await buyer.waitForTimeout(5_000);
  await take(buyer, 'hall');
  await buyer.goto(reservation.replace('/reservations/', '/pay/'));
  await button(buyer, '결제하기').click();
  await buyer.waitForURL('**/reservations/*');
  await buyer.emulateMedia({ colorScheme: 'dark' });
  await buyer.goto(reservation);
  await buyer.waitForTimeout(1_500);
  await take(buyer, 'ticket');

  await operator.emulateMedia({ colorScheme: 'dark' });
  await operator.goto(`${event.origin}/console/events/${arena}/hall`);
  await operator.waitForTimeout(4_000);
  await take(operator, 'heat-map');
} finally {
  await browser.close();
  service.kill('SIGTERM');
  if (service.exitCode === null) await once(service, 'exit');
  rmSync(data, { recursive: true, force: true });
}
