import { randomUUID } from 'node:crypto';
import { loadConfig } from '../../../../src/config/config.ts';
import type { IdempotencyKey } from '../../../../src/idempotency/key.ts';
import { pairKey } from '../../../../src/idempotency/lock-names.ts';
import type { Chosen } from '../../../../src/sales/best-available/hall-choices.ts';
import { type Decision, decide } from '../../../../src/sales/group-commit/decide.ts';
import type { Facts } from '../../../../src/sales/group-commit/facts.ts';
import type { BestRequest, HoldRequest } from '../../../../src/sales/hold-request.ts';

export const settings = loadConfig({ NODE_ENV: 'test', JWT_SECRET: 'x'.repeat(40) }).sale;
export const EVENT = randomUUID();
export const OTHER_EVENT = randomUUID();
export const USERS = Array.from({ length: 4 }, () => randomUUID());
export const SEATS: string[] = Array.from({ length: 8 }, () => randomUUID());
export const STOCK: string[] = Array.from({ length: 2 }, () => randomUUID());
export const [ALICE, BOB] = USERS as [string, string];
export const [A1, A2] = SEATS as [string, string];
export const [STANDING] = STOCK as [string];

export interface World {
  /** The numbers of seats that are taken. */
  taken?: number[];
  stock?: number[];
  seatsHeld?: number[];
  ticketsHeld?: number[];
}

export function factsOf({
  taken = [],
  stock = [10, 10],
  seatsHeld = [],
  ticketsHeld = [],
}: World = {}): Facts {
  return {
    now: Date.parse('2026-07-01T11:00:00Z'),
    events: new Map([
      [EVENT, { refusal: null, limits: settings }],
      [OTHER_EVENT, { refusal: null, limits: settings }],
    ]),
    claims: new Map(
      USERS.map((user, index) => [
        pairKey(user, EVENT),
        { seats: seatsHeld[index] ?? 0, tickets: ticketsHeld[index] ?? 0 },
      ]),
    ),
    keys: new Map(),
    busyKeys: new Set(),
    seats: new Map(
      SEATS.map((id, index) => [
        id,
        {
          id,
          event_id: EVENT,
          label: `A-1-${index + 1}`,
          price: 1_000 * (index + 1),
          status: taken.includes(index) ? 'locked' : 'available',
          version: index,
        },
      ]),
    ),
    stock: new Map(
      STOCK.map((id, index) => [
        id,
        {
          id,
          event_id: EVENT,
          price: 500,
          available: stock[index] ?? 0,
          total: 20,
          version: index,
          refusal: null,
          min: 1,
          max: null,
          step: 1,
        },
      ]),
    ),
  };
}

export const seatsFor = (userId: string, seatIds: string[], more: Partial<HoldRequest> = {}) =>
  ({ kind: 'seats', userId, eventId: EVENT, seatIds, message: 'held', ...more }) as HoldRequest;
export const ticketsFor = (userId: string, quantities: number[], more: Partial<HoldRequest> = {}) =>
  ({
    kind: 'tickets',
    userId,
    eventId: EVENT,
    items: quantities.flatMap((quantity, index) =>
      quantity > 0 ? [{ ticketTypeId: STOCK[index] as string, quantity }] : [],
    ),
    message: 'bought',
    ...more,
  }) as HoldRequest;
export const bestFor = (userId: string, quantity: number, more: Partial<BestRequest> = {}) =>
  ({ kind: 'best', userId, eventId: EVENT, quantity, message: 'held', ...more }) as BestRequest;
export const keyed = (key: string, fingerprint = 'f'): { idempotency: IdempotencyKey } => ({
  idempotency: { key, fingerprint, language: 'ko', requestId: 'r' },
});

export const judge = (requests: HoldRequest[], facts = factsOf(), chosen = new Map<BestRequest, Chosen>()) =>
  decide(requests, facts, chosen);
export const kinds = ({ outcomes }: Decision) =>
  outcomes.map((outcome) => (outcome.kind === 'refused' ? outcome.code : outcome.kind));
