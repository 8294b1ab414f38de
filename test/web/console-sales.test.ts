import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../support/http.ts';
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

test('an administrator pauses, throttles and clears a line, and is told before what that does to people', async () => {
  const { eventId } = await seller.seed({ seats: 20 });
  const api = apiOf(service);
  const admin = { userId: randomUUID(), role: 'admin' as const };
  const check = async (userId: string) => (await api.post(`/queue/check/${eventId}`, userId)).body.state;
  const buyers = Array.from({ length: 6 }, () => randomUUID());
  await api.patch(`/queue/admin/${eventId}`, service.as(admin.userId, 'admin'), { threshold: 2 });
  for (const buyer of buyers) await check(buyer);

  const page = await browser.open(`/console/events/${eventId}/queue`, {
    user: admin,
    language: 'en',
    viewport: PHONE,
  });
  await figure(page, 'In line').getByText('4', { exact: true }).waitFor();
  await figure(page, 'Inside').getByText('of 2').waitFor();

  // What a number would do is told while it is typed, and again before it is done.
  const field = page.getByLabel('New threshold (people)');
  await field.fill('1');
  await page.getByText('No one comes in until 1 of the 2 inside have left.').waitFor();
  await field.fill('4');
  await page.getByText('2 people of the 4 waiting come in at once.').waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  await page.getByRole('button', { name: 'Pause admission' }).press('Enter');
  const dialog = page.getByRole('dialog', { name: 'Pause admission' });
  await dialog.getByText('4 people wait now, and keep their places.').waitFor();
  await dialog.getByText('The audit log keeps who changed this').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Escape');
  expect(await page.getByRole('button', { name: 'Pause admission' }).isVisible()).toBe(true);
  await page.getByRole('button', { name: 'Pause admission' }).click();
  await dialog.getByRole('button', { name: 'Pause admission' }).press('Enter');
  await page.getByText('Admission is paused. 4 are waiting.').waitFor();
  await api.post(`/queue/leave/${eventId}`, buyers[0]);
  expect(await check(buyers[2] as string)).toBe('waiting');
  const { body } = await seller.get(`/audit?event_id=${eventId}`, admin.userId, 'admin');
  expect(body.entries[0]).toMatchObject({
    actor_id: admin.userId,
    action: 'queue.change',
    after: { paused: true },
  });

  await page.getByRole('button', { name: 'Clear the waiting room' }).click();
  const clear = page.getByRole('dialog', { name: 'Clear the waiting room' });
  await clear.getByText('4 people in line and 1 inside lose their places.').waitFor();
  await clear.getByRole('button', { name: 'Clear the waiting room' }).click();
  await figure(page, 'In line').getByText('0', { exact: true }).waitFor();
  browser.expectNoFaults();
});
