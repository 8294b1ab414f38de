import { expect, test } from 'vitest';
import { amountOf, everything, partsOf } from '../../../../src/web/console/reservations/cancel-items.ts';

const common = { section: null, subtotal: 0, released_at: null, cancelled_quantity: 0, seat_id: null };
const seat = {
  ...common,
  position: 1,
  seat_id: 'seat',
  seat_label: 'R-4-7',
  ticket_type_id: null,
  ticket_type_name: null,
  quantity: 1,
  unit_price: 100,
};
const tickets = {
  ...common,
  position: 2,
  seat_label: null,
  ticket_type_id: 'type',
  ticket_type_name: '스탠딩',
  quantity: 5,
  cancelled_quantity: 1,
  unit_price: 10,
};
const items = [seat, tickets];

test('all that is left is cancelled as the whole reservation', () => {
  expect(everything(items)).toEqual({ 1: 1, 2: 4 });
  expect(amountOf(items, everything(items))).toBe(140);
  expect(partsOf(items, everything(items))).toBe(undefined);
});

test('a part names its seats, and its tickets with their number', () => {
  expect(partsOf(items, { 1: 1, 2: 0 })).toEqual([{ seatId: 'seat' }]);
  expect(partsOf(items, { 1: 0, 2: 3 })).toEqual([{ ticketTypeId: 'type', quantity: 3 }]);
  expect(amountOf(items, { 1: 0, 2: 3 })).toBe(30);
});
