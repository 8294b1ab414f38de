import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fp from 'fastify-plugin';
import type { WebSettings } from '../../config/config.ts';
import { builtPages } from './built.ts';
import { developmentPages } from './development.ts';
import frontDoor from './front-door.ts';
import { setWebHeaders, webHeaders } from './headers.ts';
import type { Face } from './pages.ts';
import { settingsText } from './settings-text.ts';

/** The paths of each face. Its own router shows what belongs to them. */
const PATHS: Record<Face, string[]> = {
  'box-office': ['/', '/events', '/events/*', '/reservations', '/reservations/*', '/pay/*', '/signed-in'],
  console: ['/console', '/console/*'],
};

/** Addresses of programs: an unknown one is the 404 of the API, whatever the client accepts. Files have a dot in their name. */
const NOT_PAGES = /^\/(api|demo|docs|health|images|metrics|socket\.io|web)(\/|$)|\.[^/]*$/;

/** The web pages: a box office for buyers at /, and a control room for organizers and administrators at /console. */
const web: FastifyPluginAsync<{ settings: WebSettings }> = async (app, { settings }) => {
  const { boxOffice, console, development } = settings;
  if (!boxOffice) await app.register(frontDoor);
  if (!boxOffice && !console) return;
  const pages = development ? developmentPages(app) : await builtPages();

  await app.register(async (scope) => {
    scope.addHook('onRequest', webHeaders);
    await pages.serveFiles(scope);
    for (const face of faces(settings)) {
      for (const path of PATHS[face]) scope.get(path, (request, reply) => send(face, request, reply));
    }
  });

  if (boxOffice)
    app.notFoundPage.show = (request, reply) => {
      const [path = ''] = request.url.split('?');
      const isForPeople = request.method === 'GET' && accepts(request) && !NOT_PAGES.test(path);
      if (isForPeople) void send('box-office', request, setWebHeaders(reply).code(404));
      return isForPeople;
    };

  async function send(face: Face, request: FastifyRequest, reply: FastifyReply): Promise<unknown> {
    // The box office at `/` must not hide the 404 from a client of the API.
    if (!accepts(request)) return reply.callNotFound();
    const html = await pages.html(face);
    // The settings name the time, which a browser that goes back in its history must not take from a copy.
    return reply
      .type('text/html; charset=utf-8')
      .headers({ 'cache-control': 'no-store', vary: 'Accept' })
      .send(html.replace('%TIKETI_SETTINGS%', () => settingsText(settings)));
  }
};

function accepts({ headers }: FastifyRequest): boolean {
  return headers.accept?.includes('text/html') === true;
}

function faces({ boxOffice, console }: WebSettings): Face[] {
  return [...(boxOffice ? (['box-office'] as const) : []), ...(console ? (['console'] as const) : [])];
}

export default fp(web, { name: 'web' });
