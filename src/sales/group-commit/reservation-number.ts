import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';
const HOUR_MS = 3_600_000;

/**
 * `TK` and 12 of `0-9A-Z`: three that count the hours, so that the numbers of a sale lie together in their index however many
 * there are before them, and nine from the system's secure random source, 46 bits: one tells nothing about the next.
 */
export function newReservationNumber(): string {
  const hours = Math.floor(Date.now() / HOUR_MS) % ALPHABET.length ** 3;
  let number = `TK${hours.toString(36).toUpperCase().padStart(3, '0')}`;
  for (let index = 0; index < 9; index++) number += ALPHABET[randomInt(ALPHABET.length)];
  return number;
}
