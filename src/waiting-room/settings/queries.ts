import { randomBytes } from 'node:crypto';
import { sql } from 'kysely';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';

const SEED_BYTES = 32;

/** A lobby whose lottery was drawn for an earlier start counts no more: users who came now would be in no draw. */
const lobbyMinutes = sql<number | null>`
  CASE WHEN l.drawn_at < e.sale_start_date - interval '1 minute' THEN NULL ELSE s.lobby_minutes END`;

/** The settings of rooms with the columns of other tables that they depend on. The caller adds the conditions. */
export function rowsIn(db: Db) {
  return db
    .selectFrom('queue_settings as s')
    .innerJoin('events as e', 'e.id', 's.event_id')
    .leftJoin('queue_lotteries as l', 'l.event_id', 's.event_id')
    .select([
      's.event_id',
      's.threshold',
      's.drain_per_second',
      's.paused',
      's.waiting_ttl_seconds',
      lobbyMinutes.as('lobby_minutes'),
      's.cleared_at',
      's.version',
      'e.sale_start_date',
      'l.drawn_at',
    ]);
}

/** Rows written in the last `ms`, and the rows of these events. */
export function changedWithin(ms: number, eventIds: string[]) {
  return sql<boolean>`(s.updated_at > now() - make_interval(secs => ${ms / 1_000}) OR s.event_id = ANY (${eventIds}))`;
}

export type Row = Awaited<ReturnType<ReturnType<typeof rowsIn>['execute']>>[number];

type SettingColumns = Pick<
  Row,
  'threshold' | 'drain_per_second' | 'paused' | 'lobby_minutes' | 'waiting_ttl_seconds'
>;
type Columns = Partial<SettingColumns> & { cleared_at?: Date };

/** Keeps the settings as they are until the transaction ends. @returns them, or `undefined` while the room has the defaults */
export async function lockRow(trx: Db, eventId: string): Promise<SettingColumns | undefined> {
  return await trx
    .selectFrom('queue_settings')
    .select(['threshold', 'drain_per_second', 'paused', 'lobby_minutes', 'waiting_ttl_seconds'])
    .where('event_id', '=', eventId)
    .forNoKeyUpdate()
    .executeTakeFirst();
}

/** Settings as the audit log shows them. Null stands for the default. */
export function auditedSettings(row: SettingColumns | undefined): SettingColumns {
  const {
    threshold = null,
    drain_per_second = null,
    lobby_minutes = null,
    waiting_ttl_seconds = null,
  } = row ?? {};
  return { threshold, drain_per_second, paused: row?.paused ?? false, lobby_minutes, waiting_ttl_seconds };
}

/** @returns the row after the write */
export async function write(db: Db, eventId: string, columns: Columns): Promise<Row> {
  await db
    .insertInto('queue_settings')
    .values({ event_id: eventId, ...columns })
    .onConflict((conflict) =>
      conflict.column('event_id').doUpdateSet(({ ref }) => ({
        ...columns,
        ...(columns.cleared_at && {
          cleared_at: sql<string>`greatest(${ref('queue_settings.cleared_at')}, ${ref('excluded.cleared_at')})`,
        }),
        version: sql<number>`${ref('queue_settings.version')} + 1`,
        updated_at: sql<string>`clock_timestamp()`,
      })),
    )
    .execute();
  return rowsIn(db).where('s.event_id', '=', eventId).executeTakeFirstOrThrow();
}

/**
 * Gives the event a lottery with a secret seed. A lottery that is not drawn yet keeps its seed, whose hash is published already.
 *
 * @throws Problem LOBBY_TOO_LATE, EVENT_NOT_FOUND
 */
export async function prepareLottery(trx: Db, eventId: string): Promise<void> {
  const event = await trx
    .selectFrom('events')
    .select(sql<boolean>`sale_start_date > clock_timestamp()`.as('isAhead'))
    .where('id', '=', eventId)
    .executeTakeFirst();
  if (!event) throw new Problem('EVENT_NOT_FOUND');
  if (!event.isAhead) throw new Problem('LOBBY_TOO_LATE');
  await trx
    .insertInto('queue_lotteries')
    .values({ event_id: eventId, seed: randomBytes(SEED_BYTES) })
    .onConflict((conflict) =>
      conflict
        .column('event_id')
        .doUpdateSet(({ ref }) => ({
          seed: ref('excluded.seed'),
          drawn_at: null,
          entries: null,
          user_ids: null,
        }))
        .where('queue_lotteries.drawn_at', 'is not', null),
    )
    .execute();
}
