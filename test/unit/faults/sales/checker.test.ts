import { expect, test } from 'vitest';
import { check, GRACE_MS } from '../../../faults/sales/checks/checker.ts';
import type { Attempt, Evidence, GrantedBody } from '../../../faults/sales/evidence.ts';

/** A time in seconds after the start of the story. */
const at = (seconds: number) => Date.parse('2026-07-01T11:00:00Z') + seconds * 1_000;
const EVENT = 'event';
const PRICE = 100;

type Row = Evidence['dump']['reservations'][number];

/** Records a story as the clients would, and keeps the database as it should be. */
class Story {
  readonly evidence: Evidence = {
    history: [],
    windows: [{ name: 'PostgreSQL crashes', from: at(100), to: at(110), unavailable: true, breaks: [0] }],
    dump: {
      takenAt: at(200),
      reservations: [],
      items: [],
      seats: ['s1', 's2', 's3'].map((id) => ({ id, event_id: EVENT, status: 'available' })),
      stock: [{ id: 't1', total_quantity: 10, available_quantity: 10 }],
    },
  };

  get dump() {
    return this.evidence.dump;
  }

  seat(id: string) {
    return this.dump.seats.find((seat) => seat.id === id) as Evidence['dump']['seats'][number];
  }

  row(id: string) {
    return this.dump.reservations.find((row) => row.id === id) as Row;
  }

  attempt(made: Partial<Attempt> & Pick<Attempt, 'userId' | 'sentAt'>): Attempt {
    const attempt: Attempt = {
      operation: 'hold',
      key: `key of ${made.userId}`,
      instance: 0,
      endedAt: made.sentAt + 10,
      status: 409,
      dropped: false,
      eventId: EVENT,
      ...made,
    };
    this.evidence.history.push(attempt);
    return attempt;
  }

  /** A grant in the answer and in the database. */
  grant(
    id: string,
    userId: string,
    seconds: number,
    { seats = [] as string[], tickets = 0, lasts = 300 } = {},
  ): Attempt {
    const expires = new Date(at(seconds + lasts)).toISOString();
    const granted: GrantedBody = {
      id,
      reservationNumber: `TK${id}`,
      totalAmount: PRICE * (seats.length + tickets),
      expiresAt: expires,
      ...(seats.length > 0 && { seats: seats.map((seat) => ({ id: seat, price: PRICE })) }),
    };
    const { reservations, items, stock } = this.dump;
    reservations.push({
      id,
      reservation_number: granted.reservationNumber,
      user_id: userId,
      event_id: EVENT,
      total_amount: granted.totalAmount,
      status: 'pending',
      expires_at: expires,
    });
    const claim = { reservation_id: id, unit_price: PRICE, released_at: null };
    for (const seat of seats) {
      items.push({ ...claim, seat_id: seat, ticket_type_id: null, quantity: 1 });
      this.seat(seat).status = 'locked';
    }
    if (tickets > 0) {
      items.push({ ...claim, seat_id: null, ticket_type_id: 't1', quantity: tickets });
      for (const each of stock) each.available_quantity -= tickets;
    }
    return this.attempt({
      operation: tickets > 0 ? 'buy' : 'hold',
      userId,
      sentAt: at(seconds),
      status: 201,
      granted,
      text: JSON.stringify(granted),
      ...(tickets > 0 && { tickets: [{ ticketTypeId: 't1', quantity: tickets }] }),
    });
  }

  end(id: string, status: 'cancelled' | 'expired'): void {
    this.row(id).status = status;
    for (const item of this.dump.items.filter(({ reservation_id }) => reservation_id === id)) {
      item.released_at = new Date(at(50)).toISOString();
      if (item.seat_id) this.seat(item.seat_id).status = 'available';
      else for (const each of this.dump.stock) each.available_quantity += item.quantity;
    }
  }

  cancel(id: string, userId: string, seconds: number): void {
    this.end(id, 'cancelled');
    const sentAt = at(seconds);
    this.attempt({
      operation: 'cancel',
      userId,
      key: `cancel ${id}`,
      sentAt,
      status: 200,
      text: 'done',
      reservationId: id,
    });
  }

  confirm(id: string, seconds: number): void {
    this.row(id).status = 'confirmed';
    for (const { reservation_id, seat_id } of this.dump.items) {
      if (reservation_id === id && seat_id) this.seat(seat_id).status = 'reserved';
    }
    const sentAt = at(seconds);
    this.attempt({
      operation: 'confirm',
      userId: 'payments',
      key: `pay ${id}`,
      sentAt,
      status: 200,
      text: 'paid',
      reservationId: id,
    });
  }
}

/** Seats and tickets that are sold, cancelled, sold again, paid, expired, lost and requested again, without a violation. */
function cleanStory(): Story {
  const story = new Story();
  story.grant('r1', 'ann', 1, { seats: ['s1', 's2'] });
  story.attempt({ userId: 'bob', sentAt: at(2), code: 'SEAT_UNAVAILABLE', text: 'taken' });
  story.cancel('r1', 'ann', 3);
  story.grant('r2', 'cem', 4, { seats: ['s1'] });
  story.confirm('r2', 5);
  story.grant('r3', 'dan', 6, { tickets: 3 });
  story.grant('r4', 'eve', 7, { seats: ['s2'], lasts: 20 });
  story.end('r4', 'expired');
  story.grant('r5', 'fay', 30, { seats: ['s2'] });
  // During the fault a 503 and a broken connection, and then the answer, twice.
  story.attempt({ userId: 'gil', sentAt: at(101), status: 503, code: 'SERVICE_UNAVAILABLE' });
  story.attempt({ userId: 'gil', sentAt: at(109), status: null });
  const answer = story.grant('r6', 'gil', 120, { tickets: 2 });
  story.evidence.history.push({ ...answer, sentAt: at(121), endedAt: at(121.1) });
  // The answer never came, although the hold was made.
  story.grant('r7', 'hal', 105, { seats: ['s3'] });
  story.evidence.history.pop();
  story.attempt({ userId: 'hal', sentAt: at(105), status: null });
  story.attempt({ userId: 'ida', sentAt: at(60), status: null, dropped: true });
  return story;
}

const rulesBroken = (story: Story) => [...new Set(check(story.evidence).map(({ rule }) => rule))];

test('a clean history is accepted', () => {
  expect(check(cleanStory().evidence)).toEqual([]);
});

const granted = (story: Story, id: string) =>
  story.evidence.history.find((each) => each.granted?.id === id) as Attempt;

test.each<[string, string, (story: Story) => void]>([
  [
    'a 201 that is not in the database',
    'every 201 is in the database with the same content',
    (story) => {
      story.end('r3', 'cancelled');
      story.dump.items.splice(
        0,
        Infinity,
        ...story.dump.items.filter((item) => item.reservation_id !== 'r3'),
      );
      story.dump.reservations.splice(
        0,
        Infinity,
        ...story.dump.reservations.filter((row) => row.id !== 'r3'),
      );
    },
  ],
  [
    'a 201 with another number',
    'every 201 is in the database with the same content',
    (story) => {
      story.row('r3').reservation_number = 'TKother';
    },
  ],
  [
    'a 201 for another user',
    'every 201 is in the database with the same content',
    (story) => {
      story.row('r3').user_id = 'bob';
    },
  ],
  [
    'a 201 for another seat',
    'every 201 is in the database with the same content',
    (story) => {
      for (const seat of granted(story, 'r2').granted?.seats ?? []) seat.id = 's3';
    },
  ],
  [
    'a 201 without its tickets',
    'every 201 is in the database with the same content',
    (story) => {
      granted(story, 'r3').tickets = [{ ticketTypeId: 't1', quantity: 4 }];
    },
  ],
  [
    'a seat with two live claims',
    'a seat has one live claim',
    (story) => story.grant('r9', 'zoe', 40, { seats: ['s1'] }),
  ],
  [
    'a seat granted twice, of which one grant has ended',
    'a seat is granted again only when it is free',
    (story) => {
      const { status } = story.seat('s1');
      story.grant('r9', 'zoe', 40, { seats: ['s1'] });
      story.cancel('r9', 'zoe', 41);
      story.seat('s1').status = status;
    },
  ],
  [
    'stock that is off by one',
    'stock adds up',
    (story) => {
      for (const each of story.dump.stock) each.available_quantity -= 1;
    },
  ],
  [
    'oversold stock',
    'stock adds up',
    (story) => {
      story.grant('r9', 'zoe', 40, { tickets: 6 });
    },
  ],
  [
    'a locked seat without a claim',
    'every hold has a holder',
    (story) => {
      story.end('r5', 'expired');
      story.seat('s2').status = 'locked';
    },
  ],
  [
    'a claim that outlived its reservation',
    'every hold has a holder',
    (story) => {
      story.row('r5').status = 'expired';
    },
  ],
  [
    'a sold seat that is shown as free',
    'every hold has a holder',
    (story) => {
      story.seat('s1').status = 'available';
    },
  ],
  [
    'a hold that was never swept',
    'every hold has a holder',
    (story) => {
      story.row('r5').expires_at = new Date(at(190)).toISOString();
    },
  ],
  [
    'a reservation without a request',
    'every hold has a holder',
    (story) => {
      story.grant('r9', 'nobody', 40, { tickets: 1 });
      story.evidence.history.pop();
    },
  ],
  [
    'a live reservation that lost a claim',
    'a live reservation has all its claims',
    (story) => {
      for (const item of story.dump.items) if (item.reservation_id === 'r5') item.released_at = 'earlier';
      story.seat('s2').status = 'available';
    },
  ],
  [
    'a total that differs from its items',
    'a reservation is the sum of its items',
    (story) => {
      for (const item of story.dump.items) if (item.reservation_id === 'r3') item.unit_price += 1;
    },
  ],
  [
    'two 201 for one key',
    'one key is granted once',
    (story) => {
      story.grant('r9', 'dan', 8, { tickets: 3 });
    },
  ],
  [
    'two reservations for one key, one of them unanswered',
    'one key is granted once',
    (story) => {
      story.grant('r9', 'dan', 8, { tickets: 3 });
      Object.assign(story.evidence.history.at(-1) as Attempt, {
        status: null,
        dropped: true,
        granted: undefined,
      });
    },
  ],
  [
    'a 201 and then a refusal for one key',
    'one key has one answer',
    (story) =>
      story.attempt({ userId: 'dan', operation: 'buy', sentAt: at(9), code: 'SOLD_OUT', text: 'none' }),
  ],
  [
    'a 500 outside a fault',
    '503 is the only 5xx answer',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(40), status: 500, code: 'INTERNAL_ERROR' }),
  ],
  [
    'a 500 during a fault',
    '503 is the only 5xx answer',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(105), status: 500, code: 'INTERNAL_ERROR' }),
  ],
  [
    'a 503 outside a fault',
    'no 5xx outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(110) + GRACE_MS + 1, status: 503 }),
  ],
  [
    'a 503 during a fault that does not excuse it',
    'no 5xx outside a fault',
    (story) => {
      for (const window of story.evidence.windows) window.unavailable = false;
    },
  ],
  [
    'a broken connection outside a fault',
    'no connection breaks outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(40), status: null }),
  ],
  [
    'a broken connection to the instance that was not killed',
    'no connection breaks outside a fault',
    (story) => story.attempt({ userId: 'zoe', sentAt: at(105), status: null, instance: 1 }),
  ],
  [
    'a best-available request that is refused as taken',
    'a best-available request never loses a race',
    (story) => story.attempt({ operation: 'best', userId: 'zoe', sentAt: at(40), code: 'SEAT_UNAVAILABLE' }),
  ],
  [
    'a cancel without an effect',
    'an acknowledged cancel lasts',
    (story) => {
      story.attempt({
        operation: 'cancel',
        userId: 'dan',
        key: 'c',
        sentAt: at(40),
        status: 200,
        reservationId: 'r3',
      });
    },
  ],
  [
    'a payment without an effect',
    'an acknowledged payment lasts',
    (story) => {
      story.row('r2').status = 'pending';
      story.seat('s1').status = 'locked';
    },
  ],
  [
    'a cancel without a request',
    'every change was requested',
    (story) => {
      story.end('r3', 'cancelled');
    },
  ],
])('%s is found', (_what, rule, forge) => {
  const story = cleanStory();
  forge(story);
  expect(rulesBroken(story)).toContain(rule);
});
