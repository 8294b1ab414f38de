import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import Fastify, { type FastifyInstance, type RouteOptions } from 'fastify';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { asyncapi } from '../../src/contract/asyncapi.ts';
import { openapi } from '../../src/contract/openapi.ts';
import { errorCodes, routes } from '../../src/contract/routes.ts';
import { ErrorCode } from '../../src/contract/schemas.ts';
import { catalogue } from '../../src/errors/catalogue.ts';
import docs from '../../src/plugins/docs/plugin.ts';
import { type Service, startService } from '../support/service.ts';
import { documented, expectDocumented, expectProblem } from './answers.ts';

let service: Service;
const routed: RouteOptions[] = [];

beforeAll(async () => {
  // An onRoute hook only hears of later routes, so it is added before the first plugin.
  const listen = (message: unknown) => {
    const { fastify } = message as { fastify: FastifyInstance };
    fastify.addHook('onRoute', (route) => void routed.push(route));
  };
  subscribe('fastify.initialization', listen);
  service = await startService();
  unsubscribe('fastify.initialization', listen);
});
afterAll(() => service.stop());

describe('the routes', () => {
  const name = ({ method, url }: { method: string | string[]; url: string }) => `${method} ${url}`;
  const inDocument = Object.entries(openapi.paths).flatMap(([path, item]) =>
    Object.keys(item as object)
      .filter((method) => method !== 'parameters')
      .map((method) => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  );
  const served = () =>
    routed.filter(({ method, url }) => method !== 'HEAD' && /^\/(api|health|metrics)/.test(url)).map(name);

  test('are the operations of the contract, all of them and no others', () => {
    expect(served().sort()).toEqual(inDocument.sort());
    expect(routed.map(({ config }) => config?.operationId).filter(Boolean)).toEqual(
      expect.arrayContaining(Object.keys(routes)),
    );
  });

  test('answer HEAD as they answer GET', async () => {
    const head = await service.app.inject({ method: 'HEAD', url: '/api/v1/events' });
    const get = await service.app.inject('/api/v1/events');
    expect([head.statusCode, head.body, head.headers.etag]).toEqual([200, '', get.headers.etag]);
  });

  test.each(['/', '/api', '/api/v1', '/api/v2/events', '/api/v1/events/x/y', '/admin', '/.env'])(
    'answer ROUTE_NOT_FOUND to an unknown path: %s',
    async (url) => {
      const answer = await service.app.inject(url);
      expect(answer.statusCode).toBe(404);
      expect(expectProblem(answer).code).toBe('ROUTE_NOT_FOUND');
    },
  );
});

describe('the errors', () => {
  test('of the service are those of the contract', () => {
    expect(Object.keys(catalogue).sort()).toEqual(
      [...((ErrorCode as { enum?: string[] }).enum ?? [])].sort(),
    );
  });

  test('have the status that the contract documents for them', () => {
    for (const [operationId, statuses] of Object.entries(errorCodes)) {
      for (const [status, codes] of Object.entries<readonly (keyof typeof catalogue)[]>(statuses)) {
        for (const code of codes)
          expect(catalogue[code].status, `${operationId} ${code}`).toBe(Number(status));
      }
    }
  });

  test('have the same text in the document and in the service', () => {
    const examples = [...documented.values()]
      .flatMap((responses) => [...responses.values()])
      .flatMap(({ content }) => Object.values(content['application/json']?.examples ?? {}))
      .map(({ value }) => value as { code?: keyof typeof catalogue; error?: string });
    const problems = examples.filter(({ code }) => code !== undefined);
    expect(problems.length).toBeGreaterThan(100);
    for (const { code, error } of problems) expect(error).toBe(catalogue[code as keyof typeof catalogue].ko);
  });
});

describe('the check of answers', () => {
  test('is strict: every object names its fields and allows no others', () => {
    for (const [name, schema] of Object.entries(openapi.components?.schemas ?? {})) {
      if ('type' in schema && schema.type === 'object') {
        expect(schema.additionalProperties, name).toBe(false);
        expect([name, Object.keys(schema.properties ?? {}).length > 0]).toEqual([name, true]);
      }
    }
  });

  test.each<[string, object]>([
    ['an unknown field', { status: 'ok', service: 'ticket-service', uptime: 1, secret: 'x' }],
    ['a missing field', { status: 'ok', service: 'ticket-service' }],
    ['a wrong type', { status: 'ok', service: 'ticket-service', uptime: '1' }],
  ])('notices %s', (_what, body) => {
    const answer = { statusCode: 200, headers: { 'content-type': 'application/json; charset=utf-8' } };
    expect(() => expectDocumented('getHealth', { ...answer, body: JSON.stringify(body) })).toThrow();
  });
});

describe('/docs', () => {
  /** The contract as it is served. It says where a token comes from, which depends on the environment. */
  const served = (tokens: string) => {
    const document = structuredClone(openapi) as unknown as {
      components: { securitySchemes: { bearer: { description: string } } };
    };
    document.components.securitySchemes.bearer.description += `\n\n${tokens}`;
    return document;
  };
  const inDevelopment = served(
    'To get a token for this machine, run `npm run -s token -- --role user` (or `admin`, or `service`).',
  );

  test.each(['/docs', '/docs/'])('%s is a page under our name that fits a phone', async (url) => {
    const answer = await service.app.inject(url);
    expect(answer.statusCode).toBe(200);
    expect(answer.headers['content-type']).toBe('text/html; charset=utf-8');
    expect(answer.body).toContain('<title>Tiketi Ticket Service</title>');
    expect(answer.body).toContain('<meta name="viewport" content="width=device-width, initial-scale=1" />');
  });

  test('loads its files from this service alone, and links to files that exist', async () => {
    const { body, headers } = await service.app.inject('/docs');
    expect(headers['content-security-policy']).toContain("script-src 'self';");
    const urls = [...body.matchAll(/ (?:src|href)="([^"]+)"/g)].map(([, url]) => url as string);
    expect(urls.filter((url) => url.endsWith('.js'))).toHaveLength(2);
    for (const url of new Set(urls)) {
      expect(url).toMatch(/^\/docs\//);
      expect((await service.app.inject(url)).statusCode, url).toBe(200);
    }
  });

  test('replaces a form that Swagger UI has, and whose boxes share an id', async () => {
    const { body } = await service.app.inject('/docs/static/swagger-ui-bundle.js');
    expect(body).toContain('HttpAuth');
    expect(body).toContain('auth-bearer-value');
    expect((await service.app.inject('/docs/static/theme/page.js')).body).toContain('HttpAuth:');
  });

  test('/docs/json is the contract', async () => {
    const answer = await service.app.inject('/docs/json');
    expect(answer.headers['content-type']).toMatch(/^application\/json/);
    expect(answer.json()).toEqual(inDevelopment);
  });

  test('/docs/yaml is the contract', async () => {
    const answer = await service.app.inject('/docs/yaml');
    expect(answer.headers['content-type']).toMatch(/yaml/);
    expect(parse(answer.body)).toEqual(inDevelopment);
  });

  test('names the auth service in production, where no token is made on the machine', async () => {
    const app = Fastify();
    await app.register(docs, { authServiceUrl: 'https://auth.example', production: true });
    const answer = await app.inject('/docs/json');
    await app.close();
    expect(answer.json()).toEqual(served('Tokens come from the auth service: https://auth.example'));
  });

  test('/docs/asyncapi.yaml is the contract of Socket.IO and the live streams, with the servers that the request reached', async () => {
    const read = async (headers: Record<string, string>) => {
      const answer = await service.app.inject({ url: '/docs/asyncapi.yaml', headers });
      expect(answer.headers['content-type']).toMatch(/yaml/);
      return parse(answer.body);
    };
    const host = 'tickets.example:8080';
    const here = { ...asyncapi.servers.here, host, protocol: 'ws' };
    const stream = { ...asyncapi.servers.stream, host, protocol: 'http' };
    expect(await read({ host })).toEqual({ ...asyncapi, servers: { here, stream } });
  });

  test('names wss:// and https:// behind a proxy that ends TLS', async () => {
    const app = Fastify({ trustProxy: true });
    await app.register(docs, { authServiceUrl: 'https://auth.example', production: true });
    const headers = { host: 'tickets.example', 'x-forwarded-proto': 'https' };
    const answer = await app.inject({ url: '/docs/asyncapi.yaml', headers });
    await app.close();
    const { here, stream } = parse(answer.body).servers;
    expect(here).toMatchObject({ host: 'tickets.example', protocol: 'wss' });
    expect(stream).toMatchObject({ host: 'tickets.example', protocol: 'https' });
  });

  test('names each operation, its callers and a bearer token to try it out with', async () => {
    const { paths, components } = (await service.app.inject('/docs/json')).json();
    expect(components.securitySchemes.bearer).toMatchObject({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
    });
    expect(paths['/api/v1/events'].get.security).toEqual([]);
    expect(paths['/api/v1/seats/reserve'].post.security).toBeUndefined();
  });
});
