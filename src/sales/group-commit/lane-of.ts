const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * The number of the lane that decides an event. It hashes the whole id (FNV-1a, 36 characters): a UUIDv7 starts with its time and a
 * UUIDv1 ends with its machine, so a part of the id would bring events that were made together into one lane.
 */
export function laneOf(eventId: string, lanes: number): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < eventId.length; index++)
    hash = Math.imul(hash ^ eventId.charCodeAt(index), FNV_PRIME);
  // The low bits of FNV are its weak ones.
  return ((hash ^ (hash >>> 16)) >>> 0) % lanes;
}
