import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sellerOf } from '../support/seller.ts';
import { type Service, startService } from '../support/service.ts';
import {
  expectAccessible,
  expectToFit,
  PATIENCE_MS,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

let service: Service;
let browser: TestBrowser;
let receiver: Server;
let address: string;
let status = 200;
let answersAfterMs = 0;
const received: string[] = [];

beforeAll(async () => {
  receiver = createServer((request, response) => {
    request.resume();
    received.push(String(request.headers['webhook-id']));
    setTimeout(() => response.writeHead(status).end(), answersAfterMs);
  }).listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  address = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hook`;
  service = await startService({ env: { WEB_CONSOLE: 'true', WEBHOOK_PRIVATE_ADDRESSES: 'true' } });
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
  receiver.close();
});

test('an organizer makes a webhook, tries it, sends a refused message again, and finds all in the audit log', async () => {
  const seller = sellerOf(service);
  const { eventId, seatIds } = await seller.seed({ seats: 1 });
  const page = await browser.open('/console/webhooks', {
    user: { userId: seller.organizer, role: 'organizer' },
    language: 'en',
    viewport: { width: 360, height: 780 },
  });
  await page.getByRole('button', { name: 'New webhook' }).click();
  await page.getByLabel('Address').fill('ftp://wrong');
  await page.getByRole('button', { name: 'Create the webhook' }).click();
  await expect.poll(() => page.getByLabel('Address').getAttribute('aria-invalid')).toBe('true');
  await page.getByLabel('Address').fill(address);
  await page.getByRole('button', { name: 'Create the webhook' }).click();

  await expect.poll(() => page.getByRole('textbox', { name: 'Secret' }).inputValue()).toMatch(/^whsec_/);
  await page.getByRole('button', { name: 'I have kept it' }).click();
  await page.getByRole('heading', { name: address }).waitFor();
  await page.getByRole('button', { name: 'Send a test' }).click();

  await page.getByText(/Delivered in \d+ ms/).waitFor();
  expect(received).toHaveLength(1);
  await expectAccessible(page);
  await expectToFit(page);

  // A message that the receiver refuses is sent again, and the list follows it to its answer.
  status = 500;
  const held = await seller.hold(eventId, seatIds);
  await seller.pay(held.id, 50_000);
  await page.getByRole('button', { name: 'Deliveries' }).click();
  // By itself it is sent again after 4 to 6 seconds.
  const refused = page.getByText(/^\d+ attempts · 500 .* again at/);
  await expect
    .poll(
      async () => {
        await page.getByRole('button', { name: 'Reload' }).click();
        return refused.count();
      },
      { timeout: PATIENCE_MS },
    )
    .toBe(1);
  status = 200;
  // The page looks each second, so it also sees the message on its way.
  answersAfterMs = 1_500;
  await page.getByRole('button', { name: 'Send again' }).click();
  // After a first failure the address gets nothing for 5 seconds, after a second one for 15.
  await page.getByText(/^1 attempts · 200 /).waitFor({ timeout: 25_000 });
  await page.getByText('Delivered', { exact: true }).waitFor();

  await page.goto('/console/audit');
  await page.getByText('webhook.test').waitFor();
  await page.getByText('webhook.create').click();
  await page.getByRole('cell', { name: address }).waitFor();
  await expectAccessible(page);
  await expectToFit(page);
  await page.getByLabel('About', { exact: true }).selectOption('Halls');
  await page.getByText('No entry matches.').waitFor();
  browser.expectNoFaults();
});
