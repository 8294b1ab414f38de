import type { HallSeat } from '../../hall/hall-seat.ts';
import { tiketi } from '../../shared/api.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';
import { HallPreview } from './hall-preview.tsx';

/** The picture of a hall that was made seat by seat. */
export function SeatBySeat({ id }: { id: string }) {
  const { value: seats, error, reload } = useLoaded((signal) => everySeat(id, signal), [id]);
  if (!seats) return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />;
  return <HallPreview seats={seats} />;
}

async function everySeat(id: string, signal: AbortSignal): Promise<HallSeat[]> {
  const all: HallSeat[] = [];
  for (let after: number | null = 0; after !== null; ) {
    const page: Awaited<ReturnType<ReturnType<typeof tiketi>['listLayoutSeats']>> =
      await tiketi().listLayoutSeats({ id, after, limit: 1_000 }, { signal });
    for (const { section, row, number, price, x, y, attributes } of page.seats)
      all.push({
        section,
        row_number: row,
        seat_number: number,
        price,
        ...(attributes.length > 0 && { attributes }),
        ...(x !== null && y !== null && { x, y }),
      });
    after = page.next;
  }
  return all;
}
