import pg from 'pg';
import { SolvableError } from '../errors/solvable.ts';

/** The tables of the existing service that are taken over, each with the columns that every installation has. */
export const TABLES = {
  seat_layouts: ['id', 'name', 'layout_config'],
  events: ['id', 'title', 'venue', 'event_date', 'sale_start_date', 'sale_end_date', 'status'],
  ticket_types: ['id', 'event_id', 'name', 'price', 'total_quantity', 'available_quantity'],
  seats: ['id', 'event_id', 'section', 'row_number', 'seat_number', 'seat_label', 'price', 'status'],
  reservations: [
    'id',
    'user_id',
    'event_id',
    'reservation_number',
    'total_amount',
    'status',
    'payment_status',
  ],
  reservation_items: [
    'id',
    'reservation_id',
    'ticket_type_id',
    'seat_id',
    'quantity',
    'unit_price',
    'subtotal',
  ],
  keyword_mappings: ['korean', 'english'],
} as const;

export type SourceTable = keyof typeof TABLES;

const MOST_ROWS_A_FETCH = 2_000;
const FIRST_ROWS = 50;
/** About as much at once, so that long descriptions, such as those with images in them, don't fill the memory. */
const FETCH_CHARACTERS = 4_000_000;

/** The database of the existing service, read in one snapshot. Nothing is written to it. */
export interface Source {
  query<Row extends pg.QueryResultRow>(text: string): Promise<Row[]>;
  /** The rows of a table as arrays of JSON, in constant memory. */
  rows(table: SourceTable): AsyncGenerator<{ json: string; count: number }>;
  close(): Promise<void>;
}

/**
 * @param address such as postgres://user:password@host:5432/tiketi
 * @param timezone of the source's times; columns with a time zone are read in it as well
 * @throws SolvableError with one line, without the password
 */
export async function openSource(address: string, timezone: string): Promise<Source> {
  const client = clientOf(address);
  const where = `The source, database ${client.database} at ${client.host}:${client.port},`;
  // An error ends the statement that runs as well.
  client.on('error', () => undefined);
  const ask = async <Row extends pg.QueryResultRow>(text: string, values?: string[]): Promise<Row[]> => {
    try {
      return (await client.query<Row>(text, values)).rows;
    } catch (error) {
      throw new SolvableError(`${where} failed: ${oneLine(error)}`);
    }
  };
  try {
    await client.connect();
  } catch (error) {
    throw new SolvableError(`${where} can't be used: ${oneLine(error)}`);
  }
  try {
    await ask('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    // For the transaction alone: a pooler may give the session to another application.
    await ask('SET LOCAL statement_timeout = 0');
    await ask('SET LOCAL idle_in_transaction_session_timeout = 0');
    await ask("SELECT set_config('TimeZone', $1, true)", [timezone]);
    const missing = await missingColumns(ask);
    if (missing) throw new SolvableError(`${where} is no database of Tiketi: it lacks ${missing}`);
  } catch (error) {
    await client.end();
    throw error;
  }
  return {
    query: ask,
    async *rows(table) {
      await ask(
        `DECLARE rows NO SCROLL CURSOR FOR SELECT row_to_json(t)::text AS row FROM public.${table} t`,
      );
      for (let most = FIRST_ROWS; ; ) {
        const batch = await ask<{ row: string }>(`FETCH ${most} FROM rows`);
        if (batch.length === 0) break;
        const json = `[${batch.map(({ row }) => row).join(',')}]`;
        yield { json, count: batch.length };
        const fitting = Math.ceil((batch.length * FETCH_CHARACTERS) / json.length);
        most = Math.min(2 * most, fitting, MOST_ROWS_A_FETCH);
      }
      await ask('CLOSE rows');
    },
    close: () => client.end(),
  };
}

function clientOf(address: string): pg.Client {
  try {
    const { protocol } = new URL(address);
    if (/^postgres(ql)?:$/.test(protocol)) {
      return new pg.Client({
        connectionString: address,
        application_name: 'tiketi-import',
        connectionTimeoutMillis: 10_000,
        keepAlive: true,
      });
    }
  } catch {
    // The message of the URL parser contains the password.
  }
  throw new SolvableError(
    '--from is no address of PostgreSQL: expected postgres://user:password@host:5432/database',
  );
}

async function missingColumns(
  ask: <Row extends pg.QueryResultRow>(text: string) => Promise<Row[]>,
): Promise<string> {
  const known = await ask<{ name: string }>(
    `SELECT table_name || '.' || column_name AS name FROM information_schema.columns WHERE table_schema = 'public'`,
  );
  const names = new Set(known.map(({ name }) => name));
  return Object.entries(TABLES)
    .flatMap(([table, columns]) => {
      const missing = columns.filter((column) => !names.has(`${table}.${column}`));
      return missing.length === columns.length ? [table] : missing.map((column) => `${table}.${column}`);
    })
    .join(', ');
}

const oneLine = (error: unknown): string => (error as Error).message.replaceAll(/\s+/g, ' ');
