import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isPublicAddress, resolvePublic } from '../../../../src/admin/webhooks/address.ts';
import { send } from '../../../../src/admin/webhooks/send.ts';
import { type NameServer, startNameServer } from './name-server.ts';
import { startReceiver } from './receiver.ts';

let receiver: Awaited<ReturnType<typeof startReceiver>>;
let nameServer: NameServer;
let names: NameServer['names'];

beforeAll(async () => {
  [receiver, nameServer] = await Promise.all([startReceiver(), startNameServer()]);
  names = nameServer.names;
});
afterAll(async () => {
  nameServer.close();
  await receiver.close();
});

const message = { id: 'evt_1', type: 'webhook.test', timestamp: new Date().toISOString(), data: {} };
const strict = { privateAddresses: false, timeoutMs: 5_000 };

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
  names.set('hooks.example', ['1.1.1.1', '127.0.0.1']);
  const url = receiver.url.replace('http://127.0.0.1', 'https://hooks.example');
  expect(await send(url, ['whsec_AAAA'], message, strict)).toMatchObject({
    response_status: null,
    error: 'the name resolves to an address of a private network',
  });
  expect(receiver.received).toEqual([]);
  // The control: allowed, the same message arrives.
  const allowed = { ...strict, privateAddresses: true };
  expect(await send(receiver.url, ['whsec_AAAA'], message, allowed)).toMatchObject({ response_status: 200 });
  expect(receiver.received).toHaveLength(1);
});

test('the connection goes to the address that was checked', async () => {
  const resolve = (all: boolean) =>
    new Promise((done) => resolvePublic('hooks.example', { all }, (...answer) => done(answer)));
  names.set('hooks.example', ['1.1.1.1', '1.0.0.1']);
  expect(await resolve(true)).toEqual([
    null,
    [
      { address: '1.1.1.1', family: 4 },
      { address: '1.0.0.1', family: 4 },
    ],
  ]);
  expect(await resolve(false)).toEqual([null, '1.1.1.1', 4]);
  // A moment later, the name leads elsewhere.
  names.set('hooks.example', ['10.0.0.1']);
  for (const all of [true, false]) expect(await resolve(all)).toEqual([expect.any(Error), '']);
});

test('a name server that says nothing takes no thread of those that compress answers', async () => {
  names.set('silent.example', 'nothing');
  const url = 'https://silent.example/';
  const sending = Array.from({ length: 8 }, () =>
    send(url, ['whsec_AAAA'], message, { ...strict, timeoutMs: 300 }),
  );
  const begun = performance.now();
  await promisify(gzip)('x');
  expect(performance.now() - begun).toBeLessThan(200);
  for (const sent of await Promise.all(sending))
    expect(sent).toMatchObject({ response_status: null, error: 'no answer within 0.3 seconds' });
});

test.each([
  [
    'switches protocols',
    'HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n',
    101,
  ],
  ['breaks off its answer', 'HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nab', 200],
  ['ends the connection', '', null],
  ['speaks no HTTP', 'hello\r\n\r\n', null],
])('an address that %s holds no place', async (_what, answer, response_status) => {
  const server = createServer((socket) =>
    socket.on('error', () => {}).once('data', () => socket.end(answer)),
  );
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}/`;
  const sent = await send(url, ['whsec_AAAA'], message, { ...strict, privateAddresses: true });
  expect(sent).toMatchObject({ response_status });
  expect(sent.duration_ms).toBeLessThan(4_500);
  server.close();
});
