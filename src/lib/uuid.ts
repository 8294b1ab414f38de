import { randomUUID } from 'node:crypto';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** For what doesn't pass the contract's validation: claims of a token, a command line, a cursor. Upper case is one as well. */
export function isUuid(text: string): boolean {
  return UUID.test(text);
}

/**
 * A UUID of version 7 (RFC 9562): its first 48 bits are the time in ms, so that what is made at one time lies together in an
 * index of millions; 74 random bits follow.
 */
export function newUuid(): string {
  const time = Date.now().toString(16).padStart(12, '0');
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`;
}

/** 22 characters instead of 36: its bytes as base64url. */
export function packUuid(uuid: string): string {
  return Buffer.from(uuid.replaceAll('-', ''), 'hex').toString('base64url');
}

/** What `packUuid` was given. */
export function unpackUuid(packed: string): string {
  const hex = Buffer.from(packed, 'base64url').toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
