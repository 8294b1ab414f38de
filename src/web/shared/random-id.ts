/** For states and keys that must be hard to guess. `crypto.randomUUID` is missing on a page over plain http, such as that of a phone at home. */
export function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) =>
    byte.toString(16).padStart(2, '0'),
  ).join('');
}
