/** What a user shows of his place in a waiting room: the latest that its answers carried. Not looked at yet. */
export interface Tokens {
  pass?: string | undefined;
  ticket?: string | undefined;
}

/** Ours are a third of that: nobody need look into anything longer. */
const LONGEST = 1_024;

/** From X-Queue-Pass and X-Queue-Ticket. Nobody is refused for what he shows: what can't be a token of ours is left out. */
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
