import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { expectAccessible, expectToFit, startBrowser, type TestBrowser } from './support/browser.ts';

let service: Service;
let browser: TestBrowser;
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo', WEB_CONSOLE: 'true' } });
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

test('a visitor opens the address of the service and sees the events', async () => {
  await service.seedEvent({ title: '첫 공연' });
  const page = await browser.open('/', { viewport: { width: 360, height: 740 } });
  await page.getByRole('link', { name: '첫 공연' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  browser.expectNoFaults();
});

test('the first load is at most 90 KB', async () => {
  const page = await browser.open('/');
  await page.getByRole('heading', { level: 1 }).waitFor();
  await page.waitForLoadState('networkidle');
  const loaded = await page.evaluate<{ name: string; encoded: number; decoded: number }[]>(`
    performance.getEntries().filter(({ encodedBodySize }) => encodedBodySize)
      .map(({ name, encodedBodySize: encoded, decodedBodySize: decoded }) => ({ name, encoded, decoded }))`);
  const script = loaded.filter(({ name }) => name.endsWith('.js'));
  expect(script.length).toBeGreaterThan(0);
  expect(script.filter(({ encoded, decoded }) => decoded > 1_000 && encoded > decoded * 0.7)).toEqual([]);
  expect(loaded.reduce((sum, { encoded }) => sum + encoded, 0)).toBeLessThanOrEqual(90 * 1_024);
});

test('an operator signs in to the control room by one click', async () => {
  const page = await browser.open('/console', { language: 'en', viewport: { width: 360, height: 740 } });
  await expectAccessible(page);
  await page.getByRole('button', { name: 'Start as an administrator' }).click();
  await page.getByRole('heading', { name: 'Events' }).waitFor();
  expect(page.url()).toBe(`${service.origin}/console`);
  await expectAccessible(page);
  await expectToFit(page);
  browser.expectNoFaults();
});

test('a page whose files did not come appears when the network is back', async () => {
  const { eventId } = await service.seedEvent({ title: '겨울밤', stock: [1] });
  const page = await browser.open('/', { language: 'en' });
  const link = page.getByRole('link', { name: '겨울밤' });
  await link.waitFor();
  await page.context().setOffline(true);
  const missed = page.waitForEvent('requestfailed', (request) => request.url().includes('/event-page'));
  await link.click();
  await missed;
  await page.context().setOffline(false);
  await page.getByRole('heading', { level: 1, name: '겨울밤' }).waitFor();
  expect(page.url()).toBe(`${service.origin}/events/${eventId}`);
});
