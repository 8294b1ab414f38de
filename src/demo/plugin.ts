import { randomUUID } from 'node:crypto';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from '@sinclair/typebox';
import type { WebSettings } from '../config/config.ts';
import { Problem } from '../errors/problem.ts';
import type { Role } from '../plugins/auth.ts';
import crowdRoutes from './crowd/routes.ts';
import payments from './payments.ts';

const TokenRequest = Type.Object(
  { role: Type.Union([Type.Literal('user'), Type.Literal('organizer'), Type.Literal('admin')]) },
  { additionalProperties: false },
);

/**
 * What the web pages need in order to be looked at: users by one click, and a payment service. None of it is part of the contract, and
 * none of it is there while the pages are off.
 */
const demo: FastifyPluginAsyncTypebox<{ settings: WebSettings }> = async (app, { settings }) => {
  const { boxOffice, loginUrl, playground } = settings;
  const roles: Role[] = [
    ...(boxOffice && loginUrl === undefined ? (['user'] as const) : []),
    ...(playground ? (['organizer', 'admin'] as const) : []),
  ];
  if (boxOffice) await app.register(payments);
  if (playground) await app.register(crowdRoutes);

  /** A new user's token for twelve hours. */
  app.post<{ Body: Static<typeof TokenRequest> }>(
    '/demo/token',
    { schema: { body: TokenRequest } },
    ({ body: { role } }, reply) => {
      if (!roles.includes(role)) throw new Problem('FORBIDDEN');
      const userId = randomUUID();
      reply.code(201).header('cache-control', 'no-store');
      return { userId, role, token: app.jwt.sign({ userId, role }, { expiresIn: '12h' }) };
    },
  );
};

export default demo;
