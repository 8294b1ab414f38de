import { randomUUID } from 'node:crypto';
import { expect, test } from 'vitest';
import { ownerOf } from '../../../src/plugins/peers/owner-of.ts';

const WORKERS = [1, 2, 3, 4];
const ids = Array.from({ length: 2_000 }, () => randomUUID());

test('each worker owns about as much as each other one', () => {
  for (const worker of WORKERS) {
    const owned = ids.filter((id) => ownerOf(id, WORKERS) === worker).length;
    expect(owned).toBeGreaterThan(400);
    expect(owned).toBeLessThan(600);
  }
});

test('all workers agree on an owner, and a worker that ends changes those of its own ids alone', () => {
  for (const id of ids) {
    const owner = ownerOf(id, WORKERS);
    expect(ownerOf(id, [4, 2, 1, 3])).toBe(owner);
    if (owner !== 3) expect(ownerOf(id, [1, 2, 4])).toBe(owner);
  }
});
