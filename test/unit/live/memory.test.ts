import { randomUUID } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { Picture } from '../../../src/live/picture.ts';
import { SeatColumns } from '../../../src/live/seat-columns.ts';
import { Hall } from '../../../src/sales/best-available/hall.ts';

const SEATS = 50_000;
const SEATS_IN_ROW = 40;
const MOST_BYTES_OF_A_SEAT = 200;

setFlagsFromString('--expose_gc');
const collectGarbage: () => void = runInNewContext('gc');

function bytesInUse(): number {
  collectGarbage();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** The columns as PostgreSQL sends them. */
function columnsOf(seats: number) {
  const column = (value: (seat: number) => string | number) =>
    JSON.stringify(Array.from({ length: seats }, (_, seat) => value(seat)));
  const row = (seat: number) => Math.floor(seat / SEATS_IN_ROW) + 1;
  return {
    ids: column(() => randomUUID()),
    sections: column((seat) => `a section with a long name ${row(seat) % 20}`),
    rows: column(row),
    numbers: column((seat) => (seat % SEATS_IN_ROW) + 1),
    labels: column((seat) => `A-${row(seat)}-${(seat % SEATS_IN_ROW) + 1}`),
    prices: column((seat) => 50_000 + row(seat)),
    x: null,
    y: null,
    attributes: '{}',
    companions_released: false,
  };
}

test('a seat of a large hall takes at most 200 bytes, what finds the best seats included', async () => {
  const columns = columnsOf(SEATS);
  const before = bytesInUse();
  const layout = await SeatColumns.parse(1, columns);
  const event = new Picture(randomUUID(), {
    version: 1,
    layout,
    statuses: new Uint8Array(SEATS),
    seatVersions: new Uint32Array(SEATS),
    stock: [],
  });
  const hall = new Hall(event);
  const used = bytesInUse() - before;
  expect(hall.groups().length).toBeGreaterThan(10);
  expect(used / SEATS).toBeLessThan(MOST_BYTES_OF_A_SEAT);
  for (const [seat, id] of layout.ids.entries())
    if (layout.indexOf(id) !== seat) throw new Error(`seat ${seat} is lost`);
  expect(layout.indexOf(randomUUID())).toBeUndefined();
});
