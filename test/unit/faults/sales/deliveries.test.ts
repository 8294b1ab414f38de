import type { Delivery } from '../../../faults/sales/evidence.ts';
import { at, expectFound, type Forgery, type Story } from './story.ts';

const IN_ORDER = 'messages of a reservation come in order';

const message = ({ evidence }: Story, reservation: string, what: string) =>
  evidence.deliveries.findLast(
    ({ reservationId, type }) => reservationId === reservation && type === `reservation.${what}`,
  ) as Delivery;

function lose(story: Story, reservation: string, what: string): void {
  const lost = message(story, reservation, what);
  story.evidence.deliveries = story.evidence.deliveries.filter((each) => each !== lost);
}

const again = (story: Story, delivery: Delivery, more: Partial<Delivery>) =>
  story.evidence.deliveries.push({ ...delivery, ...more });

const forgeries: Forgery[] = [
  ...[
    ['r1', 'held'],
    ['r2', 'confirmed'],
    ['r1', 'cancelled'],
    ['r4', 'expired'],
    ['c1', 'cancelled'],
    ['c1', 'refund_due'],
  ].map(
    ([reservation = '', what = '']): Forgery => [
      `a message that is lost: ${what} of ${reservation}`,
      'everything that happened is delivered',
      (story) => lose(story, reservation, what),
    ],
  ),
  [
    'a message that was never accepted',
    'everything that happened is delivered',
    (story) => {
      message(story, 'c1', 'cancelled').status = 422;
    },
  ],
  [
    'a message about a payment that never came',
    'only what happened is delivered',
    (story) => story.deliver('r5', 'confirmed', 90),
  ],
  [
    'a message about the end of a reservation that goes on',
    'only what happened is delivered',
    (story) => story.deliver('r5', 'expired', 90),
  ],
  [
    'a message that comes twice with two ids',
    'a message comes again only with its id',
    (story) => again(story, message(story, 'r5', 'held'), { id: 'another', at: at(33) }),
  ],
  [
    'a message that comes again with another content',
    'a message stays the same',
    (story) => again(story, message(story, 'r5', 'held'), { body: 'another', at: at(33) }),
  ],
  [
    'a message that comes before the one that it follows',
    IN_ORDER,
    (story) => {
      message(story, 'c1', 'refund_due').at = at(62.5);
    },
  ],
  [
    'a message that comes before the one that it follows was accepted',
    IN_ORDER,
    (story) => {
      const held = message(story, 'c1', 'held');
      held.status = 422;
      again(story, held, { status: 200, at: at(65) });
    },
  ],
  [
    'a message that comes again after a later one',
    IN_ORDER,
    (story) => again(story, message(story, 'c1', 'held'), { at: at(100) }),
  ],
  [
    'a message without a signature',
    'every message is signed',
    (story) => {
      message(story, 'c1', 'held').signed = false;
    },
  ],
];

expectFound(forgeries);
