import { randomUUID } from 'node:crypto';
import { isIP } from 'node:net';
import type { FastifyPluginAsyncTypebox } from '@fastify/type-provider-typebox';
import { type Static, Type } from '@sinclair/typebox';
import type { onRequestHookHandler } from 'fastify';
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
 * Where a click makes an administrator, the address must be an IP or localhost, as Vite asks for too. Under another name, any page that
 * a developer visits could reach this machine: its owner changes the address behind the name (DNS rebinding).
 */
const requireOwnName: onRequestHookHandler = ({ hostname }, _reply, done) => {
  const isOwn = isIP(hostname.replace(/^\[(.*)\]$/, '$1')) !== 0 || /(^|\.)localhost$/.test(hostname);
  done(isOwn ? undefined : new Problem('FORBIDDEN'));
};

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
  if (playground) app.addHook('onRequest', requireOwnName);
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
