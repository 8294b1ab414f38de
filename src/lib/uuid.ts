import { randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** For ids that the contract's validation doesn't see: in a token, on a command line, in a cursor. Upper case is valid. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A UUID of version 7 (RFC 9562). It starts with the time in ms, so that rows made at the same time lie together in an index of
 * millions; 74 random bits follow.
 */
export function newUuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** The 32 hex digits of a UUID, without its hyphens. */
export function uuidToHex(uuid: string): string {
  return uuid.replaceAll('-', '');
}

/** The reverse of `uuidToHex`. */
export function uuidFromHex(hex: string): string {
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}

/** The 16 bytes of a UUID as base64url: 22 characters instead of 36. */
export function packUuid(uuid: string): string {
  return Buffer.from(uuidToHex(uuid), 'hex').toString('base64url');
}

/** The reverse of `packUuid`. Other text gives other text, which `isUuid` rejects. */
export function unpackUuid(packed: string): string {
  return uuidFromHex(Buffer.from(packed, 'base64url').toString('hex'));
}
