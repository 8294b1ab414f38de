import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectInvariants } from '../support/invariants.ts';
import { sellerOf } from '../support/seller.ts';
import { type Service, startService } from '../support/service.ts';
import { expectAccessible, expectToFit, startBrowser, type TestBrowser } from './support/browser.ts';

let service: Service;
let browser: TestBrowser;
let organizer: string;
let eventId: string;
let paid: { id: string; reservationNumber: string };
let held: { id: string; reservationNumber: string };
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo', WEB_CONSOLE: 'true' } });
  browser = await startBrowser(service);
  const seller = sellerOf(service);
  organizer = seller.organizer;
  const event = await seller.seed({ seats: 20, price: 50_000 });
  ({ eventId } = event);
  paid = await seller.hold(eventId, event.seatIds.slice(0, 3));
  await seller.pay(paid.id, 150_000);
  held = await seller.hold(eventId, event.seatIds.slice(3, 4));
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

const open = (path: string) =>
  browser.open(path, {
    user: { userId: organizer, role: 'organizer' },
    viewport: { width: 360, height: 740 },
    acceptDownloads: true,
  });

test('an organizer filters the reservations of an event, and the address keeps the filter', async () => {
  const page = await open(`/console/events/${eventId}/reservations`);
  await page.getByRole('link', { name: held.reservationNumber }).waitFor();
  await page.getByRole('combobox', { name: '상태' }).selectOption('confirmed');
  await page.getByRole('button', { name: '찾기' }).click();
  await page.getByText('예매 1건을 보고 있어요').waitFor();
  expect(await page.getByRole('link', { name: held.reservationNumber }).count()).toBe(0);
  await page.getByRole('link', { name: paid.reservationNumber }).waitFor();
  expect(new URL(page.url()).search).toBe('?status=confirmed');
  await expectAccessible(page);
  await expectToFit(page);
});

test('an export is saved as a file, with the token in no address', async () => {
  const page = await open(`/console/events/${eventId}/reservations`);
  const addresses: string[] = [];
  page.on('request', (request) => addresses.push(request.url()));
  const [download] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: '예매 CSV' }).click(),
  ]);
  expect(download.suggestedFilename()).toBe('reservations.csv');
  const csv = await text(await download.createReadStream());
  expect(csv).toContain(paid.reservationNumber);
  expect(csv).toContain(held.reservationNumber);
  expect(addresses.filter((each) => each.includes('token') || each.includes('eyJ'))).toEqual([]);
});

test('an organizer finds a reservation by its number, and cancels a part of it for its buyer', async () => {
  const page = await open('/console/reservations');
  await page.getByLabel('예매번호').fill(paid.reservationNumber.toLowerCase());
  await page.getByLabel('예매번호').press('Enter');
  await page.getByRole('link', { name: paid.reservationNumber }).click();
  await page.getByRole('heading', { name: paid.reservationNumber }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  await page.getByRole('button', { name: '구매자를 위해 취소' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByText('₩150,000을 환불해야 해요').waitFor();
  await dialog.getByLabel('A-1-1').uncheck();
  await dialog.getByText('₩100,000을 환불해야 해요').waitFor();
  await dialog.getByLabel('취소 사유').fill('구매자 전화 요청');
  await expectAccessible(page);
  await dialog.getByRole('button', { name: '예매 취소' }).click();

  await page.getByText('사유: 구매자 전화 요청').waitFor();
  await page.getByText('환불 예정').first().waitFor();
  const { status, total_amount, refund_due } = await service.db
    .selectFrom('reservations')
    .select(['status', 'total_amount', 'refund_due'])
    .where('id', '=', paid.id)
    .executeTakeFirstOrThrow();
  expect({ status, total_amount, refund_due }).toEqual({
    status: 'confirmed',
    total_amount: 50_000,
    refund_due: true,
  });
  await expectInvariants(service.db);

  await page.goto('/console');
  await page.getByLabel('환불 예정').check();
  await page.getByRole('link', { name: '환불 예정 1건 · ₩100,000' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  await page.getByRole('link', { name: '환불 예정 1건 · ₩100,000' }).click();
  await page.getByRole('link', { name: paid.reservationNumber }).waitFor();
  expect(new URL(page.url()).search).toBe('?refund_due=true');
  browser.expectNoFaults();
});
