import type { HallSeat } from './hall-seat.ts';

/** The seats of one section that stand together. */
export interface Block {
  section: string;
  /** Indexes of the seats, by row and number. */
  seats: number[];
  /** The same seats, row by row. */
  rows: Row[];
  /** Whether the hall says where the seats are. */
  isGiven: boolean;
}

export interface Row {
  number: number;
  seats: number[];
}

/** Groups the seats by section. Of a section with places for some of its seats only, those seats are a block of their own. */
export function blocksOf(seats: readonly HallSeat[]): Block[] {
  const blocks = new Map<string, Block>();
  seats.forEach(({ section, x, y }, index) => {
    const isGiven = typeof x === 'number' && typeof y === 'number';
    const key = `${isGiven} ${section}`;
    const block = blocks.get(key);
    if (block) block.seats.push(index);
    else blocks.set(key, { section, seats: [index], rows: [], isGiven });
  });
  for (const block of blocks.values()) {
    block.seats.sort((a, b) => order(seats[a] as HallSeat, seats[b] as HallSeat));
    block.rows = rowsOf(seats, block.seats);
  }
  const collator = new Intl.Collator('ko', { numeric: true });
  return [...blocks.values()].sort((a, b) => collator.compare(a.section, b.section));
}

function order(a: HallSeat, b: HallSeat): number {
  return a.row_number - b.row_number || a.seat_number - b.seat_number;
}

function rowsOf(seats: readonly HallSeat[], sorted: readonly number[]): Row[] {
  const rows: Row[] = [];
  for (const index of sorted) {
    const { row_number } = seats[index] as HallSeat;
    const last = rows.at(-1);
    if (last?.number === row_number) last.seats.push(index);
    else rows.push({ number: row_number, seats: [index] });
  }
  return rows;
}
