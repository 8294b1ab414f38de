import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { ask } from '../support/http.ts';
import { expectInvariants } from '../support/invariants.ts';
import { startTestRedis, type TestRedis } from '../support/redis/redis.ts';
import { type ServerProcess, startServer } from '../support/server-process.ts';
import { openSockets, type Sockets } from '../support/sockets.ts';
import { signToken } from '../support/token.ts';

/** Processes of the service on a database and a Redis of the calling file's own. Each test leaves none of them behind. */
export function useServerProcesses() {
  let database: TestDatabase;
  let redis: TestRedis;
  let sockets: Sockets;
  const prefix = `test-${randomUUID()}`;
  const servers: ServerProcess[] = [];

  beforeAll(async () => {
    [database, redis] = await Promise.all([createTestDatabase(), startTestRedis()]);
    sockets = openSockets(signToken);
  });
  afterEach(async () => {
    expect(sockets.close()).toEqual([]);
    for (const { process: child } of servers.splice(0)) child.kill('SIGKILL');
    await expectInvariants(database.db);
  });
  afterAll(async () => {
    await database.drop();
    await redis.close();
  });

  return {
    get db() {
      return database.db;
    },
    async start(env: Record<string, string> = {}): Promise<ServerProcess> {
      const server = await startServer(database.settings, redis, { REDIS_PREFIX: prefix, ...env });
      servers.push(server);
      return server;
    },
    connect: (origin: string) => sockets.connect(origin),

    async buy(origin: string, eventId: string, ticketTypeId: string) {
      const { status, body } = await ask(origin, {
        method: 'POST',
        url: '/api/v1/reservations',
        headers: { authorization: `Bearer ${signToken()}` },
        payload: { eventId, items: [{ ticketTypeId, quantity: 1 }] },
      });
      return { status, id: body.reservation?.id as string | undefined };
    },

    /** The number of these reservations that are in the database. */
    async found(ids: string[]): Promise<number> {
      const { count } = await database.db
        .selectFrom('reservations')
        .select(sql<number>`count(*)`.as('count'))
        .where('id', 'in', ids)
        .executeTakeFirstOrThrow();
      return count;
    },
  };
}
