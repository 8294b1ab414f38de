import { stringHash } from '../../lib/string-hash.ts';

/** The number of the lane that decides an event. */
export function laneOf(eventId: string, lanes: number): number {
  return stringHash(eventId) % lanes;
}
