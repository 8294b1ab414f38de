import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sellerOf } from '../support/seller.ts';
import { type Service, startService } from '../support/service.ts';
import { expectAccessible, expectToFit, startBrowser, type TestBrowser } from './support/browser.ts';

const PHONE = { width: 360, height: 740 };
const DESK = { width: 1440, height: 900 };

let service: Service;
let browser: TestBrowser;
let seller: ReturnType<typeof sellerOf>;
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo', WEB_CONSOLE: 'true' } });
  seller = sellerOf(service);
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

/** The figure of this name, as people read it. */
const figure = (page: Page, name: string) =>
  page
    .locator('dl > div')
    .filter({ has: page.getByRole('term').getByText(name, { exact: true }) })
    .getByRole('definition');

test('the board shows a sale within seconds, in numbers, by section, and as a table of the last hour', async () => {
  const { eventId, seatIds, ticketTypeIds } = await seller.seed({ seats: 20, stock: [10], price: 50_000 });
  const page = await browser.open(`/console/events/${eventId}`, {
    user: { userId: seller.organizer, role: 'organizer' },
    language: 'en',
    viewport: DESK,
  });
  await figure(page, 'Sold').getByText('Seats 0 · Tickets 0').waitFor();
  await page.getByRole('img', { name: '0 sold, 0 held, 30 free, 0 blocked' }).waitFor();

  const { id } = await seller.hold(eventId, seatIds.slice(0, 2));
  await seller.pay(id, 100_000);
  await seller.buy(eventId, ticketTypeIds[0] as string, 3);
  await figure(page, 'Sold').getByText('Seats 2 · Tickets 0').waitFor({ timeout: 3_000 });
  await figure(page, 'Held').getByText('Seats 0 · Tickets 3').waitFor();
  await figure(page, 'Revenue').getByText('₩100,000').waitFor();
  const section = page.getByRole('row', { name: 'A 2 10%' });
  expect(await section.innerText()).toContain('₩100,000');

  // Of the service, for organizers too. The line is public, and how fast it moves is not.
  await figure(page, 'Holds p99').getByText('ms').waitFor();
  await figure(page, 'Admissions a second').getByText('Administrators see this').waitFor();

  await page.getByRole('img', { name: /^Chart of Sales per minute, last hour\. Now Sold 2/ }).waitFor();
  await page.getByRole('button', { name: 'As a table' }).first().press('Enter');
  const table = page.getByRole('region', { name: 'Sales per minute' }).getByRole('table');
  await table.getByRole('row', { name: /^\d\d:\d\d 2 0$/ }).waitFor();
  await expectAccessible(page);

  await page.setViewportSize(PHONE);
  await expectToFit(page);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Health' }).waitFor();
  await expectAccessible(page);
  browser.expectNoFaults();
});
