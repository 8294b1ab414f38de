import { Cluster, type Redis } from 'ioredis';

/** https://redis.io/docs/latest/operate/oss_and_stack/reference/cluster-spec/#key-distribution-model */
const SLOTS = 16_384;

let tags: Uint32Array | undefined;

/** @returns a key on each master of a cluster, or the key itself on a single Redis and while no master is known */
export function keysOnMasters(redis: Redis | Cluster, key: string): string[] {
  if (!(redis instanceof Cluster) || redis.slots.length === 0) return [key];
  const firstSlots = new Map<string, number>();
  for (const [slot, [master] = []] of redis.slots.entries())
    if (master !== undefined && !firstSlots.has(master)) firstSlots.set(master, slot);
  tags ??= findTags();
  return [...firstSlots.values()].map((slot) => `${key}:{${tags?.[slot]}}`);
}

/** @returns for each slot a number whose digits are in it. It takes about 50 ms, once, at the start. */
function findTags(): Uint32Array {
  const found = new Uint32Array(SLOTS);
  // Redis doesn't mind which number it is, and 0 marks slots without one.
  for (let tag = 1, missing = SLOTS; missing > 0; tag++) {
    const slot = slotOf(String(tag));
    if (found[slot] !== 0) continue;
    found[slot] = tag;
    missing--;
  }
  return found;
}

/** CRC16 (XMODEM) of a hash tag in ASCII. */
export function slotOf(tag: string): number {
  let crc = 0;
  for (let index = 0; index < tag.length; index++) {
    crc ^= tag.charCodeAt(index) << 8;
    for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  }
  return crc & (SLOTS - 1);
}
