import type { TiketiClient } from '../../client/index.ts';

/** The answer of an operation. */
export type Answer<Name extends keyof TiketiClient> = TiketiClient[Name] extends (
  ...input: never[]
) => Promise<infer Result>
  ? Result
  : never;

export type EventSummary = Answer<'listEvents'>['events'][number];
export type EventDetail = Answer<'getEvent'>['event'];
export type TicketType = Answer<'getEvent'>['ticketTypes'][number];
