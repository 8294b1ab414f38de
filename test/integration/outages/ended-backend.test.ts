import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { apiOf } from '../../support/http.ts';
import { type Service, startService } from '../../support/service.ts';
import { expectNoUnhandledRejections } from '../../support/unhandled-rejections.ts';
import { eventually } from '../../support/wait.ts';

let service: Service;

expectNoUnhandledRejections();
beforeAll(async () => {
  service = await startService({ poolSize: 4 });
});
afterAll(() => service.stop());

test('a backend that ends between two statements of a transaction fails it, and the process goes on', async () => {
  const cut = service.app.db.transaction().execute(async (trx) => {
    const { rows } = await sql<{ pid: number }>`SELECT pg_backend_pid() AS pid`.execute(trx);
    const pid = rows[0]?.pid ?? 0;
    await sql`SELECT pg_terminate_backend(${pid})`.execute(service.db);
    const backend = sql`SELECT FROM pg_stat_activity WHERE pid = ${pid}`;
    await eventually(async () => expect((await backend.execute(service.db)).rows).toEqual([]));
    await sql`SELECT 1`.execute(trx);
  });
  await expect(cut).rejects.toThrow();
  expect((await apiOf(service).get('/reservations/my', randomUUID())).status).toBe(200);
});
