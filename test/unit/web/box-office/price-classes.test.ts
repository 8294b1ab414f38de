import { expect, test } from 'vitest';
import { drawingOf } from '../../../../src/web/box-office/events/drawing.ts';
import { priceClasses } from '../../../../src/web/box-office/events/price-classes.ts';
import { windowOf } from '../../../../src/web/box-office/events/sale-window.ts';

test('the seats of a hall are summed up by price, the dearest first', () => {
  const seat = (section: string, price: number, status: 'available' | 'locked' | 'reserved') => ({
    section,
    price,
    status,
  });
  const seats = [
    seat('B', 90_000, 'available'),
    seat('A', 150_000, 'locked'),
    seat('A', 150_000, 'available'),
    seat('C', 90_000, 'reserved'),
  ];
  expect(priceClasses(seats)).toEqual([
    { price: 150_000, sections: ['A'], left: 1, total: 2 },
    { price: 90_000, sections: ['B', 'C'], left: 1, total: 2 },
  ]);
});

test('a ticket type is sold in its own time', () => {
  const type = { sale_start_date: '2030-01-01T00:00:00Z', sale_end_date: '2030-01-02T00:00:00Z' };
  const states = ['2029-12-31', '2030-01-01', '2030-01-02'].map((day) => windowOf(type, Date.parse(day)));
  expect(states).toEqual(['before', 'open', 'over']);
  expect(windowOf({ sale_start_date: null, sale_end_date: null }, 0)).toBe('open');
});

test('an event without a poster keeps its face', () => {
  const id = '6efd44b0-8e43-872e-84dd-08c0d5419eac';
  expect(drawingOf(id)).toEqual(drawingOf(id));
  expect(drawingOf(id)).not.toEqual(drawingOf('ab17b3a7-3e5c-89f5-8e32-53cab845278d'));
});
