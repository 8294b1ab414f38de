import fp from 'fastify-plugin';
import type { Db } from '../database/database.ts';
import { postgresFailure } from '../errors/postgres-failures.ts';
import { Problem } from '../errors/problem.ts';
import { networkOf } from '../lib/network.ts';
import { WorkBudget } from '../lib/work-budget.ts';
import type { Reads } from './reads.ts';

declare module 'fastify' {
  interface FastifyInstance {
    publicReads: PublicReads;
    /** CPU time of searches, in µs. */
    searchBudget: WorkBudget;
  }
}

/**
 * Work on lists that aren't in memory, in a second of each instance: 0.3 of a core for one address, and half a core in all. A usual
 * search takes 10 to 40 µs, so that a venue behind one address may ask for 10,000 different ones each second.
 */
const SEARCHES_US = { forAddress: 300_000, inAll: 500_000 };

/** Reads that wait for a connection, for one address and in all. A venue behind one address opens few pages that aren't in memory. */
const MAX_FOR_ADDRESS = 16;
const MAX_IN_ALL = 64;
/** How long a read may wait for its turn. */
const PATIENCE_MS = 2_000;
/** A read that failed later than this has used up the patience of its reader. */
const QUICK_MS = 500;

/**
 * Reads of PostgreSQL for callers without an account. They have connections of their own, a few at a time, with a time limit of one second
 * for each statement, so that any number of them slows no payment.
 */
export class PublicReads {
  readonly #db: Db;
  readonly #reads: Reads;
  readonly #atOnce: number;
  readonly #byNetwork = new Map<string, number>();
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(db: Db, atOnce: number, reads: Reads) {
    this.#db = db;
    this.#reads = reads;
    this.#atOnce = atOnce;
  }

  /** As `read`, and on a replica if there is one. An unlogged table isn't there. */
  async list<T>(address: string, query: (db: Db) => Promise<T>): Promise<T> {
    return await this.read(address, () => this.#reads.list(query));
  }

  /**
   * Reads when a connection is free.
   *
   * @throws Problem TOO_MANY_REQUESTS if too many reads of this address wait already
   * @throws Problem SERVICE_UNAVAILABLE if too many reads of all addresses do, or this one waits for too long
   */
  async read<T>(address: string, query: (db: Db) => Promise<T>): Promise<T> {
    const network = networkOf(address);
    const mine = this.#byNetwork.get(network) ?? 0;
    if (mine >= MAX_FOR_ADDRESS) throw new Problem('TOO_MANY_REQUESTS', { retryAfter: 1 });
    if (this.#waiting.length >= MAX_IN_ALL) throw new Problem('SERVICE_UNAVAILABLE', { retryAfter: 1 });
    this.#byNetwork.set(network, mine + 1);
    try {
      if (this.#running >= this.#atOnce) await this.#turn();
      else this.#running++;
      try {
        return await this.#ask(query);
      } finally {
        const next = this.#waiting.shift();
        // The next read takes over this one's place.
        if (next) next();
        else this.#running--;
      }
    } finally {
      const left = (this.#byNetwork.get(network) ?? 1) - 1;
      if (left > 0) this.#byNetwork.set(network, left);
      else this.#byNetwork.delete(network);
    }
  }

  /** Once more if its connection ended: with a switchover all open ones do, and a new one leads to the server that goes on. */
  async #ask<T>(query: (db: Db) => Promise<T>): Promise<T> {
    const begun = performance.now();
    try {
      return await query(this.#db);
    } catch (error) {
      if (!postgresFailure(error).spoilt || performance.now() > begun + QUICK_MS) throw error;
      return await query(this.#db);
    }
  }

  #turn(): Promise<void> {
    return new Promise((resolve, reject) => {
      const begin = () => {
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        this.#waiting.splice(this.#waiting.indexOf(begin), 1);
        reject(new Problem('SERVICE_UNAVAILABLE', { retryAfter: 1 }));
      }, PATIENCE_MS);
      this.#waiting.push(begin);
    });
  }
}

export default fp(
  async (app) => {
    app.decorate('searchBudget', new WorkBudget(SEARCHES_US));
    app.decorate('publicReads', new PublicReads(app.publicDb, app.publicDb === app.db ? 1 : 2, app.reads));
  },
  { name: 'public-reads', dependencies: ['database', 'reads'] },
);
