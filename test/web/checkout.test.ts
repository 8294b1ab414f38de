import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../support/http.ts';
import { type Service, startService } from '../support/service.ts';
import { eventually } from '../support/wait.ts';
import {
  expectAccessible,
  expectToFit,
  PATIENCE_MS,
  PHONE,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

const PRICE = 50_000;

let service: Service;
let browser: TestBrowser;
let api: ReturnType<typeof apiOf>;
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo', SWEEP_INTERVAL_MS: '100' } });
  browser = await startBrowser(service);
  api = apiOf(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

async function held({ seats = 1 } = {}) {
  const userId = randomUUID();
  const { eventId, seatIds } = await service.seedEvent({ title: '봄 음악회', seats, price: PRICE });
  const { body } = await api.reserve(eventId, seatIds, userId);
  const id: string = body.reservation.id;
  return { id, userId, eventId, seatIds };
}

/** Leaves a hold that many seconds. */
const endIn = (id: string, seconds: number) =>
  sql`UPDATE reservations SET expires_at = now() + make_interval(secs => ${seconds}) WHERE id = ${id}`.execute(
    service.db,
  );

const asService = () => service.as(randomUUID(), 'service');
const payFor = (id: string, amount: number) =>
  api.post(`/reservations/${id}/confirm`, asService(), {
    paymentId: `pay-${id}`,
    paymentMethod: 'card',
    amount,
  });
const heading = (page: Page, name: string) => page.getByRole('heading', { name, level: 1 }).waitFor();
/** The page reads again when it is online again. */
const readAgain = (page: Page) => page.evaluate("dispatchEvent(new Event('online'))");
/** Does so once a second until the text is there. By itself, the page does so each five seconds. */
const readUntil = (page: Page, text: string) =>
  eventually(
    async () => {
      await readAgain(page);
      await page.getByText(text).waitFor({ timeout: 1_000 });
    },
    { timeout: PATIENCE_MS },
  );

test('a buyer extends, is refused, pays, shows a ticket and cancels a part, with the keyboard on a phone', async () => {
  const { id, userId } = await held({ seats: 3 });
  const page = await browser.open('/reservations', { user: { userId }, viewport: PHONE });
  const press = async (name: string | RegExp, role: 'button' | 'link' = 'button') => {
    await page.getByRole(role, { name }).focus();
    await page.keyboard.press('Enter');
  };
  await expectAccessible(page);
  await press('봄 음악회', 'link');
  await heading(page, '결제하면 예매가 완료돼요');
  await expectAccessible(page);
  await expectToFit(page);
  await press('결제 시간 3분 연장');
  await page.getByText('더 연장할 수 없어요').waitFor();

  await press('₩150,000 결제하기', 'link');
  await press('카드 거절되기');
  await page.getByRole('alert').filter({ hasText: '카드가 거절되었어요' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  await page.context().setOffline(true);
  await press('₩150,000 결제하기');
  await page.getByRole('alert').filter({ hasText: '인터넷 연결을 확인해 주세요' }).waitFor();
  await page.context().setOffline(false);
  await press('₩150,000 결제하기');
  await heading(page, '예매가 완료되었어요');
  await page.getByRole('img', { name: /QR 코드/ }).waitFor();

  await press('예매 취소');
  await page.getByRole('checkbox', { name: 'A 1열 1번' }).focus();
  await page.keyboard.press('Space');
  await page.getByText('₩100,000').waitFor();
  await expectAccessible(page);
  await press('선택한 티켓 취소하기');
  await page.getByRole('listitem').filter({ hasText: '환불 예정' }).filter({ hasText: '₩100,000' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  await api.post(`/reservations/${id}/refunded`, asService());
  await readAgain(page);
  await page.getByText('환불 완료').waitFor();
  browser.expectNoFaults();
});

test('a hold that runs out under the open page says so, and leads back to the event', async () => {
  const { id, userId, eventId } = await held();
  const page = await browser.open(`/reservations/${id}`, { user: { userId }, language: 'en' });
  await page.getByRole('timer').waitFor();
  await endIn(id, 9);
  await readAgain(page);
  await page.getByText('Ten seconds left to pay.').waitFor({ state: 'attached' });
  await endIn(id, 2);
  await readAgain(page);
  await heading(page, 'The time to pay is over');
  await expectAccessible(page);
  const back = page.getByRole('link', { name: 'Back to the event' });
  expect(await back.getAttribute('href')).toBe(`/events/${eventId}`);
  browser.expectNoFaults();
});

test('a late payment is due for refund when another buyer was quicker, and when the buyer gave up', async () => {
  const { id, userId, eventId, seatIds } = await held();
  // The demo looks more often near the end.
  await endIn(id, 15);
  const page = await browser.open(`/pay/${id}`, { user: { userId } });
  await page.getByRole('button', { name: '너무 늦게 결제하기' }).click();
  await page.getByText('결제 시간이 끝나기를 기다리고 있어요').waitFor();
  await endIn(id, 0);
  const rival = randomUUID();
  const taken = await eventually(async () => {
    const answer = await api.reserve(eventId, seatIds, rival);
    expect(answer.status).toBe(201);
    return answer.body.reservation.id as string;
  });
  await payFor(taken, PRICE);

  const other = await held();
  await endIn(other.id, 15);
  const second = await browser.open(`/pay/${other.id}`, { user: { userId: other.userId }, language: 'en' });
  await second.getByRole('button', { name: 'Pay too late' }).click();
  await second.getByRole('button', { name: /give up the reservation/ }).click();
  await readUntil(second, 'The payment came too late. You get back ₩50,000.');

  await readUntil(page, '결제가 너무 늦게 도착했어요. ₩50,000을 환불해 드려요.');
  await expectAccessible(page);
  await page.getByRole('link', { name: '예매 보기' }).click();
  await heading(page, '결제가 늦게 도착했어요');
  await page.getByRole('listitem').filter({ hasText: '환불 예정' }).waitFor();
  browser.expectNoFaults();
});

test('a slow answer is waited for, and items that another tab cancels leave the choice of what to cancel', async () => {
  const { id, userId, seatIds } = await held({ seats: 3 });
  await payFor(id, 3 * PRICE);
  const page = await browser.open('/reservations', { user: { userId } });
  await page.clock.install();
  let questions = 0;
  let answer = () => {};
  const answered = new Promise<void>((resolve) => {
    answer = resolve;
  });
  await page.route(`**/reservations/${id}`, async (route) => {
    if (route.request().resourceType() === 'document') return route.continue();
    questions += 1;
    await answered;
    await route.continue();
  });
  await page.getByRole('link', { name: '봄 음악회' }).click();
  await page.getByText('불러오는 중이에요').waitFor();
  await page.clock.fastForward('00:30');
  answer();
  await heading(page, '예매가 완료되었어요');
  expect(questions).toBe(1);

  await page.getByRole('button', { name: '예매 취소' }).click();
  const box = (seat: number) => page.getByRole('checkbox', { name: `A 1열 ${seat}번` });
  await box(1).uncheck();
  const headers = service.as(userId);
  await api.post(`/reservations/${id}/cancel`, headers, { items: [{ seatId: seatIds[0] as string }] });
  await readAgain(page);
  await box(1).waitFor({ state: 'detached' });
  expect([await box(2).isChecked(), await box(3).isChecked()]).toEqual([true, true]);
  browser.expectNoFaults();
});

test('a reservation that is paid while the page is offline is a ticket when it is back', async () => {
  const { id, userId, eventId } = await held();
  const page = await browser.open(`/reservations/${id}`, { user: { userId }, language: 'en' });
  await heading(page, 'Pay to complete your reservation');
  await page.context().setOffline(true);
  await page.getByText('You are offline').waitFor();
  await payFor(id, PRICE);
  await page.getByRole('timer').waitFor();
  await page.context().setOffline(false);
  await heading(page, 'Your ticket');
  // Cancelled by the organizer, elsewhere.
  await api.post(`/admin/reservations/${id}/cancel`, service.as(randomUUID(), 'admin'), { reason: '정전' });
  await readAgain(page);
  await heading(page, 'This reservation is cancelled');
  await page.getByText('You can book again').waitFor();
  await service.db.updateTable('events').set({ status: 'cancelled' }).where('id', '=', eventId).execute();
  await service.refresh();
  await page.reload();
  await page.getByText('The event itself is cancelled').waitFor();
  expect(await page.getByText('You can book again').count()).toBe(0);
  browser.expectNoFaults();
});
