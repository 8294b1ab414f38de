const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/**
 * Hashes all of a short text to 32 bits (FNV-1a). The low bits of FNV are its weak ones, so they are mixed with the high ones. A UUIDv7
 * starts with its time and a UUIDv1 ends with its machine, so a part of an id would be the same for events that were made together.
 */
export function stringHash(text: string): number {
  let hash = FNV_OFFSET;
  for (let index = 0; index < text.length; index++)
    hash = Math.imul(hash ^ text.charCodeAt(index), FNV_PRIME);
  return (hash ^ (hash >>> 16)) >>> 0;
}
