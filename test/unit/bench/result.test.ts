import { expect, test } from 'vitest';
import { inTurns } from '../../bench/in-turns.ts';
import { doubts, type RowResult, ratio } from '../../bench/result.ts';

const row = (elsewhere: number): RowResult => ({
  ...{ name: 'seats', title: 'free seats', cpu: { elsewhere } },
  ...{ targets: [], problems: [], answers: {}, rounds: [] },
});

test('a ratio is the median of the ratios of the rounds, with the smallest and the largest of them', () => {
  const rounds = [
    { service: 100, plain: 200 },
    { service: 10, plain: 100 },
    { service: 900, plain: 1_000 },
  ];
  expect(ratio(rounds, ['service', 'plain'], 0.45)).toMatchObject({
    ...{ of: 'plain', value: 0.5, target: 0.45, spread: [0.1, 0.9] },
  });
});

test('a run calls itself rough when other processes took more than a fifth of a core', () => {
  expect(doubts([row(5)])).toEqual([]);
  expect(doubts([row(5), row(60)])).toHaveLength(1);
});

test('another side comes first in each round', async () => {
  const order: string[] = [];
  const side = (name: string) => async () => {
    order.push(name);
    return { [name]: order.length };
  };
  const figures = await inTurns(2, [side('plain'), side('service')]);
  expect(order).toEqual(['plain', 'service', 'service', 'plain']);
  expect(figures).toEqual([
    { plain: 1, service: 2 },
    { service: 3, plain: 4 },
  ]);
});
