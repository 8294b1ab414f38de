import { hkdfSync } from 'node:crypto';
import jwt from '@fastify/jwt';
import fp from 'fastify-plugin';
import type { Claim, Tokens } from '../types.ts';

interface Payload {
  aud: 'pass' | 'ticket';
  sub: string;
  event: string;
  seq?: number;
  at: number;
  iat: number;
  exp: number;
}

declare module '@fastify/jwt' {
  interface JWT {
    place: Pick<JWT, 'sign' | 'verify'>;
  }
}

declare module 'fastify' {
  interface FastifyInstance {
    placeTokens: PlaceTokens;
  }
}

export interface PlaceTokens {
  /** @param expiresAt when the place ends without contact, in ms since 1970 */
  sign(eventId: string, userId: string, claim: Claim, expiresAt: number): string;
  /**
   * What the tokens prove for this user and event. Tokens of others, forged and broken ones prove nothing. An expired one is accepted
   * here: whether it counts depends on how long Redis was away.
   */
  read(eventId: string, userId: string, tokens: Tokens): Claim[];
}

/** Passes and tickets: JWTs (RFC 7519) signed with a key of their own, so that neither works as an access token, or the reverse. */
export default fp<{ secret: string }>(
  async (app, { secret }) => {
    const key = Buffer.from(hkdfSync('sha256', secret, '', 'tiketi waiting room', 32));
    await app.register(jwt, {
      namespace: 'place',
      secret: key,
      sign: { algorithm: 'HS256' },
      verify: { algorithms: ['HS256'], ignoreExpiration: true },
    });
    const { place } = app.jwt;

    function readOne(
      aud: Payload['aud'],
      eventId: string,
      userId: string,
      token?: string,
    ): Claim | undefined {
      if (token === undefined) return undefined;
      try {
        const payload = place.verify<Payload>(token);
        if (payload.aud !== aud || payload.sub !== userId || payload.event !== eventId) return undefined;
        return {
          kind: aud === 'pass' ? 'inside' : 'waiting',
          at: payload.at,
          sequence: payload.seq ?? 0,
        };
      } catch {
        return undefined;
      }
    }

    app.decorate('placeTokens', {
      sign(eventId, userId, { kind, at, sequence }, expiresAt) {
        const inside = kind === 'inside';
        const payload: Payload = {
          aud: inside ? 'pass' : 'ticket',
          sub: userId,
          event: eventId,
          ...(!inside && { seq: sequence }),
          at,
          iat: Math.floor(at / 1_000),
          exp: Math.floor(expiresAt / 1_000),
        };
        // The types of @fastify/jwt describe access tokens only.
        return place.sign(payload as never);
      },
      read: (eventId, userId, { pass, ticket }) =>
        [readOne('pass', eventId, userId, pass), readOne('ticket', eventId, userId, ticket)].filter(
          (claim) => claim !== undefined,
        ),
    } satisfies PlaceTokens);
  },
  { name: 'place-tokens', dependencies: ['auth'] },
);
