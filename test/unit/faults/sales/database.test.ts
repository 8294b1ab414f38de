import { at, expectFound, type Forgery } from './story.ts';

const forgeries: Forgery[] = [
  [
    'a seat with two live claims',
    'a seat has one live claim',
    (story) => story.grant('r9', 'zoe', 40, { seats: ['s1'] }),
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
];

expectFound(forgeries);
