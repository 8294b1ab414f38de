import { expect, test } from 'vitest';
import { readCosts } from '../../../scripts/simulate/costs.ts';
import { SCALE, withTables } from '../../../scripts/simulate/document.ts';
import { Processors } from '../../../scripts/simulate/processors.ts';
import { playRush } from '../../../scripts/simulate/sale.ts';
import { demandOf } from '../../../scripts/simulate/sizes.ts';
import { read } from '../../support/documents.ts';

test('the page about scale shows what the simulation says (npm run simulate -- --write)', () => {
  expect(read(SCALE)).toBe(withTables(read(SCALE)));
});

test('processes share the cores, and a pause uses none', async () => {
  const ends: Record<string, number> = {};
  const machine = new Processors(2);
  const note = (name: string, work: Promise<void>) =>
    void work.then(() => {
      ends[name] = Math.round(machine.now);
    });
  for (const name of ['a', 'b', 'c', 'd']) note(name, machine.work(name, 100));
  note('after a', machine.work('a', 50));
  note('pause', machine.pause(120));
  await machine.run(1_000);
  expect(ends).toEqual({ a: 200, b: 200, c: 200, d: 200, 'after a': 250, pause: 120 });
});

test('a rush makes larger batches with more connections, and sells no more than the cores can do', async () => {
  const costs = readCosts();
  const rush = (connections: number) => playRush(costs, { cores: 2, connections, seconds: 1 });
  const [few, many] = [await rush(8), await rush(64)];
  expect(many.batch).toBeGreaterThan(few.batch * 2);
  expect(many.rate).toBeGreaterThan(few.rate);
  const { service, postgres } = costs.operations.hold;
  expect(many.rate).toBeLessThan(2e6 / (service + postgres));
});

test('an edge cache takes the public reads away, and a lobby the first visits', () => {
  const costs = readCosts();
  const sale = { people: 5_000_000, minutes: 1, sockets: 0, threshold: 5_000, edge: false };
  const [plain, edge, lobby] = [sale, { ...sale, edge: true }, { ...sale, edge: true, minutes: 60 }].map(
    (each) => demandOf(each, costs),
  );
  expect(plain?.perSecond).toMatchObject({ event: 5_000_000 / 60, check: 5_000_000 / 60 });
  expect(edge?.perSecond).toMatchObject({ event: 20, check: 5_000_000 / 60 });
  expect(lobby?.perSecond.check).toBeCloseTo(5_000_000 / 3_600);
  expect(plain?.redisMiB).toBeCloseTo((5_000_000 * costs.memory.waitingBytes) / 1_048_576);
});
