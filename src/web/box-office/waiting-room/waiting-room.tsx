import type { ComponentChildren } from 'preact';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { now } from '../../shared/clock.ts';
import { user } from '../../shared/session.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Early } from './early.tsx';
import { Entrance } from './entrance.tsx';
import { Closed } from './way-out.tsx';

interface WaitingRoomProps {
  event: EventDetail;
  /** Reads the event again. */
  refresh(): void;
  /** What a buyer sees who is inside. */
  children: ComponentChildren;
}

/** Lets a buyer in, or shows their place in line until it is their turn. Before the sale it counts down and goes on by itself. */
export function WaitingRoom({ event, refresh, children }: WaitingRoomProps) {
  const { id, status, sale_start_date } = event;
  const startsAt = Date.parse(sale_start_date);
  const isAhead = startsAt > now.value;
  const lottery = useLoaded((signal) => (isAhead ? findLottery(id, signal) : Promise.resolve(null)), [id]);
  if (status === 'cancelled' || status === 'ended') return <Closed event={event} />;
  if (isAhead && lottery.state === 'loading') return <Loading />;
  // Without an answer about the lottery, the sale itself opens the door.
  const opensAt = lottery.value ? Date.parse(lottery.value.opensAt) : startsAt;
  if (isAhead && opensAt > now.value) {
    const again = () => {
      lottery.reload();
      refresh();
    };
    return <Early event={event} opensAt={opensAt} lottery={lottery.value ?? null} refresh={again} />;
  }
  return (
    <Entrance key={user.value?.id} event={event}>
      {children}
    </Entrance>
  );
}

async function findLottery(eventId: string, signal: AbortSignal) {
  return tiketi()
    .getQueueLottery({ eventId }, { signal })
    .catch((error: unknown) => {
      if (error instanceof TiketiError && error.code === 'LOTTERY_NOT_FOUND') return null;
      throw error;
    });
}
