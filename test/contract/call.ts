import type { ErrorCode } from '../../src/errors/catalogue.ts';
import type { Service } from '../support/service.ts';
import type { Answer } from './answers.ts';

export interface Call {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  /** A `Body` in a call that succeeds, anything in a spoiled call. */
  payload?: object | string | Buffer;
  /** How errors are provoked that other operations provoke in another way. */
  spoilers?: Partial<Record<ErrorCode, (call: Call, service: Service) => Promise<Answer>>>;
}

export interface Body {
  eventId: string;
  seatIds: string[];
  items: { ticketTypeId: string; quantity: number }[];
  amount: number;
}

/** What the contract says of an operation, with a token for it. */
export interface Draft extends Pick<Call, 'method' | 'url' | 'headers'> {
  /** The user of the token. */
  userId: string;
}

/** Completes a call of an operation for organizers so that it succeeds, with an event of its own. */
export type OrganizerCall = (service: Service, draft: Draft) => Promise<Call>;

export const UUID = /[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/;

/** The first id in the path, otherwise the event's in the body. */
export function idOf({ url, payload }: Call): string {
  return UUID.exec(url)?.[0] ?? (payload as Body).eventId;
}
