import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { jpeg, png, webp } from '../../../support/images.ts';
import { type Service, startService } from '../../../support/service.ts';
import { eventually } from '../../../support/wait.ts';
import { KEY, REGION, startS3 } from './s3-server.ts';

let s3: Awaited<ReturnType<typeof startS3>>;
let folder: string;
let service: Service;
const organizer = '3e0d2a7c-6f0f-4ef5-9d31-0d3c5a1e8b11';

beforeAll(async () => {
  [s3, folder] = [await startS3(), await mkdtemp(join(tmpdir(), 'posters-'))];
  service = await startService({ instances: 2 });
});
afterAll(async () => {
  await service.stop();
  await s3.stop();
  await rm(folder, { recursive: true });
});

async function ownEvent(status: 'draft' | 'on_sale' = 'on_sale') {
  const { eventId } = await service.seedEvent({ stock: [1] });
  await service.db
    .updateTable('events')
    .set({ created_by: organizer, status })
    .where('id', '=', eventId)
    .execute();
  await service.refresh();
  return eventId;
}

async function send(
  method: string,
  eventId: string,
  body?: Buffer,
  type = 'image/png',
  origin = service.origin,
) {
  const response = await fetch(`${origin}/api/v1/admin/events/${eventId}/poster`, {
    method,
    headers: { ...service.as(organizer, 'organizer'), 'content-type': type },
    ...(body && { body: new Uint8Array(body) }),
  });
  const answer = (await response.json()) as { code: string; poster: { url: string } };
  return { status: response.status, body: answer };
}
const upload = (eventId: string, image: Buffer, type?: string, origin?: string) =>
  send('PUT', eventId, image, type, origin);
const pathOf = (eventId: string) => `/api/v1/events/${eventId}/poster`;
const get = (path: string, headers: Record<string, string> = {}, instance = 1) =>
  fetch(`${service.origins[instance]}${path}`, { headers });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const addressOf = async (eventId: string) => {
  const answer = await get(`/api/v1/events/${eventId}`);
  const { event } = (await answer.json()) as { event: { poster_image_url: string | null } };
  return event.poster_image_url;
};

test.each([
  ['image/png', png(20, 30)],
  ['image/jpeg', jpeg(20, 30)],
  ['image/webp', webp(20, 30)],
])('%s is uploaded, shown by its address and cached for a year', async (type, image) => {
  const eventId = await ownEvent();
  const { status, body } = await upload(eventId, image, type);
  const url = expect.stringMatching(new RegExp(`^${pathOf(eventId)}\\?v=[0-9a-f]{32}$`));
  expect([status, body]).toEqual([200, { poster: { url, type, width: 20, height: 30, size: image.length } }]);
  await eventually(async () => expect(await addressOf(eventId)).toBe(body.poster.url));

  const answer = await get(body.poster.url);
  expect([answer.status, Object.fromEntries(answer.headers)]).toMatchObject([
    200,
    {
      'content-type': type,
      'content-length': String(image.length),
      'cache-control': 'public, max-age=31536000, immutable',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
      'cross-origin-resource-policy': 'cross-origin',
    },
  ]);
  expect(await bytesOf(answer)).toEqual(image);
  const etag = answer.headers.get('etag') as string;
  expect((await get(body.poster.url, { 'if-none-match': etag })).status).toBe(304);
  const head = await fetch(`${service.origin}${body.poster.url}`, { method: 'HEAD' });
  expect([head.status, head.headers.get('content-length'), head.headers.get('etag')]).toEqual([
    200,
    String(image.length),
    etag,
  ]);
  // An address without its version, or with another one, shows the current image for a moment only.
  for (const query of ['', '?v=00000000000000000000000000000000'])
    expect((await get(pathOf(eventId) + query)).headers.get('cache-control')).not.toContain('immutable');
});

test('a new image replaces the old one on every instance, and its address is another', async () => {
  const eventId = await ownEvent();
  const first = await upload(eventId, png(2, 2, 1));
  await eventually(async () => expect((await get(pathOf(eventId))).status).toBe(200));
  const image = png(2, 2, 2);
  const second = await upload(eventId, image);
  expect(second.body.poster.url).not.toBe(first.body.poster.url);
  for (const instance of [0, 1])
    await eventually(async () =>
      expect(await bytesOf(await get(pathOf(eventId), {}, instance))).toEqual(image),
    );
  const rows = await service.db
    .selectFrom('poster_images')
    .select('key')
    .where('event_id', '=', eventId)
    .execute();
  expect(rows).toHaveLength(1);
});

test('a deleted poster is gone, and an address elsewhere stays', async () => {
  const [eventId, other] = [await ownEvent(), await ownEvent()];
  await upload(eventId, png());
  await upload(other, png());
  const elsewhere = 'https://posters.example/a.webp';
  await service.db
    .updateTable('events')
    .set({ poster_image_url: elsewhere })
    .where('id', '=', other)
    .execute();
  expect([(await send('DELETE', eventId)).status, (await send('DELETE', other)).status]).toEqual([200, 200]);
  await eventually(async () => {
    expect([await addressOf(eventId), await addressOf(other)]).toEqual([null, elsewhere]);
    expect((await get(pathOf(eventId))).status).toBe(404);
  });
  expect((await send('DELETE', eventId)).body.code).toBe('POSTER_NOT_FOUND');
  expect(
    await service.db.selectFrom('poster_images').selectAll().where('event_id', '=', eventId).execute(),
  ).toEqual([]);
});

test('the poster of a draft is not public, and that of the published event is', async () => {
  const eventId = await ownEvent('draft');
  expect((await upload(eventId, png())).status).toBe(200);
  expect((await get(pathOf(eventId))).status).toBe(404);
  await service.db.updateTable('events').set({ status: 'on_sale' }).where('id', '=', eventId).execute();
  await eventually(async () => expect((await get(pathOf(eventId))).status).toBe(200));
});

test.each([
  [
    'an SVG that calls itself one',
    Buffer.from('<svg onload="alert(1)"/>'),
    'image/svg+xml',
    '422 POSTER_NOT_ACCEPTED',
  ],
  [
    'an SVG that calls itself a PNG',
    Buffer.from('<svg onload="alert(1)"/>'),
    'image/png',
    '422 POSTER_NOT_ACCEPTED',
  ],
  ['a PNG that calls itself a JPEG', png(), 'image/jpeg', '422 POSTER_NOT_ACCEPTED'],
  ['JSON', Buffer.from('{}'), 'application/json', '422 POSTER_NOT_ACCEPTED'],
  ['a form', png(), 'multipart/form-data; boundary=x', '422 POSTER_NOT_ACCEPTED'],
  [
    'a PNG with a page behind it',
    Buffer.concat([png(), Buffer.from('<script>')]),
    'image/png',
    '422 POSTER_NOT_ACCEPTED',
  ],
  ['a PNG of 30,000 pixels a side', png(30_000, 30_000), 'image/png', '422 POSTER_NOT_ACCEPTED'],
  ['no body', undefined, 'image/png', '422 POSTER_NOT_ACCEPTED'],
  ['6 MB', Buffer.alloc(6_000_000), 'image/png', '413 BODY_TOO_LARGE'],
])('%s is refused, and the poster stays', async (_what, body, type, expected) => {
  const eventId = await ownEvent();
  const { poster } = (await upload(eventId, png())).body;
  const answer = await send('PUT', eventId, body, type);
  expect(`${answer.status} ${answer.body.code}`).toBe(expected);
  await eventually(async () => expect(await addressOf(eventId)).toBe(poster.url));
  expect(
    await service.db.selectFrom('poster_images').select('key').where('event_id', '=', eventId).execute(),
  ).toHaveLength(1);
});

test('another organizer, and a buyer, upload nothing', async () => {
  const { eventId } = await service.seedEvent();
  expect((await upload(eventId, png())).body.code).toBe('FORBIDDEN');
  const response = await fetch(`${service.origin}/api/v1/admin/events/${eventId}/poster`, {
    method: 'PUT',
    headers: { ...service.as(), 'content-type': 'image/png' },
    body: new Uint8Array(png()),
  });
  expect(response.status).toBe(403);
});

test('with PUBLIC_URL, the address is absolute', async () => {
  const eventId = await ownEvent();
  const another = await service.startAnother({ PUBLIC_URL: 'https://tickets.example/' });
  const { body } = await upload(eventId, png(), 'image/png', another.listeningOrigin);
  expect(body.poster.url).toMatch(`https://tickets.example${pathOf(eventId)}?v=`);
});

describe('the store', () => {
  const variables = () => ({
    folder: { POSTER_STORE: 'folder', POSTER_FOLDER: join(folder, 'new') },
    s3: {
      POSTER_STORE: 's3',
      POSTER_BUCKET_URL: s3.url,
      POSTER_BUCKET_REGION: REGION,
      POSTER_BUCKET_KEY_ID: KEY.accessKeyId,
      POSTER_BUCKET_SECRET: KEY.secretAccessKey,
    },
  });
  let ofFolder: string;
  let ofS3: string;
  beforeAll(async () => {
    ofFolder = (await service.startAnother(variables().folder)).listeningOrigin;
    ofS3 = (await service.startAnother(variables().s3)).listeningOrigin;
  });
  /** Uploads two images, one after the other, reads the second, and deletes it. */
  async function live(origin: string, kept: () => Promise<Buffer[]>) {
    const eventId = await ownEvent();
    await upload(eventId, png(2, 2, 3), 'image/png', origin);
    const image = png(2, 2, 4);
    const { body } = await upload(eventId, image, 'image/png', origin);
    expect(await kept()).toEqual([image]);
    expect(await bytesOf(await fetch(origin + body.poster.url))).toEqual(image);
    expect((await send('DELETE', eventId, undefined, undefined, origin)).status).toBe(200);
    expect(await kept()).toEqual([]);
    expect(
      await service.db.selectFrom('poster_images').select('key').where('event_id', '=', eventId).execute(),
    ).toEqual([]);
  }

  test('may be a folder', async () => {
    const path = join(folder, 'new');
    await live(ofFolder, async () =>
      Promise.all((await readdir(path)).map((name) => readFile(join(path, name)))),
    );
  });

  test('forgets the poster of a draft that is deleted, and a copy of an event has none', async () => {
    const eventId = await ownEvent('draft');
    await upload(eventId, png(2, 2, 8), 'image/png', ofFolder);
    const path = join(folder, 'new');
    expect(await readdir(path)).toHaveLength(1);
    const headers = service.as(organizer, 'organizer');
    const url = `${ofFolder}/api/v1/admin/events/${eventId}`;
    const copy = await fetch(`${url}/duplicate`, { method: 'POST', headers });
    const { event } = (await copy.json()) as { event: { poster_image_url: string | null } };
    expect([copy.status, event.poster_image_url]).toEqual([201, null]);
    expect((await fetch(url, { method: 'DELETE', headers })).status).toBe(200);
    expect(await readdir(path)).toEqual([]);
  });

  test('may be S3, whose requests are signed', async () => {
    await live(ofS3, async () => [...s3.objects.values()].map(({ bytes }) => bytes));
    expect(s3.refused).toEqual([]);
  });

  test('that is broken or refuses the key is a 503, and the poster stays', async () => {
    const wrong = { ...variables().s3, POSTER_BUCKET_SECRET: 'not-the-secret' };
    const bad = await service.startAnother(wrong);
    const eventId = await ownEvent();
    const { poster } = (await upload(eventId, png(2, 2, 5), 'image/png', ofS3)).body;
    const refused = await upload(eventId, png(2, 2, 6), 'image/png', bad.listeningOrigin);
    s3.break();
    const broken = await upload(eventId, png(2, 2, 7), 'image/png', ofS3);
    s3.mend();
    expect([refused.body.code, broken.body.code]).toEqual(['SERVICE_UNAVAILABLE', 'SERVICE_UNAVAILABLE']);
    expect(s3.refused.length).toBeGreaterThan(0);
    expect((await fetch(ofS3 + poster.url)).status).toBe(200);
  });
});

test('an image stays if the connection ends after the commit, before its answer', async () => {
  const eventId = await ownEvent();
  const { admin } = service.app;
  const change = admin.change.bind(admin);
  const lost = vi.spyOn(admin, 'change').mockImplementationOnce(async (...given) => {
    await change(...given);
    throw new Error('Connection terminated unexpectedly');
  });
  expect((await upload(eventId, png(21, 31))).status).toBeGreaterThanOrEqual(500);
  expect(lost).toHaveBeenCalledOnce();
  lost.mockRestore();
  await service.refresh();
  expect((await get((await addressOf(eventId)) as string)).status).toBe(200);
});
