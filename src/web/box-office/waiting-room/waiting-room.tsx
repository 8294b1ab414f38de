import type { ComponentChildren } from 'preact';
import { tiketi } from '../../shared/api.ts';
import type { EventDetail } from '../../shared/types.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { placesLost } from './return-to-line.ts';

interface WaitingRoomProps {
  event: EventDetail;
  /** What a buyer sees who is inside. */
  children: ComponentChildren;
}

/** Lets a buyer in, or shows their place in line. */
export function WaitingRoom({ event: { id }, children }: WaitingRoomProps) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().checkQueue({ eventId: id }, { signal }),
    [id, placesLost.value],
  );
  if (error !== undefined && !value) return <Failure error={error} retry={reload} />;
  if (!value) return <Loading />;
  return value.queued ? <Notice>{value.position}</Notice> : <>{children}</>;
}
