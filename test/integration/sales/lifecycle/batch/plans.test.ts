import { afterAll, beforeAll, expect, test } from 'vitest';
import type { DatabaseSettings } from '../../../../../src/config/servers.ts';
import { createSalePool } from '../../../../../src/database/database.ts';
import type { ConnectionPool } from '../../../../../src/database/pool.ts';
import { sweep } from '../../../../../src/sales/lifecycle/sweep.ts';
import { type Service, startService } from '../../../../support/service.ts';
import { openWorld, RESERVATIONS } from './world.ts';

/** A session keeps the plan of its sixth execution. */
const BATCHES = 7;

let service: Service;
let pool: ConnectionPool;
beforeAll(async () => {
  service = await startService({ env: { SWEEP_INTERVAL_MS: '60000' } });
  const { host, port, database, user, password } = service.app.salePool.options;
  const settings = { host, port, database, user, password, ssl: 'off', poolSize: 1 } as DatabaseSettings;
  pool = createSalePool(settings, () => {});
});
afterAll(async () => {
  await pool.end();
  await service.stop();
});

test('the plans of the first payments, cancellations, extensions and ended holds look up each row by its key', async () => {
  for (let batch = 1; batch <= BATCHES; batch++) {
    const world = await openWorld(service, Array(RESERVATIONS).fill('expires'));
    await world.begin();
    expect(await sweep({ salePool: pool, db: service.db })).toMatchObject({ holds: RESERVATIONS });
  }
  // The only one of the pool, so that it has the same plans.
  const client = await pool.connect();
  const worlds = await Promise.all(Array.from({ length: BATCHES }, () => openWorld(service, [])));
  for (const kind of ['extend', 'confirm', 'cancel'] as const) {
    for (const world of worlds) {
      const deeds = Array.from({ length: RESERVATIONS }, (_, reservation) => ({
        ...{ reservation, payment: reservation, amountOff: 0, key: 0 },
      }));
      const said = (await world.byBatch(client, { kind, deeds })) as { kind: string }[];
      expect(said.map((each) => each.kind)).toEqual(deeds.map(() => 'granted'));
    }
  }
  const plan = async (statement: string, values: string) =>
    (await client.query(`EXPLAIN (COSTS OFF) EXECUTE "${statement}" (${values})`)).rows.map(
      (row) => row['QUERY PLAN'] as string,
    );
  const lines = [
    ...(await plan('batch/lock-reservations', `'{}', '{}'`)),
    ...(await plan('batch/facts', `'[]', 60`)),
    ...(await plan('batch/confirm', `'[]'`)),
    ...(await plan('batch/cancel', `'{}'`)),
    ...(await plan('batch/extend', `'{}', '{}'`)),
    ...(await plan('lifecycle/overdue', '500')),
    ...(await plan('lifecycle/release', `'{}', 'expired'`)),
    ...(await plan('lifecycle/changes', `'{}'`)),
  ];
  client.release(true);
  expect(lines.filter((line) => /Seq Scan/.test(line))).toEqual([]);
  const scans = lines.flatMap((line, nr) =>
    /Scan using|Bitmap Index Scan/.test(line) ? [[line, lines[nr + 1]]] : [],
  );
  expect(scans.length).toBeGreaterThan(10);
  // A scan of an index without a key reads more with each sale.
  expect(scans.filter(([, next]) => !next?.includes('Index Cond:') && !next?.includes('InitPlan'))).toEqual(
    [],
  );
});
