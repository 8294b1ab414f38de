import { expect, test } from 'vitest';
import { addressOf, PAGE, viewOf } from '../../../../src/web/box-office/events/list-address.ts';

test.each([
  ['/', {}],
  ['/?q=%E3%85%87%E3%85%87%E3%85%87', { q: 'ㅇㅇㅇ' }],
  ['/?q=IU&status=upcoming&show=48', { q: 'IU', status: 'upcoming', show: '48' }],
])('the address %s says what the list shows', (address, query) => {
  expect(addressOf(viewOf(query))).toBe(address);
});

test('an address that someone made up shows what it can', () => {
  expect(viewOf({ q: 'a'.repeat(500), status: 'secret', show: '-7' })).toEqual({
    q: 'a'.repeat(100),
    status: undefined,
    show: PAGE,
  });
  expect(viewOf({ show: '25' }).show).toBe(2 * PAGE);
  expect(viewOf({ show: '1e9' }).show).toBe(1_000);
});
