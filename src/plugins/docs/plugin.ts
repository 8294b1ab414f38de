import { readFile } from 'node:fs/promises';
import swagger from '@fastify/swagger';
import swaggerUi from '@fastify/swagger-ui';
import type { FastifyPluginAsync, FastifyRequest } from 'fastify';
import { stringify } from 'yaml';
import { asyncapi } from '../../contract/asyncapi.ts';
import { openapi } from '../../contract/openapi.ts';
import { pageHeaders } from '../http/security-headers.ts';

interface Options {
  authServiceUrl: string;
  production: boolean;
}

/** Swagger UI at /docs, in a page of our own, and the contract at /docs/json, /docs/yaml and /docs/asyncapi.yaml. */
const docs: FastifyPluginAsync<Options> = async (app, options) => {
  app.addHook('onRequest', pageHeaders);
  const [page, css, js, logo] = await Promise.all([
    read('page.html'),
    read('page.css'),
    read('page.js'),
    read('logo.svg'),
  ]);
  await app.register(swagger, { mode: 'static', specification: { document: documentFor(options) } });
  await app.register(swaggerUi, {
    routePrefix: '/docs',
    theme: {
      css: [{ filename: 'page.css', content: css }],
      js: [{ filename: 'page.js', content: js }],
      favicon: [{ filename: 'logo.svg', rel: 'icon', type: 'image/svg+xml', sizes: 'any', content: logo }],
    },
    uiHooks: {
      // @fastify/swagger-ui has no option for its page, which shows Fastify's logo and has no viewport.
      preHandler(request, reply, next) {
        if (!['/docs', '/docs/'].includes(request.routeOptions.url ?? '')) return next();
        return reply.type('text/html; charset=utf-8').send(page);
      },
    },
  });
  app.get('/docs/asyncapi.yaml', (request, reply) =>
    reply.type('application/x-yaml').send(stringify({ ...asyncapi, servers: serversOf(request) })),
  );
};

export default docs;

function read(name: string): Promise<string> {
  return readFile(new URL(name, import.meta.url), 'utf8');
}

/** The REST contract, which also says where its reader gets a token. */
function documentFor({ authServiceUrl, production }: Options): typeof openapi {
  const { components } = openapi;
  const bearer = components?.securitySchemes?.bearer;
  if (!bearer || !('description' in bearer)) return openapi;
  const source = production
    ? `Tokens come from the auth service: ${authServiceUrl}`
    : 'To get a token for this machine, run `npm run -s token -- --role user` (or `admin`, or `service`).';
  const described = { ...bearer, description: `${bearer.description}\n\n${source}` };
  const securitySchemes = { ...components?.securitySchemes, bearer: described };
  return { ...openapi, components: { ...components, securitySchemes } };
}

/** The same servers, at the address that this request reached. */
function serversOf({ host, protocol }: FastifyRequest) {
  const secure = protocol === 'https' ? 's' : '';
  const servers = Object.entries(asyncapi.servers).map(([name, server]) => {
    return [name, { ...server, host: host || server.host, protocol: `${server.protocol}${secure}` }] as const;
  });
  return Object.fromEntries(servers);
}
