import { randomInt } from 'node:crypto';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** `TK` and 12 of `0-9A-Z`, 62 bits from the system's secure random source: one tells nothing about the next. */
export function newReservationNumber(): string {
  let number = 'TK';
  for (let index = 0; index < 12; index++) number += ALPHABET[randomInt(ALPHABET.length)];
  return number;
}
