import { sql } from 'kysely';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { startProxy, type TcpProxy } from '../../../support/proxy.ts';
import { eventually } from '../../../support/wait.ts';
import {
  DEFAULTS,
  type SettingsStores,
  startSettingsStores,
} from '../../../support/waiting-room/settings-stores.ts';

let stores: SettingsStores;
beforeAll(async () => {
  stores = await startSettingsStores();
});
afterEach(() => stores.stopInstances());
afterAll(() => stores.stop());

describe('while PostgreSQL is away', () => {
  let proxy: TcpProxy;
  beforeAll(async () => {
    proxy = await startProxy(stores.connection);
  });
  afterAll(() => proxy.close());

  test.each(['cut', 'stall'] as const)(
    '(%s) known settings stay, the log says so once, and afterwards every missed change is read',
    async (fault) => {
      const [cutOff, other] = [
        await stores.startInstance({ port: proxy.port }),
        await stores.startInstance(),
      ];
      const [known, missed] = [await stores.newEvent(), await stores.newEvent()];
      await cutOff.store.change(known, { threshold: 2 });
      cutOff.log.length = 0;
      const said = (level: number) =>
        cutOff.log.flatMap((line) => (line.level === level ? [line.msg] : [])).sort();
      const [INFO, WARN] = [30, 40];
      const warnings = [
        'the settings of the waiting rooms stay as they are until PostgreSQL is back',
        'the snapshots of the waiting rooms are not written until PostgreSQL is back',
      ];
      const recoveries = [
        'the settings of the waiting rooms are read again',
        'the snapshots of the waiting rooms are written again',
      ];

      await proxy[fault]();
      try {
        const refused = expect(cutOff.store.change(known, { threshold: 4 })).rejects.toThrow();
        cutOff.snapshots.note(known, {
          born: 1,
          kept: Date.now(),
          seq: 9,
          inside: 2,
          line: true,
          ttl: 300_000,
        });
        await eventually(() => expect(said(WARN)).toEqual(warnings), { timeout: 15_000 });
        await refused;
        await other.store.change(known, { threshold: 3 });
        await other.store.change(missed, { threshold: 1 });
        // As if the changes were old: the missed ones can't be found by their time.
        await sql`UPDATE queue_settings SET updated_at = now() - interval '1 hour'`.execute(stores.db);
        expect(cutOff.store.of(known)).toEqual({ ...DEFAULTS, threshold: 2 });
        expect(cutOff.store.of(missed)).toEqual(DEFAULTS);
        expect(cutOff.snapshots.of(known)?.seq).toBe(9);
      } finally {
        await (fault === 'cut' ? proxy.restore() : proxy.resume());
      }
      await eventually(() => expect(said(INFO)).toEqual(recoveries), { timeout: 15_000 });
      expect(cutOff.store.of(known).threshold).toBe(3);
      expect(cutOff.store.of(missed).threshold).toBe(1);
      expect(said(WARN)).toEqual(warnings);
    },
    60_000,
  );

  test('an instance does not start, because it does not know the thresholds', async () => {
    await proxy.cut();
    try {
      await expect(stores.startInstance({ port: proxy.port })).rejects.toThrow();
    } finally {
      await proxy.restore();
    }
  });
});
