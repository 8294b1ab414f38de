import { Counter, Registry } from 'prom-client';
import { expect, test } from 'vitest';
import { type Counts, type Metrics, Remains } from '../../../src/cluster/remains.ts';

async function countsOf(process: string, value: number): Promise<Counts> {
  const registry = new Registry();
  new Counter({ name: 'sold', help: 'sold', registers: [registry] }).inc(value);
  return { process, collection: 1, metrics: (await registry.getMetricsAsJSON()) as unknown as Metrics };
}
const sum = (all: Metrics[]) => all.flat().reduce((total, { values }) => total + (values[0]?.value ?? 0), 0);

test('what a worker counted remains when it no longer answers, and is not counted twice when it does again', async () => {
  const remains = new Remains(2);
  expect(sum(await remains.beside([await countsOf('a', 5), await countsOf('b', 7)]))).toBe(0);
  expect(sum(await remains.beside([await countsOf('a', 6)]))).toBe(7);
  expect(sum(await remains.beside([await countsOf('a', 6), await countsOf('b', 8)]))).toBe(0);
  expect(sum(await remains.beside([await countsOf('c', 1)]))).toBe(14);
});

test('however many workers have ended, their counts remain and few are kept apart', async () => {
  const remains = new Remains(2);
  for (let worker = 0; worker < 200; worker++) await remains.beside([await countsOf(`worker ${worker}`, 1)]);
  const left = await remains.beside([]);
  expect(sum(left)).toBe(200);
  expect(left.length).toBeLessThan(100);
});

test('however many workers there are, and however they are collected, each is counted once', async () => {
  const workers = (name: string, count: number) =>
    Promise.all(Array.from({ length: count }, (_, number) => countsOf(`${name} ${number}`, 1)));
  const remains = new Remains(200);
  const all = await workers('a', 200);
  expect(sum(await remains.beside(all))).toBe(0);
  // Some of them are silent for a while.
  expect(sum(await remains.beside(all.slice(150)))).toBe(150);
  expect(sum(await remains.beside(all))).toBe(0);

  const [b, c] = [await workers('b', 200), await workers('c', 200)];
  const left = await Promise.all([remains.beside(b), remains.beside(c), remains.beside([])]);
  expect(left.map(sum)).toEqual([200, 400, 600]);
});

test('counts that come late are no step back', async () => {
  const remains = new Remains(2);
  const early = await countsOf('a', 5);
  await remains.beside([{ ...(await countsOf('a', 6)), collection: 2 }]);
  await remains.beside([early]);
  expect(sum(await remains.beside([]))).toBe(6);
});
