import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../support/http.ts';
import { sellerOf } from '../support/seller.ts';
import { type Service, startService } from '../support/service.ts';
import {
  expectAccessible,
  expectToFit,
  inOneOfThree,
  PHONE,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

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
  // The service keeps a report forty times as long as reading it took: on a busy machine, that is longer than the page's usual seconds.
  await figure(page, 'Sold').getByText('Seats 2 · Tickets 0').waitFor({ timeout: 40_000 });
  await figure(page, 'Held').getByText('Seats 0 · Tickets 3').waitFor();
  await figure(page, 'Revenue').getByText('₩100,000').waitFor();
  const section = page.getByRole('row', { name: 'A 2 10%' });
  expect(await section.innerText()).toContain('₩100,000');

  // Another instance answers with what it remembers.
  const overview = `**/api/v1/admin/events/${eventId}/sales`;
  await page.route(overview, async (route) => {
    const sales = await (await route.fetch()).json();
    await route.fulfill({ json: { ...sales, version: sales.version - 1, revenue: 0 } });
  });
  const older = page.waitForResponse(overview);

  // Of the service, for organizers too. The line is public, and how fast it moves is not.
  await figure(page, 'Holds p99').getByText('ms').waitFor();
  await figure(page, 'Admissions a second').getByText('Administrators see this').waitFor();

  // A minute may have ended since the sale.
  await page.getByRole('img', { name: /^Chart of Sales per minute, last hour\. Now Sold [02]/ }).waitFor();
  await page.getByRole('button', { name: 'As a table' }).first().press('Enter');
  const table = page.getByRole('region', { name: 'Sales per minute' }).getByRole('table');
  await table.getByRole('row', { name: /^\d\d:\d\d 2 0$/ }).waitFor();
  await older;
  await expectAccessible(page);
  await figure(page, 'Revenue').getByText('₩100,000').waitFor();

  // The figures of a large event are read seldom.
  // Waits for an answer that is being changed.
  await page.unrouteAll({ behavior: 'wait' });
  await page.route(overview, async (route) => {
    const sales = await (await route.fetch()).json();
    const read_at = new Date(Date.parse(sales.read_at) - 40_000).toISOString();
    await route.fulfill({ json: { ...sales, read_at } });
  });
  await page.getByText(/^Figures are 4\d s old$/).waitFor({ timeout: 40_000 });

  await page.setViewportSize(PHONE);
  await expectToFit(page);
  await page.getByRole('button', { name: 'Menu' }).click();
  await page.getByRole('link', { name: 'Health' }).waitFor();
  await expectAccessible(page);
  browser.expectNoFaults();
}, 80_000);

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

  // While Redis is away there is no line to tell of, and everything else is shown.
  await page.route('**/api/v1/queue/admin/**', (route) => route.abort());
  await page.goto(`/console/events/${eventId}`);
  await page
    .getByRole('img', { name: /^Chart of Waiting room/ })
    .locator('canvas')
    .waitFor();
  await figure(page, 'Free').getByText('20', { exact: true }).waitFor();
  browser.expectNoFaults();
});

test('a seat of the hall says who holds it, and why it is blocked', async () => {
  const { eventId, seatIds } = await seller.seed({ seats: 20 });
  const buyer = randomUUID();
  const block = { reason: '초대석', seat_ids: [seatIds[9]] };
  expect((await seller.post(`/events/${eventId}/seats/block`, block)).status).toBe(201);
  const page = await browser.open(`/console/events/${eventId}/hall`, {
    user: { userId: seller.organizer, role: 'organizer' },
    viewport: PHONE,
  });
  await page.getByText('좌석을 누르면 누가 예매했는지 볼 수 있어요.').waitFor();
  await figure(page, '판매 보류').getByText('1', { exact: true }).waitFor();

  const held = await seller.hold(eventId, [seatIds[0] as string], buyer);
  await figure(page, '선점 중').getByText('1', { exact: true }).waitFor();
  const map = page.getByRole('application', { name: '좌석별 판매 현황' });
  await map.press('ArrowRight');
  await map.press('Enter');
  await page.getByRole('heading', { name: /^A-\d+-\d+$/ }).waitFor();
  await page.getByLabel('좌석 번호').fill('A-1-1');
  await page.keyboard.press('Enter');
  await page.getByRole('link', { name: held.reservationNumber }).waitFor();
  await page.getByText(buyer).waitFor();
  await page.getByText('결제 대기').waitFor();

  await seller.pay(held.id, 50_000);
  await page.getByText('예매 완료').waitFor();
  await page.getByLabel('좌석 번호').fill('a-1-10');
  await page.keyboard.press('Enter');
  await page.getByText('판매를 보류한 이유: 초대석').waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  // The editor follows what buyers take, and what is blocked elsewhere.
  await page.goto(`/console/events/${eventId}/seats`);
  const counts = page.locator('.price-legend');
  await counts.getByText('판매 가능 18').waitFor();
  await page.getByRole('button', { name: 'A 구역 선택' }).click();
  let taken = 0;
  await inOneOfThree(async () => {
    await seller.hold(eventId, [seatIds[++taken] as string]);
    await counts.getByText(`판매 가능 ${18 - taken}`).waitFor({ timeout: 2_000 });
  });
  await page.getByText(`판매 가능 ${18 - taken} · 결제 대기 ${taken} · 판매됨 1 · 판매 보류 1`).waitFor();
  await seller.post(`/events/${eventId}/seats/block`, { reason: '예비', seat_ids: [seatIds[5]] });
  await counts.getByText('판매 보류 2').waitFor();
  await expectAccessible(page);
  browser.expectNoFaults();
});

test('the health page shows each instance, and what goes on without a missing part', async () => {
  const page = await browser.open('/console/health', { user: { role: 'organizer' }, viewport: PHONE });
  await page.getByText('서비스가 정상이에요.').waitFor();
  await page.getByRole('row', { name: /정상 · .* ms 정상 · .* ms/ }).waitFor();
  await page.getByText('요청을 받을 수 있어요').waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  await page.route('**/api/v1/admin/status', async (route) => {
    const status = await (await route.fetch()).json();
    const [instance] = status.instances;
    instance.redis = { status: 'down', latency_ms: null };
    instance.degraded = ['entry', 'fan_out'];
    await route.fulfill({ json: { ...status, complete: false } });
  });
  await page.getByText('일부 기능 저하').waitFor();
  await page.getByText('좌석과 재고의 변화는 1초 안에 PostgreSQL에서 읽어요.').waitFor();
  await page.getByText('Redis가 응답하지 않아서 인스턴스들이 서로를 알 수 없어요.').waitFor();
  await expectAccessible(page);

  // The figures stay while the service is silent, and say how old they are.
  await page.clock.install();
  await page.route('**/api/v1/admin/status', (route) => route.abort());
  await page.clock.fastForward(8_000);
  await page.getByText(/초 전 수치예요 · 다시 연결하는 중이에요/).waitFor();
  await page.getByText('좌석과 재고의 변화는 1초 안에 PostgreSQL에서 읽어요.').waitFor();
  await page.unrouteAll({ behavior: 'wait' });
  await page.clock.fastForward(30_000);
  await page.getByText('서비스가 정상이에요.').waitFor();
  browser.expectNoFaults();
});
