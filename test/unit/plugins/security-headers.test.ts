import helmet from '@fastify/helmet';
import Fastify, { type FastifyInstance } from 'fastify';
import { expect, test } from 'vitest';
import securityHeaders, { pageHeaders } from '../../../src/plugins/http/security-headers.ts';

/** Every header of an answer but its date. */
async function headersWith(setUp: (app: FastifyInstance) => unknown) {
  await using app = Fastify();
  await setUp(app);
  app.get('/', () => 'answer');
  const { date: _, ...headers } = (await app.inject('/')).headers;
  return headers;
}

test('pages carry the very headers that the installed Helmet recommends', async () => {
  const recommended = await headersWith((app) =>
    app.register(helmet, { contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } } }),
  );
  expect(Object.keys(recommended).length).toBeGreaterThan(10);
  const ours = await headersWith(async (app) => {
    await app.register(securityHeaders);
    app.addHook('onRequest', pageHeaders);
  });
  expect(ours).toEqual(recommended);
});

test('other answers carry the headers that OWASP asks of an API', async () => {
  const plain = await headersWith(() => undefined);
  expect(await headersWith((app) => app.register(securityHeaders))).toEqual({
    ...plain,
    'content-security-policy': "default-src 'none';frame-ancestors 'none'",
    'strict-transport-security': 'max-age=31536000; includeSubDomains',
    'x-content-type-options': 'nosniff',
  });
});
