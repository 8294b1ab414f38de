import { randomUUID } from 'node:crypto';
import type { Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { png } from '../support/images.ts';
import { expectInvariants } from '../support/invariants.ts';
import { sellerOf } from '../support/seller.ts';
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

const phone = { viewport: { width: 360, height: 740 } };

const hasFocus = async (target: Locator) => (await target.and(target.page().locator(':focus')).count()) === 1;

/** Presses Tab until something has the focus, as people without a mouse do. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let step = 0; step < 60; step++) {
    if (await hasFocus(target)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach ${target}`);
}

const eventOf = (eventId: string) =>
  service.db.selectFrom('events').selectAll().where('id', '=', eventId).executeTakeFirstOrThrow();

test("an organizer's day: a hall, a draft, its sale, a new date, and the cancellation", async () => {
  const seller = sellerOf(service);
  const page = await browser.open('/console/halls/new', {
    user: { userId: seller.organizer, role: 'organizer' },
  });

  // The hall, by keyboard alone. The picture and the sum follow what is typed.
  await page.getByText('모두 132석').waitFor();
  await tabTo(page, page.getByLabel('이름', { exact: true }));
  await page.keyboard.type('소극장 봄');
  await tabTo(page, page.getByLabel('1번째 구역 열 수'));
  await page.keyboard.type('2');
  await page.getByText('모두 120석').waitFor();
  await expectAccessible(page);
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: '소극장 봄' }).waitFor();

  // The draft. What is missing is said at its field, which gets the focus.
  await page.getByRole('link', { name: '이벤트', exact: true }).click();
  await page.getByText('아직 이벤트가 없어요').waitFor();
  await page.getByRole('link', { name: '새 이벤트' }).click();
  await page.getByRole('heading', { name: '새 이벤트' }).waitFor();
  await page.getByLabel('장소').fill('소극장 봄');
  expect(await page.getByLabel('장소').inputValue()).toBe('소극장 봄');
  await page.getByRole('button', { name: '초안 만들기' }).click();
  await page.getByText('꼭 필요한 값이에요.').waitFor();
  await expect.poll(() => hasFocus(page.getByLabel('제목'))).toBe(true);
  await page.getByLabel('제목').fill('봄의 노래');
  await page.getByLabel('판매 시작', { exact: true }).fill('2026-01-05T20:00');
  await page.getByLabel('좌석 배치도').selectOption({ label: '소극장 봄 (120석)' });
  await expectAccessible(page);
  await page.getByRole('button', { name: '초안 만들기' }).click();
  await page.getByRole('heading', { name: '봄의 노래' }).waitFor();
  const eventId = /events\/([0-9a-f-]{36})/.exec(page.url())?.[1] as string;
  // 20:00 in Seoul, wherever the organizer is.
  expect((await eventOf(eventId)).sale_start_date).toEqual('2026-01-05T11:00:00.000Z');

  // The poster.
  const poster = page.getByLabel('파일 고르기');
  await poster.setInputFiles({ name: 'poster.gif', mimeType: 'image/gif', buffer: Buffer.from('GIF89a') });
  await page.getByText('PNG, JPEG, WebP 이미지만 올릴 수 있어요.').waitFor();
  await poster.setInputFiles({ name: 'poster.png', mimeType: 'image/png', buffer: png() });
  await page.getByRole('button', { name: '이 이미지 올리기' }).click();
  await page.getByRole('button', { name: '포스터 지우기' }).waitFor();
  expect((await eventOf(eventId)).poster_image_url).toContain(`/api/v1/events/${eventId}/poster`);

  // A ticket type beside the seats.
  await page.getByRole('link', { name: '티켓 종류' }).click();
  await page.getByRole('button', { name: '새 티켓 종류' }).click();
  await page.getByLabel('이름').fill('스탠딩');
  await page.getByLabel('가격 (원)').fill('60000');
  await page.getByLabel('총수량').fill('100');
  await expectAccessible(page);
  await page.getByRole('button', { name: '티켓 종류 만들기' }).click();
  await page.getByText('100매 중 100매 남음').waitFor();

  // The publication, and two buyers.
  await page.getByRole('link', { name: '설정' }).click();
  await page.getByRole('button', { name: '공개', exact: true }).click();
  await page.getByRole('dialog').getByRole('button', { name: '공개' }).click();
  await page.getByRole('button', { name: '초안으로 되돌리기' }).waitFor();
  const [standing] = await service.db
    .selectFrom('ticket_types')
    .select('id')
    .where('event_id', '=', eventId)
    .execute();
  const tickets = await seller.buy(eventId, standing?.id as string, 2);
  await seller.pay(tickets, 120_000);
  const seat = await service.db
    .selectFrom('seats')
    .select('id')
    .where('event_id', '=', eventId)
    .where('section', '=', 'VIP')
    .executeTakeFirstOrThrow();
  const held = await seller.hold(eventId, [seat.id]);
  await seller.pay(held.id, 150_000);

  // A new price, for what is bought from now on.
  await page.getByRole('link', { name: '티켓 종류' }).click();
  await page.getByText('100매 중 98매 남음').waitFor();
  await page.getByRole('button', { name: '스탠딩 수정' }).click();
  await page.getByLabel('가격 (원)').fill('66000');
  await page.getByRole('button', { name: '티켓 종류 저장' }).click();
  await page.getByText('₩66,000').waitFor();

  // Seats blocked by dragging over the map.
  await page.getByRole('link', { name: '좌석 편집' }).click();
  await page.getByText('고른 좌석이 없어요.').waitFor();
  const map = page.getByRole('application', { name: '이벤트 좌석' });
  await expectAccessible(page);
  const { x, y, width, height } = (await map.boundingBox()) as NonNullable<
    Awaited<ReturnType<Locator['boundingBox']>>
  >;
  await page.keyboard.down('Shift');
  await page.mouse.move(x + 2, y + 60);
  await page.mouse.down();
  await page.mouse.move(x + width - 2, y + height - 2, { steps: 3 });
  await page.mouse.up();
  await page.keyboard.up('Shift');
  await page.getByRole('heading', { name: '120석 선택' }).waitFor();
  await page.getByRole('button', { name: '판매 보류', exact: true }).click();
  await page.getByLabel('보류 사유').fill('초대석');
  await page.getByRole('button', { name: '좌석 판매 보류' }).click();
  await page
    .getByText('119석의 판매를 보류했어요. 팔렸거나 결제 중이거나 이미 보류한 1석은 그대로예요.')
    .waitFor();
  await page.getByRole('button', { name: '초대석 해제' }).click();
  await page.getByText('판매를 보류한 좌석이 없어요.').waitFor();

  // A price for some rows, without the map.
  await page.getByLabel('열', { exact: true }).fill('4-5');
  await page.getByRole('button', { name: '선택에 더하기' }).click();
  await page.getByRole('heading', { name: '32석 선택' }).waitFor();
  await page.getByRole('button', { name: '가격 변경' }).click();
  await page.getByLabel('새 가격 (원)').fill('99000');
  await page.getByRole('dialog').getByRole('button', { name: '가격 변경' }).click();
  await page.getByText('32석의 가격을 바꿨어요.').waitFor();

  // Another date. Its sale ends an hour before it, as before.
  await page.getByRole('link', { name: '설정' }).click();
  await page.getByRole('button', { name: '공연 연기' }).click();
  await page.getByLabel('새 공연 일시').fill('2097-05-01T19:30');
  await page.getByLabel('판매 종료').last().fill('2097-05-01T18:00');
  await page.getByRole('dialog').getByRole('button', { name: '공연 연기' }).click();
  await page.getByText('공연을 연기했어요.').waitFor();
  expect((await eventOf(eventId)).event_date).toEqual('2097-05-01T10:30:00.000Z');

  // The end. It is told what it costs, and takes a typed word.
  await page.getByRole('button', { name: '이벤트 취소' }).click();
  await page.getByText('예매 2건, 환불할 금액 ₩270,000').waitFor();
  const cancel = page.getByRole('dialog').getByRole('button', { name: '이벤트 취소' });
  await page.getByLabel('취소 사유').fill('출연자의 건강 문제로 공연을 취소합니다.');
  expect(await cancel.isDisabled()).toBe(true);
  await page.getByLabel('확인하려면').fill('이벤트 취소');
  await cancel.click();
  await page.getByText('취소가 끝났어요').waitFor();
  await page.getByText('2건 중 2건 취소됨').waitFor();
  await page.getByText('2건, ₩270,000').waitFor();
  await expectAccessible(page);
  await expectInvariants(service.db);
  browser.expectNoFaults();
}, 60_000);

test('of two windows that change an event, the second one sees what the first one changed, and chooses', async () => {
  const seller = sellerOf(service);
  const { eventId } = await seller.seed({ title: '봄의 노래', stock: [10] });
  const user = { userId: seller.organizer, role: 'organizer' } as const;
  const page = await browser.open(`/console/events/${eventId}/settings`, { user });
  await page.getByLabel('제목').fill('봄의 노래 (내 제목)');
  await page.getByLabel('출연').fill('김봄');
  // The other window is a colleague's.
  const others = await eventOf(eventId);
  const answer = await fetch(`${service.origin}/api/v1/admin/events/${eventId}`, {
    method: 'PATCH',
    headers: {
      ...service.as(randomUUID(), 'admin'),
      'content-type': 'application/json',
      'if-match': `"${others.revision}"`,
    },
    body: JSON.stringify({ title: '봄의 노래 (다른 제목)', venue: '대극장 봄' }),
  });
  expect(answer.status).toBe(200);
  // A step of the sale loses the race as well, and shows the other's event. What was typed is still a choice.
  await page.getByRole('button', { name: '판매 종료' }).click();
  await page.getByRole('dialog').getByRole('button', { name: '판매 종료' }).click();
  await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('봄의 노래 (다른 제목)');
  await page.getByRole('button', { name: '저장' }).click();
  const dialog = page.getByRole('dialog', { name: '다른 사람이 먼저 저장했어요' });
  await dialog.getByText('대극장 봄').waitFor();
  await expectAccessible(page);
  await dialog.getByLabel('봄의 노래 (다른 제목)').check();
  await dialog.getByRole('button', { name: '이대로 저장' }).click();
  await page.getByText('저장했어요.').waitFor();
  expect(await eventOf(eventId)).toMatchObject({
    title: '봄의 노래 (다른 제목)',
    venue: '대극장 봄',
    artist_name: '김봄',
  });
  expect(await page.getByLabel('장소').inputValue()).toBe('대극장 봄');
  browser.expectNoFaults();
});

test('unsaved changes are kept until one agrees to leave them, and in another language', async () => {
  const seller = sellerOf(service);
  const { eventId } = await seller.seed({ title: 'Spring songs', stock: [10] });
  const user = { userId: seller.organizer, role: 'organizer' } as const;
  const page = await browser.open('/console', { user, language: 'en', ...phone });
  await page.getByRole('heading', { name: 'Spring songs' }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  await page.getByRole('searchbox').fill('autumn');
  await page.getByText('No event matches.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await page.getByRole('link', { name: 'Spring songs' }).click();
  await page.getByRole('link', { name: 'Settings' }).click();
  await page.getByLabel('Title').fill('Summer songs');

  // The session ends meanwhile. After the next sign-in, the page goes on.
  await page.route('**/api/v1/admin/status', (route) => route.fulfill({ status: 401, json: {} }));
  const ended = page.getByRole('dialog', { name: 'Your session has ended' });
  await ended.waitFor();
  await page.locator('.lamp').getByText('Signed out', { exact: true }).waitFor();
  await page.keyboard.press('Escape');
  await expectAccessible(page);
  await expectToFit(page);
  await page.unroute('**/api/v1/admin/status');
  await ended.getByLabel('Access token').fill(service.token(user));
  await ended.getByRole('button', { name: 'Sign in' }).click();
  await ended.waitFor({ state: 'hidden' });
  expect(await page.getByLabel('Title').inputValue()).toBe('Summer songs');

  const questions: string[] = [];
  page.on('dialog', (question) => {
    questions.push(question.message());
    void (questions.length < 2 ? question.dismiss() : question.accept());
  });
  await page.getByRole('link', { name: 'Ticket types' }).click();
  expect(await page.getByLabel('Title').inputValue()).toBe('Summer songs');
  await expectToFit(page);
  await page.getByRole('link', { name: 'Ticket types' }).click();
  await page.getByText('10 of 10 left').waitFor();
  expect(questions).toEqual(Array(2).fill('You have unsaved changes. Leave this page?'));
  await expectAccessible(page);
  await expectToFit(page);
  expect((await eventOf(eventId)).title).toBe('Spring songs');
  browser.expectNoFaults();
});
