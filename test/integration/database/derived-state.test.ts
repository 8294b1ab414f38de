import { sql } from 'kysely';
import { expect, test } from 'vitest';
import { SQLSTATE, usePlainSql } from './plain-sql.ts';

const plain = usePlainSql();

test('seats and stock follow their claims through the life of a reservation', async () => {
  const { seat, type, reservation } = await plain.begin();
  const state = async () => [await plain.seatStatus(seat), await plain.available(type)];
  expect(await state()).toEqual(['locked', 3]);
  await plain.turn(reservation, 'confirmed').execute(plain.db);
  expect(await state()).toEqual(['reserved', 3]);
  await plain.turn(reservation, 'cancelled').execute(plain.db);
  expect(await state()).toEqual(['available', 5]);
});

test('the available stock follows an operator who adds and withdraws stock', async () => {
  const { type } = await plain.begin();
  const total = (quantity: number) =>
    sql`UPDATE ticket_types SET total_quantity = ${quantity} WHERE id = ${type}`.execute(plain.db);
  await total(50);
  expect(await plain.available(type)).toBe(48);
  await total(2);
  expect(await plain.available(type)).toBe(0);
});

test('a late payment takes all of its claims again, or none', async () => {
  const { eventId, seat, type, reservation } = await plain.begin();
  await plain.turn(reservation, 'expired').execute(plain.db);
  const other = await plain.claim(eventId, { tickets: [[type, 4]] });
  await expect(plain.turn(reservation, 'confirmed').execute(plain.db)).rejects.toMatchObject({
    code: SQLSTATE.check,
  });
  expect([await plain.seatStatus(seat), await plain.available(type)]).toEqual(['available', 1]);

  await plain.turn(other, 'cancelled').execute(plain.db);
  const another = await plain.claim(eventId, { seats: [seat] });
  await expect(plain.turn(reservation, 'confirmed').execute(plain.db)).rejects.toMatchObject({
    code: SQLSTATE.unique,
  });
  expect([await plain.seatStatus(seat), await plain.available(type)]).toEqual(['locked', 5]);

  await plain.turn(another, 'cancelled').execute(plain.db);
  await plain.turn(reservation, 'confirmed').execute(plain.db);
  expect([await plain.seatStatus(seat), await plain.available(type)]).toEqual(['reserved', 3]);
});
