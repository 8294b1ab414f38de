import { randomUUID } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, type TestContext, test } from 'vitest';
import { createDatabase } from '../../../src/database/database.ts';
import { settingsOfPrimary } from '../../../src/database/primary.ts';
import { follows, startPostgresPair } from '../../faults/harness/postgres-pair.ts';
import { createTestDatabase } from '../../support/database.ts';
import { apiOf } from '../../support/http.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { startService } from '../../support/service.ts';
import { eventually } from '../../support/wait.ts';

/** Two servers that stop with the test. */
async function startPair(onTestFinished: TestContext['onTestFinished']) {
  const directory = mkdtempSync(join(tmpdir(), 'tiketi-hosts-'));
  chmodSync(directory, 0o755);
  const pair = await startPostgresPair(directory, []);
  onTestFinished(async () => {
    await Promise.all(pair.map((server) => server.stop()));
    rmSync(directory, { recursive: true, force: true });
  });
  return pair;
}

test('after the primary is killed, sales go on at the host that was promoted, and no answered sale is lost', async ({
  onTestFinished,
}) => {
  const [primary, standby] = await startPair(onTestFinished);
  // By a file and not by the command line: the standby that is promoted has no standby of its own.
  await primary.run("ALTER SYSTEM SET synchronous_standby_names = '*'", 'SELECT pg_reload_conf()');
  await follows(primary, 'sync');

  const made = await createTestDatabase({ server: primary.connection });
  // The standby stands first in the list: order doesn't decide.
  const others = [{ host: primary.connection.host, port: primary.connection.port }];
  const settings = { ...made.settings, port: standby.connection.port, others };
  const service = await startService({
    instances: 2,
    database: { ...made, settings, drop: () => made.db.destroy() },
  });
  let selling = true;
  onTestFinished(async () => {
    selling = false;
    await service.stop();
  });
  const { eventId, seatIds } = await service.seedEvent({ seats: 400 });

  const sold: string[] = [];
  let seat = 0;
  const sell = async (instance: number) => {
    const seatId = seatIds[seat++ % seatIds.length] as string;
    const { status, body } = await apiOf(service, instance).reserve(eventId, [seatId], randomUUID());
    if (status === 201) sold.push(body.reservation.id);
    return status;
  };
  const statuses = new Set<number>();
  const sellers = [0, 1, 0, 1].map(async (instance) => {
    while (selling) statuses.add(await sell(instance));
  });
  await eventually(() => expect(sold.length).toBeGreaterThan(10));
  await primary.end('SIGQUIT');
  const before = sold.length;
  await standby.run('SELECT pg_promote(wait => true)');
  await eventually(() => expect(sold.length).toBeGreaterThan(before + 10), { timeout: 15_000 });
  selling = false;
  await Promise.all(sellers);
  expect([...statuses].filter((status) => ![201, 409, 503].includes(status))).toEqual([]);

  const now = createDatabase({ ...settings, others: [] }, () => undefined);
  onTestFinished(() => now.destroy());
  const kept = await now.selectFrom('reservations').select('id').execute();
  expect(sold.filter((id) => !kept.some((each) => each.id === id))).toEqual([]);
  await expectInvariants(now);

  // An old primary that starts again by itself accepts writes, too, on its earlier timeline.
  await primary.start();
  const both = {
    ...settings,
    port: primary.connection.port,
    others: [{ host: '127.0.0.1', port: settings.port }],
  };
  expect((await settingsOfPrimary(both)).port).toBe(standby.connection.port);
}, 60_000);

test('a server that is promoted beside a primary that goes on gets the sales within seconds', async ({
  onTestFinished,
}) => {
  const [primary, standby] = await startPair(onTestFinished);
  await follows(primary, 'async');
  const made = await createTestDatabase({ server: primary.connection });
  const others = [{ host: standby.connection.host, port: standby.connection.port }];
  const settings = { ...made.settings, others };
  const service = await startService({
    database: { ...made, settings, drop: () => made.db.destroy() },
  });
  onTestFinished(() => service.stop());
  const port = async () => {
    const { rows } = await service.app.salePool.query('SELECT inet_server_port() AS port');
    return rows[0].port;
  };
  expect(await port()).toBe(primary.connection.port);
  await standby.run('SELECT pg_promote(wait => true)');
  await eventually(async () => expect(await port()).toBe(standby.connection.port), { timeout: 15_000 });
}, 60_000);
