import { randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { expectAccessible, startBrowser, type TestBrowser } from './support/browser.ts';

/** A page where buyers sign in: it sends them back at once, as one does that still knows them. */
let login: Server;
let loginOrigin: string;
/** Given to the next one who comes. */
let nextToken: string;
/** What the service asked for. */
let asked: URLSearchParams;

let service: Service;
let browser: TestBrowser;
beforeAll(async () => {
  login = createServer(({ url = '' }, response) => {
    asked = new URL(url, loginOrigin).searchParams;
    const fragment = new URLSearchParams({ token: nextToken, state: asked.get('state') ?? '' });
    response.writeHead(302, { location: `${asked.get('return_to')}#${fragment}` }).end();
  });
  await new Promise<void>((listening) => login.listen(0, '127.0.0.1', listening));
  loginOrigin = `http://127.0.0.1:${(login.address() as AddressInfo).port}`;
  service = await startService({ env: { WEB: 'demo', AUTH_LOGIN_URL: `${loginOrigin}/login?app=tickets` } });
  browser = await startBrowser(service);
});
beforeEach(() => {
  nextToken = service.token();
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  login.close();
});

const signIn = { name: '로그인', exact: true };

test('a buyer signs in at the login and goes on where they were, with no token in any address', async () => {
  const page = await browser.open('/reservations?from=mail');
  const addresses: string[] = [];
  page.on('framenavigated', (frame) => addresses.push(frame.url()));
  await expectAccessible(page);
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByText('아직 예매한 공연이 없어요').waitFor();
  expect(page.url()).toBe(`${service.origin}/reservations?from=mail`);
  expect(asked.get('app')).toBe('tickets');
  expect(asked.get('return_to')).toBe(`${service.origin}/signed-in`);
  expect(asked.get('state')).toMatch(/^[0-9a-f]{32}$/);
  await page.goBack();
  expect(page.url()).not.toContain('token');
  expect(addresses.at(-1)).not.toContain('token');
  browser.expectNoFaults();
});

test('an answer without the state of the own attempt signs no one in', async () => {
  const page = await browser.open(`/signed-in#token=${service.token()}&state=${'0'.repeat(32)}`);
  await page.getByRole('alert').filter({ hasText: '로그인하지 못했어요' }).waitFor();
  expect(page.url()).toBe(`${service.origin}/signed-in`);
  expect(await page.evaluate("localStorage.getItem('tiketi-token:box-office')")).toBeNull();

  // From here, an attempt of their own leads to the events and not back to this page.
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByRole('button', { name: '로그아웃' }).waitFor();
  expect(page.url()).toBe(`${service.origin}/`);
  browser.expectNoFaults();
});

test('an expired token is refused, and the next attempt leads to the page that asked first', async () => {
  const expired = { exp: Math.floor(Date.now() / 1_000) - 60 };
  nextToken = service.app.jwt.sign({ userId: randomUUID(), ...expired });
  const page = await browser.open('/reservations', { language: 'en' });
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('You could not be signed in').waitFor();
  nextToken = service.token();
  await page.getByRole('main').getByRole('button', { name: 'Sign in' }).click();
  await page.getByText('You have no reservations yet').waitFor();
  expect(page.url()).toBe(`${service.origin}/reservations`);
  browser.expectNoFaults();
});

test('a clock of the browser that is two days ahead ends no session', async () => {
  const page = await browser.open('/');
  await page.clock.install({ time: Date.now() + 2 * 86_400_000 });
  await page.goto('/reservations');
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByText('아직 예매한 공연이 없어요').waitFor();
  await page.reload();
  await page.getByText('아직 예매한 공연이 없어요').waitFor();
  browser.expectNoFaults();
});

test('a session that ends under the open page says so, also when the service refuses its token', async () => {
  const page = await browser.open('/reservations');
  await page.clock.install();
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByText('아직 예매한 공연이 없어요').waitFor();
  // The token of this test ends after an hour.
  await page.clock.fastForward('01:01:00');
  await page.getByRole('heading', { name: '로그아웃되었어요' }).waitFor();
  await expectAccessible(page);
  expect(page.url()).toBe(`${service.origin}/reservations`);

  const longer = service.app.jwt.sign({ userId: randomUUID() }, { expiresIn: '12h' });
  // With a signature that the service doesn't know.
  nextToken = longer.replace(/\.[^.]+$/, '.bm90LXRoZS1zaWduYXR1cmU');
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByRole('heading', { name: '로그아웃되었어요' }).waitFor();
  nextToken = longer;
  await page.getByRole('main').getByRole('button', signIn).click();
  await page.getByText('아직 예매한 공연이 없어요').waitFor();
  browser.expectNoFaults();
});
