import type { Attempt } from '../../../faults/sales/evidence.ts';
import { at, expectFound, type Forgery, granted } from './story.ts';

const forgeries: Forgery[] = [
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
];

expectFound(forgeries);
