import pg from 'pg';
import { expect, test } from 'vitest';
import { SessionByTransaction } from '../../../src/database/session-by-transaction.ts';
import { createTestDatabase } from '../../support/database.ts';

test('a connection whose transaction failed to begin goes on', async ({ onTestFinished }) => {
  const { settings, drop } = await createTestDatabase();
  const client = new pg.Client({ ...settings, ssl: false, pipeline: true } as pg.ClientConfig);
  await client.connect();
  onTestFinished(async () => {
    await client.end();
    await drop();
  });
  const session = new SessionByTransaction({ lock_timeout: 1_000 }, { preparesStatements: false });
  const send = (text: string) => client.query(text);
  // As if PostgreSQL canceled the settings after it has begun.
  const sendBroken = (text: string) => client.query(`${text}; SELECT 1 / 0`);
  await expect(session.query(['BEGIN'], sendBroken)).rejects.toMatchObject({ code: '22012' });

  const { rows } = await session.query(['SHOW lock_timeout'], send);
  expect(rows).toEqual([{ lock_timeout: '1s' }]);
});
