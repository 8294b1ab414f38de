import type pg from 'pg';
import type { TransactionPooler } from './pooler.ts';
import { beginStatement, type Session } from './session.ts';
import { allOf } from './statements.ts';

/** One of the nine forms of pg's `query`. */
// biome-ignore lint/suspicious/noExplicitAny: they have no common type.
type Arguments = any[];
type Send = (...args: Arguments) => Promise<pg.QueryResult>;

const BEGINS = /^\s*(begin|start transaction)\b/i;
const ENDS = /^\s*(commit|rollback(?! to))\b/i;

/**
 * The session of a connection behind a pooler in transaction mode, which may be another one in each transaction. So each transaction
 * begins with the settings, and a statement outside of one gets a transaction. They are sent together, which is one round trip.
 */
export class SessionByTransaction {
  readonly #session: Session;
  readonly #pooler: TransactionPooler;
  #inTransaction = false;

  constructor(session: Session, pooler: TransactionPooler) {
    this.#session = session;
    this.#pooler = pooler;
  }

  async query(args: Arguments, send: Send): Promise<pg.QueryResult> {
    const [first, ...others] = args;
    const text: string = typeof first === 'string' ? first : first.text;
    if (BEGINS.test(text)) {
      this.#inTransaction = true;
      try {
        return await send(beginStatement(text, this.#session));
      } catch (error) {
        // Its caller rolls back only what has begun, and the settings may have failed after that.
        this.#inTransaction = false;
        void send('ROLLBACK').catch(() => undefined);
        throw error;
      }
    }
    const query = this.#pooler.preparesStatements || !first.name ? first : { ...first, name: undefined };
    if (this.#inTransaction) {
      if (ENDS.test(text)) this.#inTransaction = false;
      return await send(query, ...others);
    }
    const [, answer] = await allOf([
      send(beginStatement('BEGIN', this.#session)),
      send(query, ...others),
      // After a failure it rolls back.
      send('COMMIT'),
    ] as const);
    return answer;
  }
}
