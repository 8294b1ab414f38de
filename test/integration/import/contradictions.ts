import { randomUUID } from 'node:crypto';
import { sql } from 'kysely';
import type { Rule } from '../../../src/import/rules.ts';
import type { Source } from './source.ts';

type Row = Record<string, unknown>;

/** The row that the report names, and what it must be here afterwards. Null: it must not be here. */
export interface Case {
  table:
    | 'events'
    | 'seats'
    | 'ticket_types'
    | 'reservations'
    | 'seat_layouts'
    | 'reservation_items'
    | 'keyword_mappings';
  id: string;
  here?: Row | null;
}

/** Builds one contradiction of each rule, each in an event of its own. The zone is America/New_York. */
export function contradictions(source: Source): Record<Rule, () => Promise<Case>> {
  const event = (row: Row = {}) => source.add('events', row);
  const seat = (eventId: string | null, row: Row = {}) =>
    source.add('seats', { event_id: eventId, status: 'reserved', ...row });
  const type = (eventId: string | null, row: Row = {}) =>
    source.add('ticket_types', { event_id: eventId, ...row });
  const item = (reservationId: string | null, row: Row) =>
    source.add('reservation_items', { reservation_id: reservationId, ...row });
  /** A reservation of one seat, or of the items. */
  async function reserve(row: Row = {}, items?: Row[]): Promise<string> {
    const eventId = 'event_id' in row ? row.event_id : await event();
    const id = await source.add('reservations', {
      user_id: await source.add('users'),
      ...row,
      event_id: eventId,
    });
    for (const one of items ?? [{ seat_id: await seat(eventId as string) }]) await item(id, one);
    return id;
  }
  const reservation = async (row: Row, here: Row): Promise<Case> => ({
    table: 'reservations',
    id: await reserve(row),
    here,
  });
  const stock = async (row: Row, sold: number, here: Row): Promise<Case> => {
    const id = await type(await event(), row);
    const { rows } = await sql<{
      event_id: string;
    }>`SELECT event_id FROM ticket_types WHERE id = ${id}`.execute(source.db);
    await reserve({ event_id: rows[0]?.event_id, total_amount: sold * 1_000 }, [
      { ticket_type_id: id, quantity: sold, subtotal: sold * 1_000 },
    ]);
    return { table: 'ticket_types', id, here };
  };
  /** A live reservation whose only item is not what it should be. */
  const stray = async (row: Row, eventId?: string): Promise<Case> => {
    const id = await reserve({ event_id: eventId ?? (await event()) }, []);
    return { table: 'reservation_items', id: await item(id, row) };
  };
  const ended = { status: 'cancelled', refund_due: true, payment_status: 'completed', total_amount: 1_000 };
  const unpaid = { refund_due: false, paid_at: null };

  return {
    'hold-ended': () =>
      reservation(
        { status: 'pending', payment_status: 'pending', expires_at: '2024-01-01' },
        { status: 'expired', ...unpaid },
      ),
    'confirmed-unpaid': () =>
      reservation(
        { payment_status: 'failed' },
        { status: 'pending', payment_status: 'failed', total_amount: 1_000, ...unpaid },
      ),
    'confirmed-free': () =>
      reservation(
        { payment_status: 'pending', total_amount: 0 },
        { status: 'confirmed', payment_status: 'completed', total_amount: 0 },
      ),
    'paid-and-pending': () =>
      reservation({ status: 'pending' }, { status: 'confirmed', payment_status: 'completed' }),
    'paid-but-ended': () => reservation({ status: 'cancelled' }, ended),
    'refunded-never-paid': () =>
      reservation(
        { status: 'cancelled', payment_status: 'refunded', payment_method: null },
        { status: 'cancelled', payment_status: 'pending', refunded_at: null, ...unpaid },
      ),
    'refunded-but-live': () =>
      reservation(
        { payment_status: 'refunded' },
        { status: 'cancelled', payment_status: 'refunded', refund_due: false },
      ),
    'seat-sold-twice': async () => {
      const eventId = await event();
      const seats = [await seat(eventId), await seat(eventId), await seat(eventId)];
      const both = (row: Row, mine: (string | undefined)[]) =>
        reserve(
          { event_id: eventId, ...row },
          mine.map((seat_id) => ({ seat_id })),
        );
      // The middle one loses to the first, so that the last one has its other seat.
      await both({ created_at: '2025-03-01 20:00' }, [seats[0]]);
      const id = await both({ created_at: '2025-03-01 20:01', total_amount: 2_000 }, [seats[0], seats[1]]);
      await both({ created_at: '2025-03-01 20:02', total_amount: 2_000 }, [seats[1], seats[2]]);
      return { table: 'reservations', id, here: { ...ended, total_amount: 2_000 } };
    },
    'event-cancelled': async () => reservation({ event_id: await event({ status: 'cancelled' }) }, ended),
    'event-deleted': async () => ({
      table: 'reservations',
      id: await reserve({ event_id: null }, [{ seat_id: null }]),
      here: { ...ended, event_id: '00000000-0000-8000-8000-00000000de1e' },
    }),
    'status-unknown': () =>
      reservation({ status: 'no_show' }, { status: 'confirmed', payment_status: 'completed' }),
    'number-changed': () => reservation({ reservation_number: '2019-7' }, { status: 'confirmed' }),
    'user-unknown': async () => {
      const id = await reserve();
      await sql`UPDATE reservations SET user_id = NULL WHERE id = ${id}`.execute(source.db);
      return {
        table: 'reservations',
        id,
        here: { user_id: '00000000-0000-0000-0000-000000000000', status: 'confirmed' },
      };
    },
    'amount-not-sum': async () => {
      const eventId = await event();
      const typeId = await type(eventId);
      const id = await reserve({ event_id: eventId, total_amount: 5_000 }, [
        { seat_id: await seat(eventId) },
        { ticket_type_id: typeId, quantity: 3 },
      ]);
      return { table: 'reservations', id, here: { status: 'confirmed', total_amount: 5_000 } };
    },
    'amount-negative': () => reservation({ total_amount: -5 }, { status: 'confirmed', total_amount: 1_000 }),
    'without-items': async () => {
      const id = await reserve({}, []);
      return { table: 'reservation_items', id, here: null };
    },
    'item-gone': () => stray({ seat_id: null, ticket_type_id: null }),
    'item-of-another-event': async () => stray({ seat_id: await seat(await event()) }),
    'seat-twice-in-one': async () => {
      const eventId = await event();
      const seatId = await seat(eventId);
      const id = await reserve({ event_id: eventId, total_amount: 2_000 }, [{ seat_id: seatId }]);
      return {
        table: 'reservation_items',
        id: await item(id, { seat_id: seatId, created_at: '2025-03-02' }),
      };
    },
    'item-of-two-kinds': async () => {
      const eventId = await event();
      return await stray({ seat_id: await seat(eventId), ticket_type_id: await type(eventId) }, eventId);
    },
    'item-quantity': async () => {
      const eventId = await event();
      return await stray({ ticket_type_id: await type(eventId), quantity: 0 }, eventId);
    },
    'without-reservation': async () => ({ table: 'reservation_items', id: await item(null, {}) }),
    'without-event': async () => ({ table: 'seats', id: await seat(null), here: null }),
    'seat-reserved-by-none': async () => ({
      table: 'seats',
      id: await seat(await event()),
      here: { status: 'blocked' },
    }),
    'seat-locked-by-none': async () => ({
      table: 'seats',
      id: await seat(await event(), { status: 'locked' }),
      here: { status: 'available' },
    }),
    'seat-available-but-held': async () => {
      const eventId = await event();
      const id = await seat(eventId, { status: 'available' });
      await reserve({ event_id: eventId }, [{ seat_id: id }]);
      return { table: 'seats', id, here: { status: 'reserved' } };
    },
    'seat-of-cancelled-event': async () => ({
      table: 'seats',
      id: await seat(await event({ status: 'cancelled' })),
      here: { status: 'available' },
    }),
    'seat-place': async () => ({
      table: 'seats',
      id: await seat(await event(), { row_number: 0, seat_number: -2 }),
      here: { row_number: 1, seat_number: 1 },
    }),
    'stock-sold-elsewhere': () =>
      stock({ total_quantity: 10, available_quantity: 4 }, 2, { total_quantity: 6, available_quantity: 4 }),
    'stock-above-claims': () =>
      stock({ total_quantity: 10, available_quantity: 99 }, 2, { total_quantity: 10, available_quantity: 8 }),
    'stock-oversold': () =>
      stock({ total_quantity: 1, available_quantity: -2 }, 3, { total_quantity: 3, available_quantity: 0 }),
    'price-out-of-range': async () => ({
      table: 'ticket_types',
      id: await type(await event(), { price: -1 }),
      here: { price: 0 },
    }),
    'event-status': async () => {
      const id = await event({ status: 'sold_out' });
      await type(id);
      return { table: 'events', id, here: { status: 'sold_out' } };
    },
    'sale-ends-first': async () => ({
      table: 'events',
      id: await event({ sale_start_date: '2025-02-01 12:00', sale_end_date: '2025-01-01 12:00' }),
      here: { sale_start_date: '2025-02-01T17:00:00.000Z', sale_end_date: '2025-02-01T17:00:00.001Z' },
    }),
    'event-before-sale': async () => ({
      table: 'events',
      id: await event({ event_date: '2019-01-01 00:00' }),
      here: { event_date: '2019-01-01T05:00:00.000Z' },
    }),
    'hall-unknown': async () => {
      await sql`ALTER TABLE events DROP CONSTRAINT IF EXISTS events_seat_layout_id_fkey`.execute(source.db);
      return {
        table: 'events',
        id: await event({ seat_layout_id: randomUUID() }),
        here: { seat_layout_id: null },
      };
    },
    'hall-sections': async () => {
      const sections = [
        { name: 'A', rows: 1, seatsPerRow: 4, price: '1000' },
        { name: 'B', rows: 'many' },
      ];
      return {
        table: 'seat_layouts',
        id: await source.add('seat_layouts', { layout_config: { sections } }),
        here: {
          layout_config: { sections: [{ name: 'A', rows: 1, seatsPerRow: 4, price: 1_000, startRow: 1 }] },
        },
      };
    },
    'hall-total': async () => ({
      table: 'seat_layouts',
      id: await source.add('seat_layouts', { total_seats: 500 }),
      here: { total_seats: 4 },
    }),
    'keywords-merged': async () => {
      await source.add('keyword_mappings', { id: 1, korean: '가수', english: 'singer' });
      await source.add('keyword_mappings', { id: 2, korean: '가수'.normalize('NFD'), english: 'singer' });
      return { table: 'keyword_mappings', id: '가수 / singer' };
    },
    'name-taken': async () => {
      const eventId = await event();
      await type(eventId, { name: 'R석', created_at: '2024-01-01' });
      const id = await type(eventId, { name: 'R석', created_at: '2024-01-02' });
      return { table: 'ticket_types', id, here: { name: `R석 (${id.slice(-12)})` } };
    },
    'text-changed': async () => ({
      table: 'events',
      id: await event({ title: `${'봄'.normalize('NFD')}\u0001 콘서트` }),
      here: { title: '봄 콘서트' },
    }),
    'text-long': async () => ({
      table: 'events',
      id: await event({ description: 'a'.repeat(20_000) }),
      here: { description: 'a'.repeat(20_000) },
    }),
    'time-skipped': async () => ({
      table: 'events',
      id: await event({ event_date: '2026-03-08 02:30' }),
      here: { event_date: '2026-03-08T07:30:00.000Z' },
    }),
    'time-twice': async () => ({
      table: 'events',
      id: await event({ event_date: '2026-11-01 01:30' }),
      here: { event_date: '2026-11-01T06:30:00.000Z' },
    }),
  };
}
