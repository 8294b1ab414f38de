import { sql } from 'kysely';
import { LRUCache } from 'lru-cache';
import type { QueueLottery, QueueLotteryOrder } from '../../contract/schemas.ts';
import type { Db } from '../../database/database.ts';
import { Problem } from '../../errors/problem.ts';
import type { Commands } from '../redis/commands.ts';
import type { Claim, Phase } from '../types.ts';
import { draw, findNumber, ID_BYTES, numberOf, numbersOf, toUserIds } from './draw-order.ts';

/** The commands of a draw. */
export type LotteryCommands = Pick<Commands, 'close' | 'lobby' | 'load' | 'draw'>;

interface DrawnOrder {
  seed: Buffer;
  startsAt: number;
  numbers: string[];
}

/** Ids in one command to Redis, and in one read from PostgreSQL. */
const LOADED_AT_ONCE = 2_000;
/** 200,000 numbers take 8 MB. */
const ORDERS_KEPT = 8;
const LONGEST_STEP_MS = 60_000;
const ASKED_AGAIN_MS = 1_000;

/**
 * Draws the places in line among the users in the lobby of an event. The order is stored in PostgreSQL once and for all, and copied to
 * Redis from there. So all users have the same places, whatever fails in between and whichever instance does the rest.
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
   * Draws if the sale has started and the lottery is not drawn yet, or finishes what another instance left half done. Call it again and
   * again: it does nothing before the start, nor while another instance is at work.
   *
   * @returns whether this call put the drawn users in line
   */
  async drawIfDue(eventId: string): Promise<boolean> {
    const phase = await this.#commands.close(eventId);
    // A lottery without participants has no users to place, but has to end all the same.
    if (phase !== 'drawing' && (phase !== 'open' || this.#drawn.has(eventId))) return false;
    if (!(await this.#alone(eventId, phase, (trx) => this.#decide(trx, eventId, phase)))) return false;
    this.#drawn.add(eventId);
    if (phase === 'open') return false;
    // In a second transaction, so that Redis never gets an order that could still be rolled back.
    return this.#alone(eventId, phase, (trx) => this.#place(trx, eventId));
  }

  /** Call when the settings of an event changed: an event postponed after its draw may get another lottery. */
  forget(eventId: string): void {
    this.#drawn.delete(eventId);
    this.#orders.delete(eventId);
  }

  /** @throws Problem LOTTERY_NOT_FOUND for an event without a lottery */
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
        // A user who knew the seed before the draw could choose an account that will stand in front.
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

  /** The place that a user drew, as if they had got a ticket at the start of the sale. For a room that Redis lost before they were told. */
  async placeOf(eventId: string, userId: string): Promise<Claim | undefined> {
    const order = await this.#orders.forceFetch(eventId);
    if (order === 'not drawn') return undefined;
    const sequence = findNumber(order.numbers, numberOf(order.seed, userId.toLowerCase())) + 1;
    return sequence > 0 ? { kind: 'waiting', sequence, at: order.startsAt } : undefined;
  }

  /** Does a step unless another instance is at it. The lock on the row ends with a connection that dies. */
  #alone(eventId: string, phase: Phase, step: (trx: Db) => Promise<boolean>): Promise<boolean> {
    return this.#db.transaction().execute(async (trx) => {
      // PostgreSQL waits while Redis and this process work. On a busy machine that takes longer than other transactions may.
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

  /** @returns whether the order is stored, by this call or before */
  async #decide(trx: Db, eventId: string, phase: Phase): Promise<boolean> {
    const { seed, drawn_at, due } = await trx
      .selectFrom('queue_lotteries as l')
      .innerJoin('events as e', 'e.id', 'l.event_id')
      .select(['l.seed', 'l.drawn_at', sql<boolean>`now() >= e.sale_start_date`.as('due')])
      .where('l.event_id', '=', eventId)
      .executeTakeFirstOrThrow();
    if (drawn_at !== null) return true;
    // The phase is also open while this instance doesn't know of the lobby yet.
    if (phase === 'open' && !due) return false;
    const userIds = await draw(seed, this.#commands.lobby(eventId));
    // A closed lobby gets no new users. If Redis lost it meanwhile, it is empty now, and was perhaps read in part.
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

/** Reads the users in the order drawn. In parts, since an answer of millions of bytes would hold up all others on the connection. */
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
