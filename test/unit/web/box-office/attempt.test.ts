import { expect, test } from 'vitest';
import { TiketiError } from '../../../../src/client/index.ts';
import { Attempts } from '../../../../src/web/box-office/booking/attempt.ts';

/** Sends the requests one after the other, and tells which key each had. */
async function keysOf(...requests: [what: string, answer: TiketiError | undefined][]): Promise<string[]> {
  const attempts = new Attempts();
  const keys: string[] = [];
  for (const [what, answer] of requests)
    await attempts
      .make(what, async (key) => {
        keys.push(key);
        if (answer) throw answer;
      })
      .catch(() => undefined);
  return keys;
}

const lost = new TiketiError('NETWORK_ERROR', 'lost');

test('a request whose answer was lost is sent again with its key', async () => {
  for (const error of [lost, new TiketiError('SERVICE_UNAVAILABLE', '', { status: 503 })]) {
    const [first, again] = await keysOf(['2 × R', error], ['2 × R', undefined]);
    expect(again).toBe(first);
  }
});

test('a page over plain http, which lacks crypto.randomUUID, can book as well', async () => {
  const { randomUUID } = crypto;
  Object.assign(crypto, { randomUUID: undefined });
  try {
    expect(await keysOf(['2 × R', undefined])).toHaveLength(1);
  } finally {
    Object.assign(crypto, { randomUUID });
  }
});

test('another request, and one after an answer, has a key of its own', async () => {
  const refused = new TiketiError('SOLD_OUT', '', { status: 409 });
  const keys = await keysOf(['2 × R', lost], ['1 × R', refused], ['1 × R', undefined], ['1 × R', undefined]);
  expect(new Set(keys).size).toBe(4);
});
