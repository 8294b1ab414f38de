import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import {
  expectAccessible,
  expectToFit,
  inOneOfThree,
  PHONE,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

const SECOND = 1 / 86_400;

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

async function buy(eventId: string, ticketTypeId: string, quantity: number): Promise<void> {
  const answer = await fetch(`${service.origin}/api/v1/reservations`, {
    method: 'POST',
    headers: { ...service.as(), 'content-type': 'application/json' },
    body: JSON.stringify({ eventId, items: [{ ticketTypeId, quantity }] }),
  });
  expect(answer.status).toBe(201);
}

const titles = (page: Page) => page.getByRole('main').getByRole('heading', { level: 2 });

test('buyers find events while they type, by consonants too, and the address keeps what they see', async () => {
  await service.seedEvent({ title: '겨울밤', artist: '아이유', price: 99_000, stock: [10] });
  await service.seedEvent({ title: '여름밤', artist: '잔나비', saleStartsIn: 3 });
  const page = await browser.open('/', { viewport: PHONE });
  await page.getByRole('link', { name: '여름밤' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  await page.getByRole('searchbox', { name: '공연 검색' }).pressSequentially('ㅇㅇㅇ');
  await page.getByRole('link', { name: '여름밤' }).waitFor({ state: 'detached' });
  expect(await titles(page).allInnerTexts()).toEqual(['겨울밤']);
  await page.getByText('₩99,000').waitFor();
  // The address follows the last letter by a moment.
  await expect.poll(() => new URL(page.url()).searchParams.get('q')).toBe('ㅇㅇㅇ');
  await page.reload();
  await page.getByRole('link', { name: '겨울밤' }).waitFor();
  expect(await titles(page).allInnerTexts()).toEqual(['겨울밤']);
  expect(await page.getByRole('searchbox').inputValue()).toBe('ㅇㅇㅇ');

  await page.getByRole('link', { name: '오픈 예정' }).click();
  await page.getByText('조건에 맞는 공연이 없어요.').waitFor();
  await page.goBack();
  await page.getByRole('link', { name: '겨울밤' }).waitFor();
  await page.getByRole('searchbox').fill('');
  await page.getByRole('link', { name: '여름밤' }).waitFor();
  await page.getByRole('link', { name: '오픈 예정' }).click();
  await page.getByRole('link', { name: '겨울밤' }).waitFor({ state: 'detached' });
  await page.getByRole('timer').waitFor();
  browser.expectNoFaults();
});

test('a sale that starts under an open page lets the buyer in by itself', async () => {
  // Long enough for both pages to be seen before, also on a busy machine.
  const { eventId } = await service.seedEvent({ title: '오픈', stock: [10], saleStartsIn: 9 * SECOND });
  const [list, page] = await Promise.all([
    browser.open('/?q=오픈'),
    browser.open(`/events/${eventId}`, { user: {} }),
  ]);
  const card = list.getByRole('listitem').filter({ hasText: '오픈까지' });
  await Promise.all([page.getByRole('timer').waitFor(), card.waitFor()]);
  await page.getByRole('heading', { name: '티켓 선택' }).waitFor({ timeout: 20_000 });
  expect(page.url()).toBe(`${service.origin}/events/${eventId}/book`);
  await list.getByRole('listitem').filter({ hasText: '예매 중' }).filter({ hasText: '₩50,000' }).waitFor();
  browser.expectNoFaults();
});

test('a buyer sees at once what others take, and a lost answer books once', async () => {
  const userId = randomUUID();
  const { eventId, ticketTypeIds } = await service.seedEvent({ title: '표 두 종류', stock: [10, 5] });
  const [first = '', second = ''] = ticketTypeIds;
  const page = await browser.open(`/events/${eventId}`, {
    user: { userId },
    language: 'en',
    viewport: PHONE,
  });
  await page.getByText('10 left').waitFor();
  await inOneOfThree(async (attempt) => {
    await buy(eventId, first, 1);
    await page.getByText(`${9 - attempt} left`).waitFor({ timeout: 1_000 });
  });
  await expectAccessible(page);
  await expectToFit(page);

  // By keyboard alone.
  await page.getByRole('link', { name: 'Book now' }).press('Enter');
  const more = page.getByRole('button', { name: 'More 1등석' });
  await more.press('Enter');
  await more.press('Enter');
  await page.getByRole('button', { name: 'More 2등석' }).press('Enter');
  await page.getByText('₩150,000').waitFor();
  await buy(eventId, second, 5);
  await page.getByText('Others were faster').waitFor();
  await page.getByText('₩100,000').waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  // The service books, but its answer gets lost.
  await page.route('**/api/v1/reservations', async (route) => {
    await route.fetch();
    await route.abort();
    await page.unroute('**/api/v1/reservations');
  });
  await page.getByRole('button', { name: 'Book', exact: true }).press('Enter');
  await page.getByRole('alert').getByRole('button').press('Enter');
  await page.waitForURL(/\/reservations\/[0-9a-f-]{36}$/);
  const { length } = await service.db
    .selectFrom('reservations')
    .select('id')
    .where('user_id', '=', userId)
    .execute();
  expect(length).toBe(1);
  browser.expectNoFaults();
});

test('an event that cannot be booked says why, and one without a poster of ours has a drawn one', async () => {
  const poster = 'https://elsewhere.example/poster.png';
  const ended = await service.seedEvent({ status: 'ended', stock: [1] });
  const hall = await service.seedEvent({ seats: 20, status: 'cancelled' });
  await service.db.updateTable('events').set({ poster_image_url: poster }).execute();
  await service.refresh();
  const page = await browser.open(`/events/${ended.eventId}`);
  await page.getByText('예매가 끝난 공연이에요.').waitFor();
  await page.goto(`/events/${hall.eventId}`);
  await page.getByText('취소된 공연이에요.', { exact: false }).waitFor();
  await page.getByText('20석 남음').waitFor();
  expect(await page.getByRole('img').count()).toBe(0);
  await page.goto(`/events/${randomUUID()}`);
  await page.getByRole('alert').getByText('공연을 찾을 수 없어요.').waitFor();
  await page.getByRole('heading', { level: 1, name: '페이지를 열지 못했어요' }).waitFor();
  const ask = (name: string) => fetch(`${service.origin}/images/${name}.svg`);
  expect((await ask('wicked')).status).toBe(200);
  expect(await (await ask('nothing')).json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
  browser.expectNoFaults();
});

test('a buyer goes from the list to the ticket with Tab and Enter alone', async () => {
  await service.seedEvent({ title: '건반의 밤', stock: [10] });
  const page = await browser.open('/?q=건반', { user: {} });
  const press = async (role: 'link' | 'button', name: string) => {
    const target = page.getByRole(role, { name, exact: true });
    await target.waitFor();
    const isFocused = () => target.evaluate((element) => element.matches(':focus'));
    for (let tabs = 0; tabs < 30 && !(await isFocused()); tabs++) await page.keyboard.press('Tab');
    expect(await isFocused(), name).toBe(true);
    await page.keyboard.press('Enter');
  };
  await press('link', '건반의 밤');
  await press('link', '예매하기');
  await press('button', '1등석 늘리기');
  await press('button', '예매하기');
  await press('link', '₩50,000 결제하기');
  await press('button', '₩50,000 결제하기');
  await page.getByRole('heading', { name: '예매가 완료되었어요' }).waitFor();
  await page.getByRole('img', { name: /QR 코드/ }).waitFor();
  browser.expectNoFaults();
});
