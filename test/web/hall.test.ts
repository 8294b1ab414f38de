import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { expectInvariants } from '../support/invariants.ts';
import { sellerOf } from '../support/seller.ts';
import { type Service, startService } from '../support/service.ts';
import { queueOf } from '../support/waiting-room/queue-client.ts';
import {
  expectAccessible,
  expectToFit,
  inOneOfThree,
  PHONE,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

let service: Service;
let browser: TestBrowser;
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo' } });
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

/** Opens the seats of the event for a new buyer. */
const openHall = (eventId: string, options: Parameters<TestBrowser['open']>[1] = {}) =>
  browser.open(`/events/${eventId}/book`, { user: {}, ...options });

/** Opens the list and its only section. */
async function openList(page: Page): Promise<void> {
  await page.getByText('목록', { exact: true }).click();
  await page.getByRole('button', { name: /A 구역/ }).click();
}

const bar = (page: Page) => page.getByRole('region', { name: '선택한 좌석' });

test('what one takes on the map by keyboard, the other sees within a second', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const [one, other] = await Promise.all([openHall(eventId, { viewport: PHONE }), openHall(eventId)]);
  await openList(other);
  await other.getByRole('button', { name: '2열: 10석 남음, ₩50,000' }).waitFor();

  await one.getByLabel('구역으로 이동').selectOption('A');
  const map = one.getByRole('application');
  await map.focus();
  await one.keyboard.press('ArrowRight');
  // The first press goes to the middle of the hall, the next ones from seat to seat.
  await one.getByText(/^A \d열 \d번, ₩50,000, 선택 가능$/).waitFor();
  await one.keyboard.press('ArrowUp');
  await one.keyboard.press('Enter');
  const chosen = await bar(one).getByRole('listitem').innerText();
  expect(chosen).toMatch(/A \d열 \d번/);
  await expectAccessible(one);
  await expectToFit(one);
  await bar(one).getByRole('button', { name: '예매하기' }).click();
  await one.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);

  const [row = 0, seat = 0] = (chosen.match(/(\d)열 (\d+)번/) ?? []).slice(1).map(Number);
  const seller = sellerOf(service);
  await inOneOfThree(async (attempt) => {
    // Seats of the same row have ids in a row.
    if (attempt > 0)
      await seller.hold(eventId, [seatIds[(row - 1) * 10 + ((seat - 1 + attempt) % 10)] as string]);
    await other
      .getByRole('button', { name: `${row}열: ${9 - attempt}석 남음, ₩50,000` })
      .waitFor({ timeout: 1_000 });
  });
  await expectInvariants(service.db);
  browser.expectNoFaults();
});

test('a seat that another takes at the same moment leaves the choice, and the one beside the rest is offered', async () => {
  const { eventId, seatIds } = await service.seedEvent({ seats: 40 });
  const page = await openHall(eventId, { viewport: PHONE });
  await openList(page);
  await page.getByRole('button', { name: '1열: 10석 남음, ₩50,000' }).click();
  for (const number of [4, 5, 6, 7]) await page.getByLabel(`${number}번`, { exact: true }).check();
  await page.getByLabel('8번', { exact: true }).click();
  await page.getByText('한 번에 4석까지 고를 수 있어요.').waitFor();
  expect(await page.getByLabel('8번', { exact: true }).isChecked()).toBe(false);
  await expectAccessible(page);
  await expectToFit(page);

  // The other buyer's hold comes between the press and the request.
  const seller = sellerOf(service);
  let isFirst = true;
  await page.route('**/seats/reserve', async (route) => {
    if (isFirst) await seller.hold(eventId, [seatIds[6] as string]);
    isFirst = false;
    await route.continue();
  });
  await bar(page).getByRole('button', { name: '예매하기' }).click();
  await page.getByText('아쉽게도 A 1열 7번 좌석은 방금 다른 분이 먼저 선택했어요.').waitFor();
  await page.getByText('가장 가까운 빈 좌석은 A 1열 3번 (₩50,000)이에요.').waitFor();
  await page.getByLabel('7번 (방금 나갔어요)').waitFor();
  await page.getByRole('button', { name: '이 좌석으로 바꾸기' }).click();
  await bar(page).getByText('₩200,000').waitFor();
  await bar(page).getByRole('button', { name: '예매하기' }).click();
  await page.waitForURL(/\/reservations\//);
  const held = await service.db
    .selectFrom('seats')
    .select('seat_number')
    .where('event_id', '=', eventId)
    .where('status', '=', 'locked')
    .orderBy('seat_number')
    .execute();
  expect(held.map(({ seat_number }) => seat_number)).toEqual([3, 4, 5, 6, 7]);
  await expectInvariants(service.db);
  browser.expectNoFaults();
});

test('the best seats together are held at once, and more than one person may have is refused in words', async () => {
  const { eventId } = await service.seedEvent({ seats: 40 });
  const page = await openHall(eventId, { language: 'en' });
  const hold = async (seats: string, button: string) => {
    await page.getByText('Get the best seats at once').click();
    await page.getByLabel('How many').selectOption(seats);
    await page.getByRole('button', { name: button }).click();
  };
  // A try again sends the same wish, not the seats chosen on the map.
  await page.route('**/best-available', (route) => route.abort(), { times: 1 });
  await hold('3', 'Best 3 together');
  await page.getByRole('button', { name: 'Try again' }).click();
  await page.waitForURL(/\/reservations\//);
  const held = await service.db
    .selectFrom('seats')
    .select(['row_number', 'seat_number'])
    .where('event_id', '=', eventId)
    .where('status', '=', 'locked')
    .orderBy('seat_number')
    .execute();
  const [first] = held.map(({ seat_number }) => seat_number) as [number];
  expect(held.map(({ seat_number }) => seat_number - first)).toEqual([0, 1, 2]);

  await page.goBack();
  await hold('2', 'Best 2 together');
  await page.getByText('One person can book 4 seats of this event').waitFor();
  await page.getByRole('link', { name: 'My tickets' }).last().waitFor();
  await expectAccessible(page);
  browser.expectNoFaults();
});

test('a choice outlives a reload and an answer that is lost, and its hold is made once', async () => {
  const { eventId } = await service.seedEvent({ seats: 40 });
  const page = await openHall(eventId);
  await openList(page);
  await page.getByRole('button', { name: '1열: 10석 남음, ₩50,000' }).click();
  for (const number of [4, 5]) await page.getByLabel(`${number}번`, { exact: true }).check();
  await page.reload();
  await bar(page).getByText('₩100,000').waitFor();
  await openList(page);

  await page.route(
    '**/seats/reserve',
    async (route) => {
      await route.fetch();
      await route.abort();
    },
    { times: 1 },
  );
  await bar(page).getByRole('button', { name: '예매하기' }).click();
  await page.getByRole('alert').filter({ hasText: '서비스에 연결할 수 없어요' }).waitFor();
  // Their own hold is seen as seats that go. It must not be told as that of another buyer.
  await page.getByRole('button', { name: '1열: 8석 남음, ₩50,000' }).waitFor();
  await bar(page).getByText('₩100,000').waitFor();
  await page.getByRole('button', { name: '다시 시도' }).click();
  await page.waitForURL(/\/reservations\//);
  const held = await service.db
    .selectFrom('reservations')
    .select('id')
    .where('event_id', '=', eventId)
    .execute();
  expect(held).toHaveLength(1);
  await expectInvariants(service.db);
  browser.expectNoFaults();
});

test('a buyer whose place inside has ended is taken back into the line by their hold, and keeps their choice', async () => {
  const { eventId } = await service.seedEvent({ seats: 40 });
  const queue = queueOf(service, eventId);
  await queue.change({ threshold: 1 });
  const userId = randomUUID();
  const page = await openHall(eventId, { user: { userId } });
  await openList(page);
  await page.getByRole('button', { name: '1열: 10석 남음, ₩50,000' }).click();
  await page.getByLabel('4번', { exact: true }).check();

  // They leave on another device, and the next person enters before the page hears of it.
  await queue.person({ userId }).leave();
  const next = queue.person();
  expect((await next.check()).body).toMatchObject({ state: 'inside' });
  await bar(page).getByRole('button', { name: '예매하기' }).click();
  await page.getByText('예매할 수 있는 시간이 끝나서 다시 줄을 섰어요.').waitFor();
  await page.getByText('다음이 내 차례예요', { exact: true }).waitFor();
  await next.leave();
  await bar(page).getByText('₩50,000').waitFor();
  browser.expectNoFaults();
});

test('the list needs no mouse', async () => {
  const { eventId } = await service.seedEvent({ seats: 40 });
  const page = await openHall(eventId);
  await page.getByRole('application').waitFor();
  /** Presses Tab until the element with this name has the focus. */
  const tabTo = async (name: string | RegExp, role: 'radio' | 'button' | 'checkbox') => {
    const wanted = page.getByRole(role, { name, exact: true });
    await wanted.waitFor();
    for (let presses = 0; presses < 40; presses++) {
      if (await wanted.evaluate((element) => element === element.ownerDocument.activeElement)) return;
      await page.keyboard.press('Tab');
    }
    throw new Error(`Tab never comes to ${name}`);
  };
  await tabTo('좌석도', 'radio');
  await page.keyboard.press('ArrowRight');
  await tabTo(/A 구역: 40석 남음/, 'button');
  await page.keyboard.press('Enter');
  await tabTo('1열: 10석 남음, ₩50,000', 'button');
  await page.keyboard.press('Enter');
  await tabTo('1번', 'checkbox');
  await page.keyboard.press('Space');
  await tabTo('예매하기', 'button');
  await page.keyboard.press('Enter');
  await page.waitForURL(/\/reservations\//);
  browser.expectNoFaults();
});
