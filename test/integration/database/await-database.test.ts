import { randomBytes } from 'node:crypto';
import { createServer, type Server } from 'node:net';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DatabaseSettings } from '../../../src/config/servers.ts';
import { awaitDatabase } from '../../../src/database/await-database.ts';
import { DatabaseProblem } from '../../../src/database/problem.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { startProxy, type TcpProxy } from '../../support/proxy.ts';
import { eventually } from '../../support/wait.ts';

interface State {
  settings: DatabaseSettings;
  /** Makes PostgreSQL well again. */
  mend?: () => unknown;
}

let database: TestDatabase;
let empty: TestDatabase;
const roles: string[] = [];
const servers: (Server | TcpProxy)[] = [];

beforeAll(async () => {
  [database, empty] = await Promise.all([
    createTestDatabase({ poolSize: 4 }),
    createTestDatabase({ poolSize: 1, template: 'template0' }),
  ]);
});
afterAll(async () => {
  await Promise.all(servers.map((server) => server.close()));
  for (const role of roles) {
    await run(`DROP OWNED BY ${role}`);
    await run(`DROP ROLE ${role}`);
  }
  await Promise.all([database.drop(), empty.drop()]);
});

const run = (statement: string) => sql.raw(statement).execute(database.db);

/** A role that is no superuser, so that limits and permissions count for it. It may read only. */
async function newRole(options = 'LOGIN'): Promise<{ user: string; password: string }> {
  const [user, password] = [`starter_${randomBytes(6).toString('hex')}`, 'its password'];
  // By membership: two tests that GRANT on the same tables at once get "tuple concurrently updated".
  await run(`CREATE ROLE ${user} PASSWORD '${password}' ${options} IN ROLE pg_read_all_data`);
  roles.push(user);
  return { user, password };
}

async function behindProxy(make: (proxy: TcpProxy) => unknown, mend: (proxy: TcpProxy) => unknown) {
  const proxy = await startProxy(database.settings);
  servers.push(proxy);
  await make(proxy);
  return { settings: { ...database.settings, port: proxy.port }, mend: () => mend(proxy) };
}

/** A server that refuses each login: https://www.postgresql.org/docs/current/protocol-error-fields.html */
async function refusing(
  code: string,
  message: string,
): Promise<{ host: string; port: number; logins(): number }> {
  let logins = 0;
  const fields = `SFATAL\0VFATAL\0C${code}\0M${message}\0\0`;
  const answer = Buffer.concat([Buffer.from('E\0\0\0\0'), Buffer.from(fields)]);
  answer.writeUInt32BE(answer.length - 1, 1);
  const server = createServer((socket) => {
    socket.on('error', () => undefined);
    socket.once('data', () => {
      logins++;
      socket.end(answer);
    });
  });
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { host: '127.0.0.1', port, logins: () => logins };
}

const refusingUntilMended = (code: string, message: string) =>
  behindProxy(
    async (proxy) => proxy.leadTo(await refusing(code, message)),
    (proxy) => proxy.leadTo(database.settings),
  );

/** Starts as the service does: `lines` is its log, and `end` the problem that ends the start. */
function start(settings: DatabaseSettings) {
  const lines: string[] = [];
  const say = (line: string) => void lines.push(line);
  const end = awaitDatabase(settings, true, { info: say, warn: say }).catch((error: unknown) => error);
  return { lines, end };
}

const line = (verb: 'reached' | 'used', reason: string) =>
  new RegExp(`^PostgreSQL at 127\\.0\\.0\\.1:\\d+, database \\w+ can't be ${verb}: ${reason}`);

describe('a start waits for a PostgreSQL that', () => {
  const passing: [string, RegExp, () => Promise<State>][] = [
    [
      'is gone',
      line('reached', 'connect ECONNREFUSED 127'),
      () =>
        behindProxy(
          (proxy) => proxy.cut(),
          (proxy) => proxy.restore(),
        ),
    ],
    [
      'does not answer',
      line('reached', '.*time'),
      () =>
        behindProxy(
          (proxy) => proxy.stall(),
          (proxy) => proxy.resume(),
        ),
    ],
    [
      'recovers',
      line('used', 'the database system is starting up'),
      () => refusingUntilMended('57P03', 'the database system is starting up'),
    ],
    [
      'is full',
      line('used', 'No space left on device'),
      () => refusingUntilMended('53100', 'No space left on device'),
    ],
    [
      'has no connection left',
      line('used', 'too many connections'),
      async () => {
        const role = await newRole('LOGIN CONNECTION LIMIT 0');
        const mend = () => run(`ALTER ROLE ${role.user} CONNECTION LIMIT -1`);
        return { settings: { ...database.settings, ...role }, mend };
      },
    ],
    [
      'is read-only',
      line('used', 'its sessions are read-only'),
      async () => {
        const role = await newRole();
        await run(`ALTER ROLE ${role.user} SET default_transaction_read_only = on`);
        const mend = () => run(`ALTER ROLE ${role.user} RESET default_transaction_read_only`);
        return { settings: { ...database.settings, ...role }, mend };
      },
    ],
  ];

  test.concurrent.each(passing)('%s', async (_what, reason, make) => {
    const { settings, mend } = await make();
    const { lines, end } = start(settings);
    await eventually(() => expect(lines).toHaveLength(1), { timeout: 10_000 });
    await mend?.();
    expect(await end).toBeUndefined();
    expect(lines).toEqual([expect.stringMatching(reason), 'PostgreSQL can be used: the start goes on']);
    expect(lines[0]).toMatch(/; the start waits for it$/);
  });

  test.concurrent('changes its reason, looks again every second and says each reason once', async () => {
    const starting = await refusing('57P03', 'the database system is starting up');
    const crowded = await refusing('53300', 'sorry, too many clients already');
    const proxy = await startProxy(starting);
    servers.push(proxy);
    const begun = performance.now();
    const { lines, end } = start({ ...database.settings, port: proxy.port });
    for (const server of [starting, crowded, starting]) {
      const before = server.logins();
      proxy.leadTo(server);
      await eventually(() => expect(server.logins()).toBeGreaterThan(before));
    }
    proxy.leadTo(database.settings);
    expect(await end).toBeUndefined();
    expect(performance.now() - begun).toBeGreaterThan(2_900);
    expect(lines).toEqual([
      expect.stringContaining('starting up'),
      expect.stringContaining('too many clients'),
      'PostgreSQL can be used: the start goes on',
    ]);
  });
});

describe('a start ends with one line when', () => {
  const refusedWith = async (code: string, message: string) => ({
    settings: { ...database.settings, port: (await refusing(code, message)).port },
  });
  const lasting: [string, RegExp, () => Promise<State>][] = [
    [
      'the password is wrong',
      line('used', 'password authentication failed'),
      async () => ({ settings: { ...database.settings, ...(await newRole()), password: 'wrong' } }),
    ],
    [
      'the role may not log in',
      line('used', 'role "\\w+" is not permitted to log in'),
      async () => ({ settings: { ...database.settings, ...(await newRole('NOLOGIN')) } }),
    ],
    [
      'there is no such database',
      line('used', 'database "tickets" does not exist'),
      async () => ({ settings: { ...database.settings, database: 'tickets' } }),
    ],
    [
      'the role may not create tables',
      line('used', 'permission denied for schema public'),
      async () => ({ settings: { ...empty.settings, ...(await newRole()) } }),
    ],
    [
      'the role may not read the tables',
      line('used', 'permission denied for table kysely_migration'),
      async () => {
        const role = await newRole();
        await run(`REVOKE pg_read_all_data FROM ${role.user}`);
        return { settings: { ...database.settings, ...role } };
      },
    ],
    [
      'pg_trgm is not installed',
      line('used', 'extension "pg_trgm" is not available'),
      () => refusedWith('0A000', 'extension "pg_trgm" is not available'),
    ],
    [
      'TLS is required and the server has none',
      line('reached', 'The server does not support SSL connections'),
      async () => ({ settings: { ...database.settings, ssl: 'require' } }),
    ],
  ];

  test.concurrent.each(lasting)('%s', async (_what, reason, make) => {
    const { settings } = await make();
    const { lines, end } = start(settings);
    const problem = await end;
    expect(problem).toBeInstanceOf(DatabaseProblem);
    expect((problem as DatabaseProblem).message).toMatch(reason);
    expect((problem as DatabaseProblem).message).not.toContain('\n');
    expect(lines).toEqual([]);
  });
});
