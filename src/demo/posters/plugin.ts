import type { FastifyPluginAsync } from 'fastify';
import { concerts } from '../../database/seed/concerts.ts';
import { stage } from '../../database/seed/stage.ts';
import { venues } from '../../database/seed/venues.ts';
import { concerts as concertDesigns } from './concerts.ts';
import { drawPoster } from './poster.ts';
import { stage as stageDesigns } from './stage.ts';

/** Should someone open the picture by itself, it may load and run nothing either. */
const POLICY = "default-src 'none';frame-ancestors 'none';sandbox";

/** The posters of the demo events, where the seed says that they are. Seeded events may also be there while the pages are off. */
const posters: FastifyPluginAsync = async (app) => {
  const designs = { ...concertDesigns, ...stageDesigns };
  const events = new Map([...concerts, ...stage].map((event) => [event.key, event]));
  const drawn = new Map<string, string>();

  function draw(key: string): string | undefined {
    const [event, design] = [events.get(key), designs[key]];
    if (!event || !design) return undefined;
    const [venue] = venues[event.venue];
    const picture = drawPoster({ title: event.title, artist: event.artist, venue }, design);
    drawn.set(key, picture);
    return picture;
  }

  app.get<{ Params: { name: string } }>(
    '/images/:name',
    { config: { unlogged: true } },
    ({ params: { name } }, reply) => {
      const key = name.endsWith('.svg') ? name.slice(0, -4) : '';
      const picture = drawn.get(key) ?? draw(key);
      if (picture === undefined) return reply.callNotFound();
      return reply
        .type('image/svg+xml; charset=utf-8')
        .headers({
          'cache-control': 'public, max-age=86400, stale-while-revalidate=604800',
          'content-security-policy': POLICY,
          // Front ends on other origins show them.
          'cross-origin-resource-policy': 'cross-origin',
        })
        .send(picture);
    },
  );
};

export default posters;
