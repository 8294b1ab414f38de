import { expect, test } from 'vitest';
import {
  fitted,
  largest,
  less,
  limitOf,
  more,
  sumOf,
  totalOf,
} from '../../../../src/web/box-office/booking/choice.ts';

const any = { id: 'any', price: 100, min_quantity: 1, max_quantity: null, quantity_step: 1 };
const pairs = { id: 'pairs', price: 30, min_quantity: 2, max_quantity: 6, quantity_step: 2 };

test('steps stay within the smallest and the largest quantity of a type', () => {
  const up = [0, 2, 4, 6].map((quantity) => more(pairs, quantity, 100));
  expect(up).toEqual([2, 4, 6, 6]);
  expect([6, 4, 2].map((quantity) => less(pairs, quantity))).toEqual([4, 2, 0]);
});

test('a step ends where stock or limit end', () => {
  expect([largest(pairs, 5), largest(pairs, 1), largest(any, 3)]).toEqual([4, 0, 3]);
  expect(more(pairs, 2, 3)).toBe(2);
});

test('a choice shrinks to what the stock still has, in quantities that are sold', () => {
  const left: Record<string, number> = { any: 2, pairs: 3 };
  const choice = fitted({ any: 5, pairs: 4 }, [any, pairs], (id) => left[id] ?? 0, 8);
  expect(choice).toEqual({ any: 2, pairs: 2 });
  expect([sumOf(choice), totalOf(choice, [any, pairs])]).toEqual([4, 260]);
  expect(fitted({ any: 5, pairs: 4 }, [any, pairs], () => 0, 8)).toEqual({});
});

test('the lower one of both limits counts', () => {
  const limits = {
    max_seats_per_reservation: 1,
    max_seats_per_user: 1,
    max_tickets_per_reservation: 8,
    max_tickets_per_user: 4,
    hold_seconds: 300,
    extend_seconds: 180,
  };
  expect(limitOf({ limits })).toBe(4);
});
