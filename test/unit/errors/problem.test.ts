import { expect, test } from 'vitest';
import { Problem } from '../../../src/errors/problem.ts';

test('a refusal captures no stack, and every failure does', () => {
  expect(new Problem('SEAT_UNAVAILABLE').stack).not.toContain('problem.test');
  expect(new Problem('INTERNAL_ERROR').stack).toContain('problem.test');
  expect(new Error('after a refusal').stack).toContain('problem.test');
});
