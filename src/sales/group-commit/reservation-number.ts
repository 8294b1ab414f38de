import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const HOUR_MS = 3_600_000;

/**
 * `TK` and 12 characters of `0-9A-Z`. Three count the hours, so that the numbers of one sale lie together in the index. Nine are random,
 * from the system's secure source: with 46 bits, one number tells nothing about the next.
 */
export function newReservationNumber(): string {
  const hours = Math.floor(Date.now() / HOUR_MS) % ALPHABET.length ** 3;
  let number = `TK${hours.toString(36).toUpperCase().padStart(3, '0')}`;
  for (let index = 0; index < 9; index++) number += ALPHABET[randomInt(ALPHABET.length)];
  return number;
}
