import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { sql } from 'kysely';
import type { Db } from '../../../src/database/database.ts';
import { createTestDatabase, type TestDatabase } from '../../support/database.ts';

const existing = readFileSync(new URL('../database/existing-tables.sql', import.meta.url), 'utf8');

/** A database with the tables of the existing service. */
export interface Source {
  db: Db;
  address: string;
  /** Adds a row, and returns its id. Columns that are left out have values that contradict nothing. */
  add(table: keyof typeof defaults, row?: Row): Promise<string>;
  /** The same for many rows, whose ids are given. */
  addAll(table: keyof typeof defaults, rows: Row[]): Promise<void>;
  clear(): Promise<void>;
  drop(): Promise<void>;
}

type Row = Record<string, unknown>;

let numbers = 0;
const defaults = {
  seat_layouts: (): Row => ({
    name: `hall ${randomUUID()}`,
    total_seats: 4,
    layout_config: { sections: [{ name: 'A', rows: 2, seatsPerRow: 2, price: 1_000, startRow: 1 }] },
  }),
  events: (): Row => ({
    title: '콘서트',
    venue: '올림픽홀',
    event_date: '2099-05-01 19:00',
    sale_start_date: '2020-01-01 20:00',
    sale_end_date: '2099-05-01 18:00',
    status: 'on_sale',
  }),
  ticket_types: (): Row => ({ name: randomUUID(), price: 1_000, total_quantity: 10, available_quantity: 10 }),
  seats: (): Row => ({
    section: 'A',
    row_number: 1,
    seat_number: ++numbers,
    seat_label: `A-1-${numbers}`,
    price: 1_000,
  }),
  reservations: (): Row => ({
    user_id: null,
    reservation_number: `TK${1_600_000_000_000 + ++numbers}ABCDE`,
    total_amount: 1_000,
    status: 'confirmed',
    payment_status: 'completed',
    payment_method: 'kakao_pay',
    created_at: '2025-03-01 20:00',
    updated_at: '2025-03-01 20:05',
  }),
  reservation_items: (): Row => ({
    quantity: 1,
    unit_price: 1_000,
    subtotal: 1_000,
    created_at: '2025-03-01 20:00',
  }),
  keyword_mappings: (): Row => ({ id: ++numbers, entity_type: 'artist' }),
  users: (): Row => ({ email: `${randomUUID()}@tickets.example`, password_hash: 'x', name: 'buyer' }),
};

export async function createSource(): Promise<Source> {
  const database: TestDatabase = await createTestDatabase({ template: 'template0', poolSize: 2 });
  const { db, settings } = database;
  await sql.raw(existing.slice(0, existing.indexOf('INSERT INTO'))).execute(db);
  const addAll = async (table: keyof typeof defaults, rows: Row[]) => {
    const complete = rows.map((row) => ({ id: randomUUID(), ...defaults[table](), ...row }));
    if (complete.length === 0) return;
    const columns = [...new Set(complete.flatMap((row) => Object.keys(row)))].map((name) => sql.ref(name));
    await sql`
      INSERT INTO ${sql.ref(table)} (${sql.join(columns)})
      SELECT ${sql.join(columns)} FROM json_populate_recordset(NULL::${sql.ref(table)}, ${JSON.stringify(complete)})`.execute(
      db,
    );
  };
  return {
    db,
    address: `postgres://${settings.user}:${settings.password}@${settings.host}:${settings.port}/${settings.database}`,
    addAll,
    async add(table, row = {}) {
      const id = randomUUID();
      await addAll(table, [{ id, ...row }]);
      return id;
    },
    clear: database.clear,
    drop: database.drop,
  };
}
