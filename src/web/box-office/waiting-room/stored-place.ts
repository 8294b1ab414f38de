import type { Journey } from './line.ts';

/** What this browser keeps of a place, for a reload, another tab, or a tab that was closed. */
export interface StoredPlace {
  /** The latest proofs, which bring the place back if the service loses its memory meanwhile. */
  pass?: string | undefined;
  ticket?: string | undefined;
  journey?: Journey | undefined;
}

export const placeKey = (eventId: string, userId: string) => `tiketi-place:${eventId}:${userId}`;

export function readPlace(key: string): StoredPlace {
  return read<StoredPlace>(key) ?? {};
}

export function writePlace(key: string, place: StoredPlace): void {
  localStorage.setItem(key, JSON.stringify(place));
}

/** Other tabs take it as leaving. */
export function removePlace(key: string): void {
  localStorage.removeItem(key);
}

/** A draw has one hash. An event that is postponed gets another draw. */
const hashKey = (eventId: string, drawsAt: string) => `tiketi-lottery:${eventId}:${drawsAt}`;

/** Keeps the hash that was seen first: the seed of the draw must fit to it. */
export function keepSeedHash({
  eventId,
  drawsAt,
  seedHash,
}: Record<'eventId' | 'drawsAt' | 'seedHash', string>): void {
  const key = hashKey(eventId, drawsAt);
  if (localStorage.getItem(key) === null) localStorage.setItem(key, seedHash);
}

export function keptSeedHash(eventId: string, drawsAt: string): string | undefined {
  return localStorage.getItem(hashKey(eventId, drawsAt)) ?? undefined;
}

function read<T>(key: string): T | undefined {
  try {
    return JSON.parse(localStorage.getItem(key) ?? 'null') ?? undefined;
  } catch {
    return undefined;
  }
}
