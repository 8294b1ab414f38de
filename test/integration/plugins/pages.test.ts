import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { builtPages } from '../../../src/plugins/web/built.ts';
import { type Service, startService } from '../../support/service.ts';

let service: Service;
beforeAll(async () => {
  service = await startService({ env: { NODE_ENV: 'development' } });
});
afterAll(() => service.stop());

const browser = { accept: 'text/html,application/xhtml+xml,*/*;q=0.8' };

test.each(['/', '/events', '/events/1/book', '/reservations', '/console', '/console/events/1/sales'])(
  '%s is a page in development, which needs no build',
  async (path) => {
    const page = await fetch(service.origin + path, { headers: browser });
    expect(page.status).toBe(200);
    expect(page.headers.get('cache-control')).toBe('no-store');
    expect(page.headers.get('content-security-policy')).toMatch(/^default-src 'none'/);
    expect(page.headers.get('content-security-policy')).not.toContain('unsafe');
    const html = await page.text();
    expect(html).not.toMatch(/<script(?! type="module" src=)|<style|%TIKETI/);
    const [script, style] = ['src', 'href'].map(
      (name) => new RegExp(`${name}="(/web/.*?\\.(?:tsx|css))"`).exec(html)?.[1],
    );
    const compiled = await fetch(service.origin + script);
    expect(compiled.headers.get('content-type')).toMatch(/^text\/javascript/);
    expect(await compiled.text()).toContain('jsx');
    const css = await fetch(service.origin + style, { headers: { accept: 'text/css,*/*;q=0.1' } });
    expect(css.headers.get('content-type')).toMatch(/^text\/css/);
  },
);

test('an API client still gets the 404 of an unknown path where a browser gets a page', async () => {
  const answer = await fetch(`${service.origin}/`, { headers: { accept: 'application/json' } });
  expect(answer.status).toBe(404);
  expect(await answer.json()).toMatchObject({ code: 'ROUTE_NOT_FOUND' });
});

test('a mistyped address is a page with status 404 for a person, and the 404 of the API for any client of it', async () => {
  const ask = async (path: string, accept?: string, method = 'GET') => {
    const answer = await service.app.inject({
      method: method as 'GET',
      url: path,
      headers: accept === undefined ? {} : { accept },
    });
    return { status: answer.statusCode, type: String(answer.headers['content-type']).split(';')[0], answer };
  };
  const html = browser.accept;
  const { status, type, answer } = await ask('/evnets/1?from=mail', html);
  expect([status, type]).toEqual([404, 'text/html']);
  expect(answer.body).not.toContain('%TIKETI');
  expect(answer.headers['content-security-policy']).toMatch(/^default-src 'none'.*script-src 'self'/);
  expect(answer.headers['cache-control']).toBe('no-store');
  const json = { status: 404, type: 'application/json' };
  for (const path of ['/api/v1/evnets', '/api', '/robots.txt', '/favicon.ico', '/docs/x'])
    expect({ path, ...(await ask(path, html)) }).toMatchObject({ path, ...json });
  for (const accept of [undefined, '*/*', 'application/json'])
    expect(await ask('/evnets', accept)).toMatchObject(json);
  expect(await ask('/evnets', html, 'POST')).toMatchObject(json);
  expect((await ask('/', html, 'POST')).status).toBe(405);
});

test('files that no page imports are not served', async () => {
  const project = join(import.meta.dirname, '../../..');
  const asked = [
    `@fs${project}/package.json`,
    `@fs${project}/src/server.ts?raw`,
    '@fs/etc/passwd',
    '..%2f..%2fpackage.json',
  ];
  // The last one would open an editor.
  for (const path of [...asked, 'nothing.js', '__open-in-editor?file=/etc/passwd']) {
    const { status } = await fetch(`${service.origin}/web/${path}`);
    expect({ path, refused: status >= 400 }).toEqual({ path, refused: true });
  }
});

test('a page whose name leads to this machine makes no administrator, and no crowd', async () => {
  const ask = (host: string, url: string, payload: object) =>
    service.app.inject({ method: 'POST', url, headers: { host }, payload });
  const crowd = { eventId: '6efd44b0-8e43-872e-84dd-08c0d5419eac', buyers: 200, speed: 1 };
  for (const host of ['rebound.example', 'localhost.example:3002', '127.0.0.1.example']) {
    expect((await ask(host, '/demo/token', { role: 'admin' })).statusCode).toBe(403);
    expect((await ask(host, '/demo/crowd', crowd)).statusCode).toBe(403);
  }
  for (const host of ['127.0.0.1:3002', '[::1]:3002', 'localhost', 'tickets.localhost:3002', '192.168.0.7'])
    expect((await ask(host, '/demo/token', { role: 'admin' })).statusCode).toBe(201);
});

test('pages that are not built end the start with a line that says what to do', async () => {
  await expect(builtPages('/nowhere')).rejects.toThrow(
    'the web pages are not built: run `npm run build:web`, or set WEB=off and WEB_CONSOLE=false',
  );
});
