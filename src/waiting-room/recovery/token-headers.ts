import type { Tokens } from '../types.ts';

/** Our tokens are a third of that. Longer values are not worth verifying. */
const LONGEST = 1_024;

/** Reads X-Queue-Pass and X-Queue-Ticket. A value that can't be one of our tokens is left out: no request is refused for it. */
export function tokensOf({
  headers,
}: {
  headers: { 'x-queue-pass'?: string | undefined; 'x-queue-ticket'?: string | undefined };
}): Tokens {
  return { pass: possible(headers['x-queue-pass']), ticket: possible(headers['x-queue-ticket']) };
}

function possible(token: string | undefined): string | undefined {
  return token && token.length <= LONGEST ? token : undefined;
}
