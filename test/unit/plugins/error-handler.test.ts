import Fastify from 'fastify';
import { expect, test } from 'vitest';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { Problem } from '../../../src/errors/problem.ts';
import errorHandler from '../../../src/plugins/http/error-handler.ts';

test("a problem's own fields follow the fixed ones and replace none of them", async () => {
  const app = Fastify({ genReqId: () => 'the-id' });
  await app.register(errorHandler);
  app.get('/', () => {
    throw new Problem('SOLD_OUT', { fields: { left: 0, requestId: 'x', code: 'x', error: 'x' } });
  });
  const { statusCode, body } = await app.inject({ url: '/', headers: { 'accept-language': 'en' } });
  expect(statusCode).toBe(409);
  const fixed = { error: catalogue.SOLD_OUT.en, code: 'SOLD_OUT', requestId: 'the-id' };
  expect(body).toBe(JSON.stringify({ ...fixed, left: 0 }));
});
