import type { LayoutSection } from '../schema.ts';

export interface Hall {
  name: string;
  description: string;
  sections: LayoutSection[];
}

/** Builds a hall. Row numbers start at the stage and continue through the sections. */
function hall(name: string, description: string, table: [string, number, number, number][]): Hall {
  let startRow = 1;
  const sections = table.map(([section, rows, seatsPerRow, price]) => {
    const first = startRow;
    startRow += rows;
    return { name: section, rows, seatsPerRow, startRow: first, price };
  });
  return { name, description, sections };
}

export type HallName = 'small_theater' | 'concert_hall' | 'arena';

// section, rows, seats per row, price in won
export const halls: Record<HallName, Hall> = {
  small_theater: hall('small_theater', '소극장 265석', [
    ['VIP', 3, 10, 150_000],
    ['R', 5, 15, 120_000],
    ['S', 8, 20, 90_000],
  ]),
  concert_hall: hall('concert_hall', '공연장 1,250석', [
    ['VIP', 5, 20, 170_000],
    ['R', 10, 25, 140_000],
    ['S', 15, 30, 110_000],
    ['A', 15, 30, 80_000],
  ]),
  arena: hall('arena', '아레나 4,900석', [
    ['VIP', 10, 40, 198_000],
    ['R', 20, 50, 165_000],
    ['S', 30, 60, 143_000],
    ['A', 34, 50, 110_000],
  ]),
};
