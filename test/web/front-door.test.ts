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
