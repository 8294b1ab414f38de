import pg from 'pg';
import { allOf, type Statement } from './statements.ts';
import { types } from './types.ts';

/** What this file uses of pg's connection. */
interface Wire {
  parsedStatements: Record<string, string>;
  submittedNamedStatements: Record<string, string>;
  parse(statement: { name: string; text: string }): void;
  bind(values: { statement: string; values: unknown[]; valueMapper(value: unknown): string | null }): void;
  describe(what: { type: 'S'; name: string }): void;
  execute(): void;
  sync(): void;
}

interface Column {
  name: string;
  read(text: string): unknown;
}

/** The columns of the statements that a connection has prepared, by name. */
const columnsOf = new WeakMap<Wire, Map<string, Column[]>>();

/**
 * Statements that share one Sync. PostgreSQL then answers all of them in one write. With a Sync each, every answer takes a system call,
 * and may wake this process. The columns of a statement are described when it is prepared, and not each time.
 *
 * pg pipelines no query but its own, because a cursor would keep its portal open. This one keeps none.
 */
export class RoundTrip extends pg.Query {
  // pg reads these. The name and the text are those of the statement that is being answered.
  declare name: string;
  declare text: string;
  declare callback: (error: Error | null) => void;
  readonly statements: Statement<object>[];
  /** What each statement returned. */
  readonly answer: Promise<object[][]>;
  #rows: object[][];
  #wire: Wire | undefined;
  #answered = 0;
  #unreadable: Error | undefined;

  constructor(statements: Statement<object>[]) {
    super('');
    this.statements = statements;
    this.#rows = statements.map(() => []);
    this.answer = new Promise((resolve, reject) => {
      this.callback = (error) => (error ? reject(error) : resolve(this.#rows));
    });
  }

  /** For a connection that has to send each statement by itself. */
  takeFrom(answers: Promise<pg.QueryResult>[]): void {
    allOf(answers).then((all) => {
      this.#rows = all.map(({ rows }) => rows);
      this.callback(null);
    }, this.callback);
  }

  override submit = (connection: unknown): void => {
    const wire = connection as Wire;
    this.#wire = wire;
    for (const { name, text, values } of this.statements) {
      if (!wire.parsedStatements[name] && !wire.submittedNamedStatements[name]) {
        wire.parse({ name, text });
        wire.describe({ type: 'S', name });
        wire.submittedNamedStatements[name] = text;
      }
      wire.bind({ statement: name, values, valueMapper: toText });
      wire.execute();
    }
    wire.sync();
    this.#answerNext(0);
  };

  handleRowDescription({ fields }: { fields: pg.FieldDef[] }): void {
    const wire = this.#wire as Wire;
    const columns = columnsOf.get(wire) ?? new Map<string, Column[]>();
    columnsOf.set(wire, columns);
    columns.set(
      this.name,
      fields.map(({ name, dataTypeID }) => ({ name, read: types.getTypeParser(dataTypeID, 'text') })),
    );
  }

  handleDataRow({ fields }: { fields: (string | null)[] }): void {
    const columns = columnsOf.get(this.#wire as Wire)?.get(this.name);
    const row: Record<string, unknown> = {};
    try {
      // Another query of this connection has prepared it.
      if (!columns) throw new Error(`the columns of the statement ${this.name} are unknown`);
      for (const [index, { name, read }] of columns.entries()) {
        const text = fields[index] as string | null;
        row[name] = text === null ? null : read(text);
      }
    } catch (error) {
      this.#unreadable = error as Error;
    }
    this.#rows[this.#answered]?.push(row);
  }

  handleCommandComplete(): void {
    this.#answerNext(this.#answered + 1);
  }

  /** PostgreSQL has skipped the statements after the one that failed. They are to be prepared again. */
  handleError(error: Error): void {
    for (const { name } of this.statements.slice(this.#answered))
      delete this.#wire?.submittedNamedStatements[name];
    this.callback(error);
  }

  handleReadyForQuery(): void {
    this.callback(this.#unreadable ?? null);
  }

  #answerNext(index: number): void {
    this.#answered = index;
    const next = this.statements[index];
    if (next) Object.assign(this, { name: next.name, text: next.text });
  }
}

function toText(value: unknown): string | null {
  return value === null ? null : String(value);
}

type RowsOf<S> = S extends Statement<infer Row> ? Row[] : never;

/**
 * Runs the statements one after the other. If one fails, PostgreSQL skips those after it.
 *
 * @returns the rows of each; none for a statement that is left out
 */
export async function roundTrip<const S extends readonly (Statement<object> | false)[]>(
  client: pg.ClientBase,
  statements: S,
): Promise<{ [K in keyof S]: RowsOf<S[K]> }> {
  const trip = new RoundTrip(statements.filter((each) => each !== false));
  client.query(trip);
  const answers = (await trip.answer).values();
  return statements.map((each) => (each ? answers.next().value : [])) as never;
}

/**
 * Runs the last statements of a transaction, and commits it. The COMMIT goes out with them and has a Sync of its own: if one of them fails,
 * it rolls back.
 */
export async function commitWith<const S extends readonly (Statement<object> | false)[]>(
  client: pg.ClientBase,
  statements: S,
): Promise<{ [K in keyof S]: RowsOf<S[K]> }> {
  const [rows] = await allOf([roundTrip(client, statements), client.query('COMMIT')] as const);
  return rows;
}

/** Rolls the transaction back if the work fails. If the connection is lost, its owner discards it. */
export async function orRollBack<T>(client: pg.ClientBase, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    await client.query('ROLLBACK').catch(() => undefined);
    throw error;
  }
}
