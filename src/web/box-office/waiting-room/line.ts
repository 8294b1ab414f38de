import type { Answer } from '../../shared/types.ts';

/** Where a buyer stands, as the service last said, moved on by the news of the line since then. */
export type Place = Answer<'getQueueStatus'>;

/** How far a buyer has come with one place in line. */
export interface Journey {
  sequence: number;
  /** The position in which this browser first saw the place. */
  first: number;
  /** From 0 to 1. */
  done: number;
}

/** The part of the way that is done never goes back: after a loss of Redis, people ahead may return, and the position grows. */
export function advance(
  journey: Journey | undefined,
  { sequence, position }: { sequence: number; position: number },
): Journey {
  const same = journey?.sequence === sequence ? journey : { sequence, first: position, done: 0 };
  return { ...same, done: Math.max(same.done, 1 - position / (same.first + 1)) };
}

/** The line has moved to `position` since the answer. The wait shrinks with the people ahead, until the next answer says it exactly. */
export function moveTo(place: Place, position: number): Place {
  // Users ahead who left may still be counted in the news, so a better position that is known stays.
  const better = Math.min(place.position, position);
  const part = better / Math.max(1, place.position);
  const { min, max } = place.estimatedWaitRange;
  return {
    ...place,
    position: better,
    estimatedWait: Math.ceil(place.estimatedWait * part),
    estimatedWaitRange: { min: Math.floor(min * part), max: Math.ceil(max * part) },
  };
}

/** How far the line was served at a time, in ms. */
export interface Served {
  at: number;
  servedSeq: number;
}

const PACE_MS = 120_000;
const SHORTEST_PACE_MS = 15_000;

/** Keeps what is needed to tell the pace of the last two minutes. */
export function noteServed(known: readonly Served[], latest: Served): Served[] {
  // A line that was cleared begins anew.
  const continues = known.every(({ servedSeq }) => servedSeq <= latest.servedSeq);
  return [...(continues ? known : []), latest].filter(({ at }) => at >= latest.at - PACE_MS);
}

/** Whether the line was cleared between two answers. Instances hear of it up to a second apart, so an earlier time is no news. */
export function clearedBetween(known: Pick<Place, 'clearedAt'>, latest: Pick<Place, 'clearedAt'>): boolean {
  return (
    latest.clearedAt !== undefined &&
    Date.parse(latest.clearedAt) > Date.parse(known.clearedAt ?? '1970-01-01')
  );
}

/** People by whom the line becomes shorter per minute, at its head. Unknown in the first 15 seconds. */
export function pacePerMinute(known: readonly Served[], now: number): number | undefined {
  const [first] = known;
  const last = known.at(-1);
  if (!first || !last || now - first.at < SHORTEST_PACE_MS) return undefined;
  return Math.round(((last.servedSeq - first.servedSeq) * 60_000) / (now - first.at));
}

/** The wait as people say it: in minutes, from an hour on in steps of ten. */
export function waitOf(seconds: number): 'soon' | 'unknown' | { hours: number; minutes: number } {
  // The longest estimate of the service stands for "no end in sight".
  if (seconds >= 86_400) return 'unknown';
  if (seconds < 60) return 'soon';
  const minutes = Math.ceil(seconds / 60);
  const rounded = minutes < 60 ? minutes : Math.round(minutes / 10) * 10;
  return { hours: Math.floor(rounded / 60), minutes: rounded % 60 };
}

/**
 * The round number below which a screen reader is told that the people ahead have fallen: 0, 1, 2, 5, 10, 20, 50, … Each one in line
 * is told a handful of times, however long the line is.
 */
export function milestoneOf(ahead: number): number {
  if (ahead <= 0) return 0;
  const power = 10 ** Math.floor(Math.log10(ahead));
  return ([1, 2, 5, 10].find((step) => ahead <= step * power) as number) * power;
}

/** How long to wait before asking again after a failure: as the service says, or longer with each one. At random, so that not all ask at once. */
export function retryMs(failures: number, retryAfter: number | undefined, random = Math.random()): number {
  const base = retryAfter === undefined ? Math.min(1_000 * 2 ** (failures - 1), 15_000) : retryAfter * 1_000;
  return Math.max(500, base) * (1 + random / 2);
}
