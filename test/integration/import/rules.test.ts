import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MARKED, RULES, type Rule } from '../../../src/import/rules.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';
import { expectInvariants } from '../../support/invariants.ts';
import { type Case, contradictions } from './contradictions.ts';
import { runImport } from './run.ts';
import { createSource, type Source } from './source.ts';

let source: Source;
let target: TestDatabase;
let result: Awaited<ReturnType<typeof runImport>>;
let dry: typeof result;
const cases = new Map<Rule, Case>();

beforeAll(async () => {
  [source, target] = await Promise.all([createSource(), createTestDatabase({ poolSize: 2 })]);
  for (const [rule, build] of Object.entries(contradictions(source))) cases.set(rule as Rule, await build());
  dry = await runImport(source, target, { timezone: 'America/New_York', dryRun: true });
  result = await runImport(source, target, { timezone: 'America/New_York' });
});
afterAll(async () => {
  await source.drop();
  await target.drop();
});

async function here(table: string, id: string) {
  const { rows } = await sql<
    Record<string, unknown>
  >`SELECT * FROM ${sql.ref(table)} WHERE id = ${id}`.execute(target.db);
  return rows[0] ?? null;
}

test.each(Object.keys(RULES) as Rule[])('%s is reported with its row, and settled', async (rule) => {
  const { table, id, here: expected } = cases.get(rule) as Case;
  expect(result.findings).toContainEqual(expect.objectContaining({ rule, table, id }));
  if (expected === null && table !== 'reservation_items') expect(await here(table, id)).toBeNull();
  else if (expected) expect(await here(table, id)).toMatchObject(expected);
  if (MARKED.includes(rule)) {
    const { rows } =
      await sql`SELECT FROM audit_log WHERE reason = ${rule} AND actor_role = 'system'`.execute(target.db);
    expect(rows.length).toBeGreaterThan(0);
  }
});

test('what comes of it keeps every promise of the schema, and every row is accounted for', async () => {
  await expectInvariants(target.db);
  expect(result.unexplained).toEqual([]);
});

test('the dry run before it said the same, word for word', () => {
  expect(dry.findings).toEqual(result.findings);
  expect(dry.text.replaceAll('would be here', 'here').replaceAll(/ +/g, ' ')).toBe(
    result.text.replaceAll(/ +/g, ' '),
  );
});
