import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublicAddress, resolvePublic } from '../../../../src/admin/webhooks/address.ts';
import { send } from '../../../../src/admin/webhooks/send.ts';
import { startReceiver } from './receiver.ts';

let receiver: Awaited<ReturnType<typeof startReceiver>>;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.close());

const message = { id: 'evt_1', type: 'webhook.test', timestamp: new Date().toISOString(), data: {} };
const strict = { privateAddresses: false, timeoutMs: 1_000 };

test.each([
  '127.0.0.1',
  '10.0.0.1',
  '169.254.169.254',
  '0.0.0.0',
  '::1',
  '::ffff:10.0.0.1',
  'fe80::1',
  'fd00::1',
  '64:ff9b::a00:1',
])('%s is no public address', (address) => expect(isPublicAddress(address)).toBe(false));
test.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111'])('%s is one', (address) =>
  expect(isPublicAddress(address)).toBe(true),
);

test('a name that resolves to a private address is refused before a connection is made', async () => {
  const sent = await send(
    receiver.url.replace('http://127.0.0.1', 'https://localhost'),
    ['whsec_AAAA'],
    message,
    strict,
  );
  expect(sent).toMatchObject({ response_status: null, error: expect.stringContaining('private network') });
  expect(receiver.received).toEqual([]);
  // The control: allowed, the same message arrives.
  const allowed = { ...strict, privateAddresses: true };
  expect(await send(receiver.url, ['whsec_AAAA'], message, allowed)).toMatchObject({ response_status: 200 });
  expect(receiver.received).toHaveLength(1);
});

test('the connection goes to the address that was checked', async () => {
  for (const all of [true, false]) {
    const error = await new Promise<Error | null>((resolve) =>
      resolvePublic('localhost', { all }, (failure) => resolve(failure)),
    );
    expect(error?.message).toContain('private network');
  }
});
