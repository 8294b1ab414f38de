import { at, CANCELLED, expectFound, type Forgery } from './story.ts';

const ONCE = 'each payment is due for refund once, if it is';

const forgeries: Forgery[] = [
  [
    'a reservation that outlived its event',
    'a cancelled event has no live reservation',
    (story) => {
      story.row('c1').status = 'confirmed';
    },
  ],
  [
    'a hold of a cancelled event',
    'a cancelled event has no live reservation',
    (story) => {
      story.row('c2').status = 'pending';
    },
  ],
  [
    'a sale after the cancellation',
    'a cancelled event sells nothing',
    (story) => {
      story.grant('c3', 'zoe', 80, { tickets: 1, eventId: CANCELLED });
      story.end('c3', 'cancelled', 82);
    },
  ],
  [
    'a cancellation that stops in the middle',
    'a cancellation is finished',
    (story) => {
      for (const each of story.dump.cancellations) each.finished_at = null;
    },
  ],
  [
    'a cancellation that was forgotten',
    'a cancellation is finished',
    (story) => {
      story.dump.cancellations = [];
    },
  ],
  [
    'a payment of a cancelled event that is kept',
    ONCE,
    (story) => {
      story.dump.refunds = story.dump.refunds.filter(({ reservation_id }) => reservation_id !== 'c1');
    },
  ],
  ['a payment that is due for refund twice', ONCE, (story) => story.refund('c1', 'payment of c1', 90)],
  [
    'a refund of another amount',
    ONCE,
    (story) => {
      for (const refund of story.dump.refunds) refund.amount -= 1;
    },
  ],
  ['a refund of a reservation that goes on', ONCE, (story) => story.refund('r2', 'payment of r2', 90)],
  [
    'a late payment that is forgotten',
    ONCE,
    (story) => {
      story.row('r4').payment_id = null;
      story.dump.refunds = story.dump.refunds.filter(({ reservation_id }) => reservation_id !== 'r4');
    },
  ],
  [
    'a cancel of another event without a request',
    'every change was requested',
    (story) => story.end('r6', 'cancelled', 120),
  ],
  [
    'a payment of another event without an effect',
    'an acknowledged payment lasts',
    (story) => {
      story.end('r2', 'cancelled', 120);
      story.refund('r2', 'payment of r2', 121);
    },
  ],
  [
    'a reservation of the cancelled event that expired although it was paid',
    'an acknowledged payment lasts',
    (story) => {
      story.row('c1').status = 'expired';
    },
  ],
  [
    'a 201 of the cancelled event that answers no request of before',
    'a cancelled event sells nothing',
    (story) =>
      story.attempt({
        ...{ operation: 'buy', userId: 'max', sentAt: at(90), status: 201, eventId: CANCELLED },
      }),
  ],
];

expectFound(forgeries);
