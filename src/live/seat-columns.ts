import { setImmediate as nextTurn } from 'node:timers/promises';
import { isDeepStrictEqual } from 'node:util';
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
  readonly x: readonly (number | null)[];
  readonly y: readonly (number | null)[];
  readonly attributes: SeatLayout['attributes'];
  readonly companionsReleased: boolean;
  readonly #index: SeatIndex;

  private constructor(number: number, columns: Columns) {
    this.number = number;
    this.ids = columns.ids;
    this.sections = columns.sections;
    this.rows = columns.rows;
    this.numbers = columns.numbers;
    this.labels = columns.labels;
    this.prices = columns.prices;
    this.x = columns.x;
    this.y = columns.y;
    this.attributes = columns.attributes;
    this.companionsReleased = columns.companionsReleased;
    this.#index = new SeatIndex(columns.ids);
  }

  /**
   * Parses one column a turn. All at once, 50,000 seats would hold up the process for 20 ms.
   *
   * @param texts JSON, as `sql/event.sql` returns it; null if there are no seats, or none has such a value
   */
  static async parse(number: number, texts: ColumnTexts): Promise<SeatColumns> {
    async function column<T>(name: (typeof COLUMNS)[number]): Promise<T[]> {
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
      x: await column('x'),
      y: await column('y'),
      attributes: JSON.parse(texts.attributes ?? '{}'),
      companionsReleased: texts.companions_released,
    });
  }

  indexOf(seatId: string): number | undefined {
    return this.#index.of(seatId);
  }

  /** Whether all columns are the same: after PostgreSQL has lost versions, the number alone doesn't tell. */
  equals(other: SeatColumns): boolean {
    return (
      this.number === other.number &&
      this.companionsReleased === other.companionsReleased &&
      COLUMNS.every((name) => sameList(this[name], other[name])) &&
      isDeepStrictEqual(this.attributes, other.attributes)
    );
  }
}

/** With one item for each seat. */
const COLUMNS = ['ids', 'sections', 'rows', 'numbers', 'labels', 'prices', 'x', 'y'] as const;
type Columns = Pick<SeatLayout, (typeof COLUMNS)[number] | 'attributes' | 'companionsReleased'>;

export interface ColumnTexts extends Record<(typeof COLUMNS)[number] | 'attributes', string | null> {
  companions_released: boolean;
}

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
