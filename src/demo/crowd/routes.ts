import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from '@sinclair/typebox';
import { OneAtATime } from '../../lib/one-at-a-time.ts';
import { Crowd, type CrowdStatus, type Sign } from './crowd.ts';
import { FASTEST, FEWEST_BUYERS, MOST_BUYERS, SLOWEST } from './messages.ts';

const buyers = Type.Integer({ minimum: FEWEST_BUYERS, maximum: MOST_BUYERS });
const speed = Type.Number({ minimum: SLOWEST, maximum: FASTEST });
const CrowdRequest = Type.Object(
  { eventId: Type.String({ format: 'uuid' }), buyers, speed },
  { additionalProperties: false },
);
const CrowdChange = Type.Object(
  { buyers: Type.Optional(buyers), speed: Type.Optional(speed) },
  { additionalProperties: false, minProperties: 1 },
);

/** Enough for 5,000 buyers at a quarter of the speed. */
const TOKEN_LIFE = '6h';

/**
 * A crowd at the press of a button: one at a time on this instance. Anyone may call it, because outside production a click makes an
 * administrator as well.
 */
const crowdRoutes: FastifyPluginAsyncTypebox = async (app) => {
  let crowd: Crowd | undefined;
  // While one leaves, the next one waits.
  const turns = new OneAtATime();
  const sign: Sign = (role) => app.jwt.sign({ userId: randomUUID(), role }, { expiresIn: TOKEN_LIFE });
  // The first worker has the crowd.
  const onRequest = app.peers.byTheFirst;
  const answer = (): { crowd: CrowdStatus | null } => ({ crowd: crowd?.status ?? null });

  app.get('/demo/crowd', { onRequest, config: { unlogged: true } }, (_request, reply) => {
    reply.header('cache-control', 'no-store');
    return answer();
  });

  /** Lets a crowd come. It takes the place of the one before. */
  app.post<{ Body: Static<typeof CrowdRequest> }>(
    '/demo/crowd',
    { onRequest, schema: { body: CrowdRequest } },
    async ({ body: { eventId, ...settings } }, reply) => {
      await app.requireEvent(eventId);
      await turns.run(async () => {
        await crowd?.leave();
        crowd = new Crowd(app.listeningOrigin, eventId, settings, sign);
      });
      reply.code(201);
      return answer();
    },
  );

  app.patch<{ Body: Static<typeof CrowdChange> }>(
    '/demo/crowd',
    { onRequest, schema: { body: CrowdChange } },
    ({ body }) => {
      crowd?.change(body);
      return answer();
    },
  );

  app.delete('/demo/crowd', { onRequest }, async () => {
    await turns.run(async () => crowd?.leave());
    return answer();
  });

  // Before the service waits for its connections to end.
  app.addHook('preClose', async () => crowd?.kill());
};

export default crowdRoutes;
