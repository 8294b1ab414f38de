import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { QueueLottery, QueueLotteryOrder } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Phase, QueueCommands } from '../redis/commands.ts';
import { draw, findNumber, ID_BYTES, numberOf, numbersOf, toUserIds } from './draw.ts';

/** What the draw asks of the waiting room. */
export type LotteryCommands = Pick<QueueCommands, 'close' | 'lobby' | 'load' | 'draw'>;

/** As with a ticket that was given when the sale started. */
export interface DrawnPlace {
  sequence: number;
  /** ms since 1970 */
  at: number;
}

interface DrawnOrder {
  seed: Buffer;
  startsAt: number;
  numbers: string[];
}

/** Ids in one command to Redis, and in one read of what is stored. */
const LOADED_AT_ONCE = 2_000;
/** 200,000 numbers take 8 MB. */
const ORDERS_KEPT = 8;
const LONGEST_STEP_MS = 60_000;
const ASKED_AGAIN_MS = 1_000;

/**
 * The draw of the places in line among those who wait in the lobby of an event. PostgreSQL says what was drawn, once and for all;
 * Redis is told by it. So whatever fails in between, and whoever does the rest, everybody has the same place.
 */
export class Lottery {
  readonly #db: Db;
  readonly #commands: LotteryCommands;
  /** Events whose order this instance knows to be stored. */
  readonly #drawn = new Set<string>();
  readonly #orders = new LRUCache<string, DrawnOrder | 'not drawn'>({
    max: ORDERS_KEPT,
    fetchMethod: async (eventId, _stale, { options }) => {
      const order = await this.#read(eventId);
      if (!order) options.ttl = ASKED_AGAIN_MS;
      return order ?? 'not drawn';
    },
  });

  constructor(db: Db, commands: LotteryCommands) {
    this.#db = db;
    this.#commands = commands;
  }

  /**
   * Draws if the sale has started and it was not done yet, and ends what another instance left half done. To be asked again until
   * then: it does nothing before the start, nor while another instance is at it.
   *
   * @returns whether this call put those who were drawn in line
   */
  async drawIfDue(eventId: string): Promise<boolean> {
    const phase = await this.#commands.close(eventId);
    // Where nobody came there is nobody to place, but an end of the lottery all the same.
    if (phase !== 'drawing' && (phase !== 'open' || this.#drawn.has(eventId))) return false;
    if (!(await this.#alone(eventId, phase, (trx) => this.#decide(trx, eventId, phase)))) return false;
    this.#drawn.add(eventId);
    if (phase === 'open') return false;
    // In a second transaction: Redis is told nothing that could still be drawn otherwise.
    return this.#alone(eventId, phase, (trx) => this.#place(trx, eventId));
  }

  /** To be called when the settings of an event have changed: one that was put off after the draw may have another lottery. */
  forget(eventId: string): void {
    this.#drawn.delete(eventId);
    this.#orders.delete(eventId);
  }

  /** @throws Problem LOTTERY_NOT_FOUND where the event has none */
  async describe(eventId: string): Promise<QueueLottery> {
    const opensAt = sql<string>`e.sale_start_date - make_interval(mins => coalesce(s.lobby_minutes, 0))`;
    const found = await this.#db
      .selectFrom('queue_lotteries as l')
      .innerJoin('events as e', 'e.id', 'l.event_id')
      .leftJoin('queue_settings as s', 's.event_id', 'l.event_id')
      .select([
        'l.event_id as eventId',
        sql<QueueLottery['state']>`CASE
          WHEN l.drawn_at IS NOT NULL THEN 'drawn'
          WHEN now() >= e.sale_start_date THEN 'drawing'
          WHEN now() >= ${opensAt} THEN 'open'
          ELSE 'announced' END`.as('state'),
        opensAt.as('opensAt'),
        'e.sale_start_date as drawsAt',
        'l.seed_hash as seedHash',
        // Whoever knows it before the draw can choose an account that will stand in front.
        sql<string | null>`CASE WHEN l.drawn_at IS NOT NULL THEN encode(l.seed, 'hex') END`.as('seed'),
        'l.drawn_at as drawnAt',
        'l.entries',
      ])
      .where('l.event_id', '=', eventId)
      .where((eb) => eb.or([eb('s.lobby_minutes', 'is not', null), eb('l.drawn_at', 'is not', null)]))
      .executeTakeFirst();
    if (!found) throw new Problem('LOTTERY_NOT_FOUND');
    return found;
  }

  /** @throws Problem LOTTERY_NOT_FOUND before the draw */
  async order(eventId: string): Promise<QueueLotteryOrder> {
    const order = await this.#orders.forceFetch(eventId);
    if (order === 'not drawn') throw new Problem('LOTTERY_NOT_FOUND');
    const { numbers } = order;
    return { eventId, entries: numbers.length, numbers };
  }

  /** The place of one who took part, for a waiting room that Redis lost before he was told. */
  async placeOf(eventId: string, userId: string): Promise<DrawnPlace | undefined> {
    const order = await this.#orders.forceFetch(eventId);
    if (order === 'not drawn') return undefined;
    const sequence = findNumber(order.numbers, numberOf(order.seed, userId.toLowerCase())) + 1;
    return sequence > 0 ? { sequence, at: order.startsAt } : undefined;
  }

  /** Does a step that is still to be done, unless another instance is at it: the row is locked, and gone with a connection that dies. */
  #alone(eventId: string, phase: Phase, step: (trx: Db) => Promise<boolean>): Promise<boolean> {
    return this.#db.transaction().execute(async (trx) => {
      // While Redis and this process work, PostgreSQL waits: longer than for others, on a machine that has much to do.
      await sql`SET LOCAL idle_in_transaction_session_timeout = ${sql.lit(LONGEST_STEP_MS)}`.execute(trx);
      const mine = await trx
        .selectFrom('queue_lotteries')
        .select('event_id')
        .where('event_id', '=', eventId)
        .forUpdate()
        .skipLocked()
        .executeTakeFirst();
      return mine !== undefined && (await this.#commands.close(eventId)) === phase && step(trx);
    });
  }

  /** @returns whether the order is stored: it was, or is by now */
  async #decide(trx: Db, eventId: string, phase: Phase): Promise<boolean> {
    const { seed, drawn_at, due } = await trx
      .selectFrom('queue_lotteries as l')
      .innerJoin('events as e', 'e.id', 'l.event_id')
      .select(['l.seed', 'l.drawn_at', sql<boolean>`now() >= e.sale_start_date`.as('due')])
      .where('l.event_id', '=', eventId)
      .executeTakeFirstOrThrow();
    if (drawn_at !== null) return true;
    // Open is also a room of which this instance doesn't know yet that it has a lobby.
    if (phase === 'open' && !due) return false;
    const userIds = await draw(seed, this.#commands.lobby(eventId));
    // Nobody enters a lobby that is closed. One that was lost while it was read is empty now, and was perhaps read in part.
    if ((await this.#commands.close(eventId)) !== phase) return false;
    await trx
      .updateTable('queue_lotteries')
      .set({ user_ids: userIds, entries: userIds.length / ID_BYTES, drawn_at: sql`clock_timestamp()` })
      .where('event_id', '=', eventId)
      .execute();
    return true;
  }

  async #place(trx: Db, eventId: string): Promise<boolean> {
    let rank = 1;
    for await (const userIds of stored(trx, eventId)) {
      await this.#commands.load(eventId, rank, userIds);
      rank += userIds.length;
    }
    await this.#commands.draw(eventId);
    return true;
  }

  async #read(eventId: string): Promise<DrawnOrder | undefined> {
    const found = await this.#db
      .selectFrom('queue_lotteries as l')
      .innerJoin('events as e', 'e.id', 'l.event_id')
      .select(['l.seed', 'e.sale_start_date'])
      .where('l.event_id', '=', eventId)
      .where('l.drawn_at', 'is not', null)
      .executeTakeFirst();
    if (!found) return undefined;
    const { seed } = found;
    const numbers: string[][] = [];
    for await (const userIds of stored(this.#db, eventId)) numbers.push(await numbersOf(seed, userIds));
    return { seed, startsAt: Date.parse(found.sale_start_date), numbers: numbers.flat() };
  }
}

/** The users in the order that was drawn; in parts, since millions of bytes in one answer would hold up everybody else's. */
async function* stored(db: Db, eventId: string): AsyncGenerator<string[]> {
  const bytes = LOADED_AT_ONCE * ID_BYTES;
  for (let from = 1; ; from += bytes) {
    const { part } = await db
      .selectFrom('queue_lotteries')
      .select(sql<Buffer>`substring(user_ids FROM ${from}::int FOR ${bytes}::int)`.as('part'))
      .where('event_id', '=', eventId)
      .executeTakeFirstOrThrow();
    if (part.length > 0) yield toUserIds(part);
    if (part.length < bytes) return;
  }
}
