import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Browser, chromium, type Page, type ViewportSize } from 'playwright-core';
import { eventually } from '../../support/wait.ts';
import { findChromium } from '../../web/support/chromium.ts';
import type { Bed } from '../bed.ts';
import { offer } from '../catalogue.ts';
import { startChanging } from '../changer.ts';
import { cpuShares, readCpu } from '../cpu.ts';
import type { Ends } from '../ends.ts';
import type { Pace } from '../pace.ts';
import { tokenOf } from '../people.ts';
import { median, medians, type RowResult } from '../result.ts';

const SEATS = 50_000;
const CHANGES_PER_SECOND = 500;
const DRAWN_WITHIN_MS = 60_000;
interface Screen {
  viewport: ViewportSize;
  /** How much slower than this machine it computes. */
  slowdown: number;
  /** The frames a second that it must show. */
  target: number;
}

/** By row. A phone is Chromium in a phone's size, at a quarter of this machine's speed. */
export const screens: Record<string, Screen> = {
  frames: { viewport: { width: 1280, height: 900 }, slowdown: 1, target: 55 },
  phone: { viewport: { width: 390, height: 844 }, slowdown: 4, target: 30 },
};
/** One step of the mouse, in ms. */
const STEP_MS = 16;

/**
 * A buyer moves and zooms a hall of 50,000 seats while others hold and free 500 a second. Chromium draws without a GPU here, on the
 * cores that also run the service.
 */
export async function runFrames(
  bed: Bed,
  ends: Ends,
  environment: Record<string, string>,
  { seconds, rounds }: Pace,
  row: string,
): Promise<RowResult> {
  const { viewport, slowdown, target } = screens[row] as Screen;
  const service = await bed.startService('web', environment);
  const hall = await offer(service.pool, { seats: SEATS });
  const browser = await startChromium(ends);
  const page = await openPage(browser, viewport, service.port, tokenOf(randomUUID(), bed.secret));
  const devtools = await page.context().newCDPSession(page);
  const opened = performance.now();
  await page.goto(`/events/${hall.eventId}/book`);
  // The policy of the pages refuses the evaluation that Playwright's own waiting needs.
  await eventually(async () => assert(await page.evaluate<boolean>(isDrawn)), { timeout: DRAWN_WITHIN_MS });
  const drawnMs = performance.now() - opened;

  const changer = await startChanging(service, hall, bed.secret, CHANGES_PER_SECOND);
  await devtools.send('Emulation.setCPUThrottlingRate', { rate: slowdown });
  await sleep(2_000);
  const parts = { service: service.pid, ...bed.parts };
  const figures: Record<string, number>[] = [];
  const shares: Record<string, number>[] = [];
  for (let round = 0; round < rounds; round++) {
    await page.keyboard.press('0');
    const before = readCpu(parts);
    const frames = await framesOf(page, seconds * 1_000);
    shares.push(cpuShares(before, readCpu(parts)));
    const sorted = frames.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.floor(sorted.length * share)] ?? Number.POSITIVE_INFINITY;
    const total = frames.reduce((sum, each) => sum + each, 0);
    figures.push({
      rate: (frames.length * 1_000) / total,
      p50: at(0.5),
      p99: at(0.99),
      worst: sorted.at(-1) ?? 0,
    });
  }
  const problems = await changer.stop();
  await browser.close();
  await service.stop();
  const middle = (name: string) => median(figures.map((figure) => figure[name] as number));
  return {
    name: row,
    title: `frames of a hall of ${SEATS.toLocaleString('en')} at ${viewport.width} pixels, slowed down ${slowdown}×, while ${CHANGES_PER_SECOND} seats a second change`,
    rate: middle('rate'),
    p50: middle('p50'),
    p99: middle('p99'),
    cpu: medians(shares),
    targets: [
      { of: 'frames/s', value: middle('rate'), target },
      { of: 'ms from opening the page to the drawn hall', value: drawnMs },
    ],
    problems,
    answers: {},
    rounds: figures,
  };
}

async function startChromium(ends: Ends): Promise<Browser> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('The bench needs Chromium on the PATH');
  const browser = await chromium.launch({
    executablePath,
    args: ['--no-sandbox', '--disable-dev-shm-usage'],
  });
  ends.add(() => browser.close());
  return browser;
}

async function openPage(
  browser: Browser,
  viewport: ViewportSize,
  port: number,
  token: string,
): Promise<Page> {
  const context = await browser.newContext({ baseURL: `http://127.0.0.1:${port}`, viewport });
  await context.addInitScript((token) => localStorage.setItem('tiketi-token:box-office', token), token);
  return await context.newPage();
}

/** Whether the map shows something: it is transparent before. */
const isDrawn = `(() => {
  const map = document.querySelector('[role=application] canvas');
  if (!map || map.width < 320) return false;
  return map.getContext('2d').getImageData(map.width / 2, map.height / 2, 1, 1).data[3] > 0;
})()`;

/** Drags the hall in circles and turns the wheel. @returns how long each frame took, in ms */
async function framesOf(page: Page, ms: number): Promise<number[]> {
  await page.evaluate(`(() => {
    window.frames = [];
    let last;
    const next = (now) => {
      if (last !== undefined) window.frames.push(now - last);
      last = now;
      window.counting = requestAnimationFrame(next);
    };
    window.counting = requestAnimationFrame(next);
  })()`);
  const box = await page.getByRole('application').boundingBox();
  if (!box) throw new Error('The page shows no map');
  const [x, y] = [box.x + box.width / 2, box.y + box.height / 2];
  const until = performance.now() + ms;
  await page.mouse.move(x, y);
  for (let step = 0; performance.now() < until; step++) {
    const phase = step % 120;
    if (phase < 40) await page.mouse.wheel(0, step % 240 < 120 ? -60 : 60);
    else {
      if (phase === 40) await page.mouse.down();
      const angle = ((phase - 40) / 80) * 2 * Math.PI;
      await page.mouse.move(x + 200 * Math.sin(angle), y + 120 * (1 - Math.cos(angle)));
      if (phase === 119) await page.mouse.up();
    }
    await sleep(STEP_MS);
  }
  await page.mouse.up();
  await page.mouse.move(x, y);
  return await page.evaluate<number[]>(`(() => {
    cancelAnimationFrame(window.counting);
    return window.frames;
  })()`);
}
