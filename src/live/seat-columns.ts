import { setImmediate as nextTurn } from 'node:timers/promises';
import { SeatIndex } from './seat-index.ts';
import type { SeatLayout } from './types.ts';

/** The layout of an event in memory, one list for each column. */
export class SeatColumns implements SeatLayout {
  readonly number: number;
  readonly ids: readonly string[];
  readonly sections: readonly string[];
  readonly rows: readonly number[];
  readonly numbers: readonly number[];
  readonly labels: readonly string[];
  readonly prices: readonly number[];
  readonly #index: SeatIndex;

  private constructor(number: number, columns: Columns) {
    this.number = number;
    this.ids = columns.ids;
    this.sections = columns.sections;
    this.rows = columns.rows;
    this.numbers = columns.numbers;
    this.labels = columns.labels;
    this.prices = columns.prices;
    this.#index = new SeatIndex(columns.ids);
  }

  /**
   * Parses one column a turn. All at once, 50,000 seats would hold up the process for 20 ms.
   *
   * @param texts JSON, as `sql/event.sql` returns it; null if there are no seats
   */
  static async parse(number: number, texts: Record<ColumnName, string | null>): Promise<SeatColumns> {
    async function column<T>(name: ColumnName): Promise<T[]> {
      const text = texts[name];
      if (text === null) return [];
      const values: T[] = JSON.parse(text);
      await nextTurn();
      return values;
    }
    return new SeatColumns(number, {
      ids: await column('ids'),
      sections: shared(await column('sections')),
      rows: await column('rows'),
      numbers: await column('numbers'),
      labels: await column('labels'),
      prices: await column('prices'),
    });
  }

  indexOf(seatId: string): number | undefined {
    return this.#index.of(seatId);
  }

  /** Whether all columns are the same: after PostgreSQL has lost versions, the number alone doesn't tell. */
  equals(other: SeatColumns): boolean {
    return this.number === other.number && COLUMNS.every((name) => sameList(this[name], other[name]));
  }
}

type Columns = Pick<SeatLayout, 'ids' | 'sections' | 'rows' | 'numbers' | 'labels' | 'prices'>;
export type ColumnName = keyof Columns;
const COLUMNS = ['ids', 'sections', 'rows', 'numbers', 'labels', 'prices'] as const satisfies ColumnName[];

function sameList(one: readonly unknown[], other: readonly unknown[]): boolean {
  return one.length === other.length && one.every((value, index) => value === other[index]);
}

/** The same texts, each once in memory. */
function shared(texts: string[]): string[] {
  const known = new Map<string, string>();
  return texts.map((text) => {
    const first = known.get(text) ?? text;
    known.set(first, first);
    return first;
  });
}
