import helmet from '@fastify/helmet';
import Fastify, { type FastifyPluginAsync } from 'fastify';
import { expect, test } from 'vitest';
import securityHeaders from '../../../src/plugins/http/security-headers.ts';

/** Every header of an answer but its date. */
async function headersWith<Options extends object>(plugin: FastifyPluginAsync<Options>, options: Options) {
  await using app = Fastify();
  await app.register(plugin as FastifyPluginAsync, options);
  app.get('/', () => 'answer');
  const { date: _, ...headers } = (await app.inject('/')).headers;
  return headers;
}

test('answers carry the very headers that the installed Helmet recommends', async () => {
  const recommended = await headersWith(helmet, {
    contentSecurityPolicy: { directives: { upgradeInsecureRequests: null } },
  });
  expect(Object.keys(recommended).length).toBeGreaterThan(10);
  expect(await headersWith(securityHeaders, {})).toEqual(recommended);
});
