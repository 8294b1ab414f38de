import { stringHash } from '../../lib/string-hash.ts';

/**
 * The worker that owns a thing, by rendezvous hashing: each worker has a score for each id, and the highest one owns it. When a worker
 * ends, only what it owned gets other owners.
 *
 * @param workers the numbers of those that work, at least one
 */
export function ownerOf(id: string, workers: Iterable<number>): number {
  const hash = stringHash(id);
  let owner = 0;
  let highest = -1;
  for (const worker of workers) {
    const score = scoreOf(hash, worker);
    // The order of the workers doesn't matter, not even for two equal scores.
    if (score < highest || (score === highest && worker > owner)) continue;
    owner = worker;
    highest = score;
  }
  return owner;
}

/** The finalizer of MurmurHash3, in which each bit of the input changes half of the output's. */
function scoreOf(hash: number, worker: number): number {
  let mixed = hash ^ Math.imul(worker, 0x9e3779b1);
  mixed = Math.imul(mixed ^ (mixed >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return (mixed ^ (mixed >>> 16)) >>> 0;
}
