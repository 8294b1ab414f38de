import { useEffect, useRef, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say, sayProblem } from '../../ui/messages.tsx';
import { saveStream } from './save-stream.ts';

const t = texts({
  ko: {
    title: '내보내기',
    about: '모든 예매나 모든 좌석을 파일로 저장해요. 위의 조건은 적용되지 않아요.',
    exportReservationsCsv: '예매 CSV',
    exportReservationsNdjson: '예매 NDJSON',
    exportSeatsCsv: '좌석 CSV',
    exportSeatsNdjson: '좌석 NDJSON',
    progress: (kilobytes: string) => `${kilobytes} KB 받는 중…`,
    stop: '중지',
    saved: (name: string) => `${name} 파일을 저장했어요.`,
  },
  en: {
    title: 'Export',
    about: 'Saves all reservations or all seats as a file. The filter above does not apply.',
    exportReservationsCsv: 'Reservations as CSV',
    exportReservationsNdjson: 'Reservations as NDJSON',
    exportSeatsCsv: 'Seats as CSV',
    exportSeatsNdjson: 'Seats as NDJSON',
    progress: (kilobytes) => `${kilobytes} KB received…`,
    stop: 'Stop',
    saved: (name) => `${name} is saved.`,
  },
});

const FILES = {
  exportReservationsCsv: { name: 'reservations.csv', type: 'text/csv' },
  exportReservationsNdjson: { name: 'reservations.ndjson', type: 'application/x-ndjson' },
  exportSeatsCsv: { name: 'seats.csv', type: 'text/csv' },
  exportSeatsNdjson: { name: 'seats.ndjson', type: 'application/x-ndjson' },
} as const;
type Operation = keyof typeof FILES;

export function Exports({ eventId }: { eventId: string }) {
  const [running, setRunning] = useState<Operation>();
  const [bytes, setBytes] = useState(0);
  const stop = useRef<() => void>(undefined);
  useEffect(() => () => stop.current?.(), []);

  /** The token goes into a header of the request, and never into an address that a browser would keep. */
  async function save(operation: Operation): Promise<void> {
    const file = FILES[operation];
    const abort = new AbortController();
    stop.current = () => abort.abort();
    setRunning(operation);
    setBytes(0);
    try {
      await saveStream(await tiketi()[operation]({ id: eventId }, { signal: abort.signal }), file, setBytes);
      say(t.value.saved(file.name));
    } catch (error) {
      if (!abort.signal.aborted) sayProblem(error);
    } finally {
      setRunning(undefined);
    }
  }
  return (
    <section class="card stack">
      <h3>{t.value.title}</h3>
      <p class="soft">{t.value.about}</p>
      <div class="row">
        {(Object.keys(FILES) as Operation[]).map((operation) => (
          <Button
            key={operation}
            size="small"
            busy={running === operation}
            disabled={running !== undefined}
            onClick={() => save(operation)}
          >
            {t.value[operation]}
          </Button>
        ))}
      </div>
      <div class="row">
        <p class="soft small number" role="status">
          {running && t.value.progress(count(Math.round(bytes / 1_000)))}
        </p>
        {running && (
          <Button size="small" onClick={() => stop.current?.()}>
            {t.value.stop}
          </Button>
        )}
      </div>
    </section>
  );
}
