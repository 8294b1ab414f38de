import { randomUUID } from 'node:crypto';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { type Address, startProxy, type TcpProxy } from '../support/proxy.ts';
import { type Service, startService } from '../support/service.ts';
import { type Person, queueOf } from '../support/waiting-room/queue-client.ts';
import { expectAccessible, expectToFit, PHONE, startBrowser, type TestBrowser } from './support/browser.ts';

const DAY_MS = 86_400_000;

let service: Service;
let redis: TcpProxy;
let browser: TestBrowser;
beforeAll(async () => {
  service = await startService({
    instances: 2,
    env: { WEB: 'demo', QUEUE_THRESHOLD: '1', QUEUE_TICK_MS: '100' },
    redisThroughPort: async (target) => {
      redis = await startProxy(target);
      return redis.port;
    },
  });
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  await redis?.close();
});

const placeOf = (page: Page) => page.locator('.waiting-figure');
const inside = (page: Page) => page.getByRole('region', { name: /^(예매|Booking)$/ });

test('a buyer keeps their place over a reload and in a second tab, and goes in when the one before them leaves', async () => {
  const { eventId } = await service.seedEvent({ title: '한 사람씩', stock: [10] });
  const path = `/events/${eventId}/book`;
  const first = await browser.open(path, { user: {}, language: 'en' });
  await inside(first).waitFor();
  const second = await browser.open(path, { user: {}, viewport: PHONE });
  await second.getByText('다음이 내 차례예요', { exact: true }).waitFor();
  expect(await placeOf(second).innerText()).toBe('1');
  await second.getByText(/이 탭을 닫아도 돼요\. \d\d:\d\d까지 순번이 유지됩니다\./).waitFor();
  await expect.poll(() => second.title()).toContain('다음 차례');
  await expectAccessible(second);
  await expectToFit(second);

  await second.reload();
  const tab = await second.context().newPage();
  await tab.goto(path);
  const last = queueOf(service, eventId).person();
  expect((await last.check()).body).toMatchObject({ position: 2 });
  for (const page of [second, tab]) {
    await page
      .getByText('앞에 0명')
      .or(page.getByText('다음이 내 차례예요', { exact: true }))
      .waitFor();
    expect(await placeOf(page).innerText()).toBe('1');
  }

  // The socket alone tells them that it is their turn.
  const polls = '**/api/v1/queue/status/**';
  await second.context().route(polls, (route) => route.abort());
  // With the keyboard alone. The way to stay has the focus first.
  await first.getByRole('button', { name: 'Leave' }).focus();
  await first.keyboard.press('Enter');
  await first.getByRole('dialog').waitFor();
  await first.keyboard.press('Tab');
  await first.keyboard.press('Enter');
  await first.getByRole('heading', { name: 'You have left the line' }).waitFor();
  for (const page of [second, tab]) await inside(page).waitFor();
  await second.context().unroute(polls);
  for (const page of [second, tab]) {
    await expect.poll(() => page.title()).toContain('입장하세요!');
    await page.getByRole('status').getByText('입장했습니다').waitFor({ state: 'attached' });
    await inside(page).and(page.locator(':focus-within')).waitFor();
  }
  await expectAccessible(second);
  await expectToFit(second);

  await service.db.updateTable('events').set({ status: 'cancelled' }).where('id', '=', eventId).execute();
  await service.refresh();
  await second.getByRole('heading', { name: '취소된 공연이에요' }).waitFor();
  browser.expectNoFaults();
});

test('a buyer whose place inside was cleared stands in line again, and goes in after the network was lost', async () => {
  const { eventId } = await service.seedEvent({ stock: [10] });
  const queue = queueOf(service, eventId);
  const page = await browser.open(`/events/${eventId}/book`, { user: {} });
  await inside(page).waitFor();
  await queue.change({ threshold: 0 });
  // Until the other instance knows of the change, it lets the buyer in again.
  await expect.poll(async () => (await queue.admin(1)).body).toMatchObject({ threshold: 0 });
  await queue.clear();
  await page.getByText('운영자가 대기열을 새로 시작해서').waitFor();
  await page.getByText('다음이 내 차례예요', { exact: true }).waitFor();

  await page.context().setOffline(true);
  await page.getByText('오프라인이에요').waitFor();
  await queue.change({ threshold: 1 });
  expect(await placeOf(page).innerText()).toBe('1');
  await page.context().setOffline(false);
  await inside(page).waitFor();

  // Cleared while the page could not hear of it.
  await page.context().setOffline(true);
  await queue.change({ threshold: 0 });
  await queue.clear();
  await page.context().setOffline(false);
  await page.getByText('운영자가 대기열을 새로 시작해서').waitFor();
  expect(await page.getByText('시간이 끝나서').count()).toBe(0);
  await expect.poll(() => placeOf(page).innerText()).toBe('1');

  // Another tab signs another buyer in: the line begins anew for them, behind the first one.
  const other = randomUUID();
  const token = service.token({ userId: other });
  let theirs = 0;
  page.on('websocket', (socket) =>
    socket.on('framesent', ({ payload }) => {
      if (String(payload).includes(token)) theirs++;
    }),
  );
  const tab = await page.context().newPage();
  await tab.goto('/');
  await tab.evaluate(`localStorage.setItem('tiketi-token:box-office', '${token}')`);
  await expect.poll(() => placeOf(page).innerText()).toBe('2');
  await expect.poll(() => theirs).toBeGreaterThan(0);
  // And a renewed token of the same buyer goes on with their connection.
  const connections: string[] = [];
  page.on('websocket', (socket) => connections.push(socket.url()));
  const renewed = service.token({ userId: other, role: 'organizer' });
  await tab.evaluate(`localStorage.setItem('tiketi-token:box-office', '${renewed}')`);
  await queue.change({ threshold: 2 });
  await inside(page).waitFor();
  expect(connections).toEqual([]);
  browser.expectNoFaults();
});

test('a place is kept while Redis is away, and goes on through another instance when the first is killed', async () => {
  const { eventId } = await service.seedEvent({ stock: [10] });
  const [before, last] = queueOf(service, eventId).people(2) as [Person, Person];
  for (const person of [before, last]) await person.check(1);
  const [killed, other] = service.origins.map((origin) => ({
    host: '127.0.0.1',
    port: Number(new URL(origin).port),
  }));
  const balancer = await startProxy(killed as Address);
  onTestFinished(() => balancer.close());
  const baseURL = `http://127.0.0.1:${balancer.port}`;
  const page = await browser.open(`/events/${eventId}/book`, { user: {}, baseURL });
  await page.getByText('앞에 1명', { exact: false }).first().waitFor();
  await redis.cut();
  await page.reload();
  await page.getByText('순번은 그대로이고').waitFor();
  await redis.restore();
  await placeOf(page).waitFor();
  expect(await placeOf(page).innerText()).toBe('2');

  await balancer.cut();
  await page.getByText('다시 연결하는 중이에요').waitFor();
  balancer.leadTo(other as Address);
  await balancer.restore();
  await last.leave(1);
  await before.leave(1);
  await inside(page).waitFor();
  browser.expectNoFaults();
});

test('a buyer waits in the lobby, is drawn, and proves their place by the hash that was saved before', async () => {
  // Long enough for both pages to be seen before the draw, also on a busy machine.
  const opensIn = 9_000;
  const { eventId } = await service.seedEvent({
    title: '추첨 공연',
    status: 'upcoming',
    saleStartsIn: opensIn / DAY_MS,
    stock: [10],
  });
  const queue = queueOf(service, eventId);
  // Paused, so that the draw alone moves anyone.
  await queue.change({ lobbyMinutes: 10, paused: true });
  const others = queue.people(4);
  for (const person of others) await person.check();
  const userId = randomUUID();
  const alone = await service.seedEvent({ status: 'upcoming', saleStartsIn: opensIn / DAY_MS, stock: [10] });
  await queueOf(service, alone.eventId).change({ lobbyMinutes: 10 });
  const page = await browser.open(`/events/${eventId}/book`, { user: { userId }, viewport: PHONE });
  await page.getByText('지금 5명이 함께 기다리고 있어요.').waitFor();
  await page.getByText('추첨이 공정한지 직접 확인할 수 있어요').click();
  await page.getByText('이 브라우저에 저장해 두었어요.').waitFor();

  const other = await page.context().newPage();
  await other.goto(`/events/${alone.eventId}/book`);
  await other.getByText('지금 1명이 함께 기다리고 있어요.').waitFor();

  await page.getByText('5명 가운데').waitFor({ timeout: 20_000 });
  await page.getByText('지금은 입장이 잠시 멈춰 있어요.').waitFor();
  const drawn = (await queue.person({ userId }).status()).body.sequence;
  await page.getByRole('button', { name: '내 순번 확인하기' }).click();
  await page.getByRole('heading', { name: '추첨 결과가 맞아요' }).waitFor();
  await page.getByText('추첨 전에 저장해 둔 지문과 같아요').waitFor();
  await page.getByText(`그래서 내 순번은 ${drawn}번이에요.`).waitFor();
  await expectAccessible(page);
  await expectToFit(page);

  // The service tells a place to people in line only.
  await inside(other).waitFor();
  await other.getByRole('button', { name: '내 순번 확인하기' }).click();
  await other.getByText('그래서 내 순번은 1번이에요.').waitFor();
  await other.close();

  // The control: an order that was changed afterwards.
  await page.route('**/order', async (route) => {
    const order = await (await route.fetch()).json();
    order.numbers[drawn - 1] = '0000000000000000';
    await route.fulfill({ json: order });
  });
  await page.reload();
  await page.getByRole('button', { name: '내 순번 확인하기' }).click();
  await page.getByRole('heading', { name: '추첨 결과와 맞지 않는 점이 있어요' }).waitFor();
  await page.getByText('공개된 순서에서 내 자리에 다른 번호가 있어요.').waitFor();
  browser.expectNoFaults();
});
