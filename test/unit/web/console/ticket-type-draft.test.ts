import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  draftOfTicketType,
  emptyTicketDraft,
  mistakesOfTicketType,
  moves,
  type TicketType,
  valuesOfTicketType,
} from '../../../../src/web/console/events/ticket-type-draft.ts';

const ZONE = 'Asia/Seoul';
const type: TicketType = {
  id: 'c4035397-5d9a-8874-8184-4f63cfd40357',
  event_id: '6efd44b0-8e43-872e-84dd-08c0d5419eac',
  name: '스탠딩',
  description: null,
  price: 60_000,
  total_quantity: 100,
  available_quantity: 90,
  claimed_quantity: 10,
  sale_start_date: null,
  sale_end_date: '2027-03-20T09:00:00.000Z',
  min_quantity: 1,
  max_quantity: null,
  quantity_step: 1,
  position: 0,
  hidden: false,
  revision: 3,
};

test('a change of a ticket type sends what was changed alone', () => {
  const draft = draftOfTicketType(type, ZONE);
  expect(mistakesOfTicketType(draft, ZONE, 10)).toEqual({});
  const typed = { ...draft, price: '66000', sale_end_date: '', max_quantity: '4', hidden: 'yes' };
  expect(valuesOfTicketType(typed, ZONE, draft)).toEqual({
    price: 66_000,
    sale_end_date: null,
    max_quantity: 4,
    hidden: true,
  });
});

test('a new ticket type needs a name, a price and a quantity', () => {
  expect(mistakesOfTicketType(emptyTicketDraft, ZONE)).toEqual({
    name: 'required',
    price: 'price',
    total_quantity: 'total',
  });
  const draft = { ...emptyTicketDraft, name: ' 스탠딩 ', price: '0', total_quantity: '100' };
  expect(mistakesOfTicketType(draft, ZONE)).toEqual({});
  expect(valuesOfTicketType(draft, ZONE)).toEqual({
    name: '스탠딩',
    price: 0,
    total_quantity: 100,
    min_quantity: 1,
    quantity_step: 1,
  });
});

test('values that contradict each other are told at their fields', () => {
  const draft = draftOfTicketType(type, ZONE);
  const wrong = {
    ...draft,
    total_quantity: '9',
    min_quantity: '4',
    max_quantity: '2',
    quantity_step: '0',
    sale_start_date: '2027-03-20T18:00',
  };
  expect(mistakesOfTicketType(wrong, ZONE, 10)).toEqual({
    total_quantity: 'claimed',
    max_quantity: 'max',
    quantity_step: 'quantity',
    sale_end_date: 'order',
  });
});

test('a move swaps a type with its neighbor, whatever positions they had', () => {
  const positions = fc.array(fc.nat({ max: 3 }), { minLength: 2, maxLength: 6 });
  fc.assert(
    fc.property(positions, fc.nat(), fc.constantFrom(-1 as const, 1 as const), (given, pick, by) => {
      // As the service lists them: by position.
      const types = given.sort((a, b) => a - b).map((position, index) => ({ id: `${index}`, position }));
      const from = pick % types.length;
      const changed = new Map(moves(types, `${from}`, by).map(({ type, position }) => [type.id, position]));
      const after = types
        .map(({ id, position }) => ({ id, position: changed.get(id) ?? position }))
        .sort((a, b) => a.position - b.position)
        .map(({ id }) => id);
      const expected = types.map(({ id }) => id);
      const to = from + by;
      if (to >= 0 && to < types.length) expected.splice(to, 0, ...expected.splice(from, 1));
      expect(after).toEqual(expected);
      if (to >= 0 && to < types.length) expect(new Set(changed.values()).size).toBe(changed.size);
      else expect(changed.size).toBe(0);
    }),
  );
});
