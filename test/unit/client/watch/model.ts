import type { EventChanges, LoadedEvent, News, StockLevel } from '../../../../src/client/watch/types.ts';

export const STATUSES = ['available', 'locked', 'reserved'] as const;

/** The event at one version: the code of each seat, and what is left of each ticket type. */
interface Moment {
  layout: number;
  codes: number[];
  stock: number[];
}

/** A service in memory that remembers its event at every version. */
export class Model {
  readonly #moments: Moment[] = [{ layout: 1, codes: [0, 0, 0, 0], stock: [9, 9] }];

  get version(): number {
    return this.#moments.length - 1;
  }

  at(version: number): Moment {
    return this.#moments[version] as Moment;
  }

  sell(seat: number, code: number): void {
    const { layout, codes, stock } = this.at(this.version);
    const type = seat % 2;
    this.#moments.push({
      layout,
      codes: codes.with(seat % codes.length, code),
      stock: stock.with(type, (stock[type] as number) + code - 1),
    });
  }

  rebuild(seats: number): void {
    const { layout, stock } = this.at(this.version);
    this.#moments.push({ layout: layout + 1, codes: Array.from({ length: seats }, () => 0), stock });
  }

  /** The last state of everything that changed between two versions of one layout. */
  changes(from: number, version: number): EventChanges | undefined {
    const [before, after] = [this.at(from), this.at(version)];
    if (before.layout !== after.layout) return undefined;
    const differs = (pick: (moment: Moment) => number | undefined) =>
      this.#moments.slice(from, version + 1).some((moment) => pick(moment) !== pick(before));
    return {
      ...{ from, version, layout: after.layout },
      seats: [...after.codes.entries()].filter(([index]) => differs(({ codes }) => codes[index])),
      stock: after.stock.map(level).filter((_, index) => differs(({ stock }) => stock[index])),
    };
  }

  /** What subscribers get: the changes, or after a change of the layout only the version. */
  news(from: number): News {
    return (
      this.changes(from, this.version) ?? { version: this.version, layout: this.at(this.version).layout }
    );
  }

  load(version: number): LoadedEvent {
    const { layout, codes, stock } = this.at(version);
    const seats = codes.map((code, index) => ({
      index,
      id: `${layout}-${index}`,
      section: 'A',
      row_number: 1,
      seat_number: index + 1,
      seat_label: `A-1-${index + 1}`,
      price: 50_000,
      status: STATUSES[code] as (typeof STATUSES)[number],
    }));
    return { version, layout, seats, stock: stock.map(level) };
  }
}

const level = (availableQuantity: number, index: number): StockLevel => ({
  ticketTypeId: `type-${index}`,
  availableQuantity,
  totalQuantity: 9,
});
