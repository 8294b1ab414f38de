import { expect } from 'vitest';

/** Expects that the work ends within so many ms, and returns its result. */
export async function within<T>(ms: number, work: Promise<T>): Promise<T> {
  const begun = performance.now();
  const result = await work;
  expect(performance.now() - begun).toBeLessThan(ms);
  return result;
}
