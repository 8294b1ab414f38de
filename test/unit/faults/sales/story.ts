import { expect, test } from 'vitest';
import { check } from '../../../faults/sales/checks/checker.ts';
import type { Attempt, Delivery, Evidence, GrantedBody } from '../../../faults/sales/evidence.ts';

/** A time in seconds after the start of the story. */
export const at = (seconds: number) => Date.parse('2026-07-01T11:00:00Z') + seconds * 1_000;

const EVENT = 'event';
export const CANCELLED = 'cancelled event';

const PRICE = 100;

type Row = Evidence['dump']['reservations'][number];

/** Records a story as the clients would, and keeps the database as it should be. */
export class Story {
  readonly evidence: Evidence = {
    history: [],
    windows: [{ name: 'PostgreSQL crashes', from: at(100), to: at(110), unavailable: true, breaks: [0] }],
    news: [],
    presences: [0, 1].map((instance) => ({ instance, from: at(0), to: at(200) })),
    dump: {
      takenAt: at(200),
      reservations: [],
      items: [],
      seats: ['s1', 's2', 's3'].map((id) => ({ id, event_id: EVENT, status: 'available' })),
      stock: [{ id: 't1', total_quantity: 10, available_quantity: 10 }],
      refunds: [],
      cancellations: [],
    },
    cancellations: [],
    deliveries: [],
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

  /** A grant in the answer, in the database and in the news. */
  grant(
    id: string,
    userId: string,
    seconds: number,
    { seats = [] as string[], tickets = 0, lasts = 300, eventId = EVENT } = {},
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
      event_id: eventId,
      total_amount: granted.totalAmount,
      status: 'pending',
      expires_at: expires,
      payment_id: null,
      confirmed_at: null,
    });
    this.deliver(id, 'held', seconds + 1);
    const claim = { reservation_id: id, unit_price: PRICE, released_at: null };
    for (const seat of seats) {
      items.push({ ...claim, seat_id: seat, ticket_type_id: null, quantity: 1 });
      for (const instance of [0, 1])
        this.evidence.news.push({ instance, seatId: seat, at: at(seconds) + 50 });
      this.seat(seat).status = 'locked';
    }
    if (tickets > 0) {
      items.push({ ...claim, seat_id: null, ticket_type_id: 't1', quantity: tickets });
      for (const each of stock) each.available_quantity -= tickets;
    }
    return this.attempt({
      operation: tickets > 0 ? 'buy' : 'hold',
      userId,
      eventId,
      sentAt: at(seconds),
      status: 201,
      granted,
      text: JSON.stringify(granted),
      ...(tickets > 0 && { tickets: [{ ticketTypeId: 't1', quantity: tickets }] }),
    });
  }

  /** A message that the other system accepts. */
  deliver(reservationId: string, what: string, seconds: number, refundId?: string): Delivery {
    const name = [reservationId, what, refundId].join(' ');
    const delivery = {
      ...{ id: `evt ${name}`, type: `reservation.${what}`, reservationId, body: name },
      ...(refundId !== undefined && { refundId }),
      ...{ signed: true, status: 200, at: at(seconds) },
    };
    this.evidence.deliveries.push(delivery);
    return delivery;
  }

  refund(id: string, payment: string, seconds: number): void {
    const { total_amount: amount } = this.row(id);
    this.dump.refunds.push({ id: `refund of ${payment}`, reservation_id: id, payment_id: payment, amount });
    this.deliver(id, 'refund_due', seconds, `refund of ${payment}`);
  }

  /** Cancels an event and all that it has sold. */
  cancelEvent(eventId: string, seconds: number): void {
    this.evidence.cancellations.push({ eventId, sentAt: at(seconds), answeredAt: at(seconds) + 10 });
    const live = this.dump.reservations.filter(
      ({ event_id, status }) => event_id === eventId && (status === 'pending' || status === 'confirmed'),
    );
    for (const { id, payment_id } of live) {
      this.end(id, 'cancelled', seconds + 1);
      if (payment_id !== null) this.refund(id, payment_id, seconds + 2);
    }
    const finished_at = new Date(at(seconds + 3)).toISOString();
    this.dump.cancellations.push({ event_id: eventId, done: live.length, finished_at });
  }

  end(id: string, status: 'cancelled' | 'expired', seconds = 50): void {
    this.row(id).status = status;
    this.deliver(id, status, seconds);
    for (const item of this.dump.items.filter(({ reservation_id }) => reservation_id === id)) {
      item.released_at = new Date(at(50)).toISOString();
      if (item.seat_id) this.seat(item.seat_id).status = 'available';
      else for (const each of this.dump.stock) each.available_quantity += item.quantity;
    }
  }

  cancel(id: string, userId: string, seconds: number): void {
    this.end(id, 'cancelled', seconds);
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
    const payment = `payment of ${id}`;
    const confirmed_at = new Date(at(seconds)).toISOString();
    Object.assign(this.row(id), { status: 'confirmed', payment_id: payment, confirmed_at });
    this.deliver(id, 'confirmed', seconds + 1);
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
      paymentId: payment,
    });
  }

  /** A payment that came after the end of its reservation. */
  payTooLate(id: string, seconds: number): void {
    const paymentId = `payment of ${id}`;
    this.row(id).payment_id = paymentId;
    this.refund(id, paymentId, seconds + 1);
    this.attempt({
      ...{ operation: 'confirm', userId: 'payments', key: `pay ${id}`, sentAt: at(seconds) },
      ...{ status: 410, code: 'PAYMENT_TOO_LATE', text: 'too late', reservationId: id, paymentId },
    });
  }
}

/** Seats and tickets that are sold, cancelled, sold again, paid, expired, lost and requested again, without a violation. */
export function cleanStory(): Story {
  const story = new Story();
  story.grant('r1', 'ann', 1, { seats: ['s1', 's2'] });
  story.attempt({ userId: 'bob', sentAt: at(2), code: 'SEAT_UNAVAILABLE', text: 'taken' });
  story.cancel('r1', 'ann', 3);
  story.grant('r2', 'cem', 4, { seats: ['s1'] });
  story.confirm('r2', 5);
  story.grant('r3', 'dan', 6, { tickets: 3 });
  story.grant('r4', 'eve', 7, { seats: ['s2'], lasts: 20 });
  story.end('r4', 'expired');
  story.payTooLate('r4', 60);
  story.grant('r5', 'fay', 30, { seats: ['s2'] });
  // During the fault a 503 and a broken connection, and then the answer, twice.
  story.attempt({ userId: 'gil', sentAt: at(101), status: 503, code: 'SERVICE_UNAVAILABLE' });
  story.attempt({ userId: 'gil', sentAt: at(109), status: null });
  const answer = story.grant('r6', 'gil', 112, { tickets: 2 });
  story.evidence.history.push({ ...answer, sentAt: at(113), endedAt: at(113.1) });
  // The answer never came, although the hold was made.
  story.grant('r7', 'hal', 105, { seats: ['s3'] });
  story.evidence.history.pop();
  story.attempt({ userId: 'hal', sentAt: at(105), status: null });
  story.attempt({ userId: 'ida', sentAt: at(60), status: null, dropped: true });
  // One event is cancelled, and a message about it is refused at first.
  story.grant('c1', 'jin', 61, { tickets: 1, eventId: CANCELLED });
  story.confirm('c1', 63);
  story.grant('c2', 'kim', 64, { tickets: 1, eventId: CANCELLED });
  story.deliver('c2', 'cancelled', 71).status = 422;
  story.cancelEvent(CANCELLED, 72);
  story.attempt({ userId: 'lee', sentAt: at(75), eventId: CANCELLED, code: 'EVENT_CANCELLED' });
  return story;
}

const rulesBroken = (story: Story) => [...new Set(check(story.evidence).map(({ rule }) => rule))];

export const granted = (story: Story, id: string) =>
  story.evidence.history.find((each) => each.granted?.id === id) as Attempt;

export type Forgery = [what: string, rule: string, forge: (story: Story) => void];

/** One test for each forgery: the checker finds it in the clean story. */
export function expectFound(forgeries: Forgery[]): void {
  test.each(forgeries)('%s is found', (_what, rule, forge) => {
    const story = cleanStory();
    forge(story);
    expect(rulesBroken(story)).toContain(rule);
  });
}
