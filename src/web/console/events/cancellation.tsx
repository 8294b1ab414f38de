import { useEffect } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count, dateText, won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Loading } from '../../ui/loading.tsx';
import { Failure } from '../../ui/notice.tsx';

const t = texts({
  ko: {
    going: '예매를 취소하는 중이에요',
    finished: '취소가 끝났어요',
    progress: '취소된 예매',
    counting: '예매를 세는 중이에요…',
    reservations: '예매',
    of: (done: string, all: string) => `${all}건 중 ${done}건 취소됨`,
    refunds: '환불 예정',
    refund: (refunds: string, amount: string) => `${refunds}건, ${amount}`,
    reason: '사유',
    at: '취소한 시각',
    queue: '대기열',
    cleared: '비웠어요',
    clearing: '비우는 중이에요…',
  },
  en: {
    going: 'Cancelling the reservations',
    finished: 'The cancellation is finished',
    progress: 'Cancelled reservations',
    counting: 'Counting the reservations…',
    reservations: 'Reservations',
    of: (done, all) => `${done} of ${all} cancelled`,
    refunds: 'To refund',
    refund: (refunds, amount) => `${refunds} payments, ${amount}`,
    reason: 'Reason',
    at: 'Cancelled on',
    queue: 'Waiting room',
    cleared: 'Cleared',
    clearing: 'Being cleared…',
  },
});

const EVERY_MS = 1_000;

/** How far the cancellation of an event is, live until it is finished. */
export function Cancellation({ eventId, timezone }: { eventId: string; timezone: string }) {
  const { value, error, reload } = useLoaded(
    (signal) => tiketi().getEventCancellation({ id: eventId }, { signal }),
    [eventId],
  );
  const cancellation = value?.cancellation;
  const isFinished = cancellation !== undefined && cancellation?.finished_at !== null;
  // Each answer and each failure asks once more.
  useEffect(() => {
    if (isFinished) return;
    const timer = setTimeout(reload, EVERY_MS);
    return () => clearTimeout(timer);
  }, [value, error, isFinished]);
  if (!value) return error === undefined ? <Loading /> : <Failure error={error} retry={reload} />;
  if (!cancellation) return null;
  const { reservations, done, refunds, refund_amount, reason, requested_at, queue_cleared_at } = cancellation;
  return (
    <section class="card stack">
      <h2>
        <span role="status">{isFinished ? t.value.finished : t.value.going}</span>
      </h2>
      <progress
        class="wide-progress"
        aria-label={t.value.progress}
        max={Math.max(1, reservations ?? 1)}
        value={isFinished ? Math.max(1, reservations ?? 1) : done}
      />
      <dl class="facts">
        <Fact
          name={t.value.reservations}
          text={reservations === null ? t.value.counting : t.value.of(count(done), count(reservations))}
        />
        <Fact name={t.value.refunds} text={t.value.refund(count(refunds), won(refund_amount))} />
        <Fact name={t.value.queue} text={queue_cleared_at === null ? t.value.clearing : t.value.cleared} />
        <Fact name={t.value.at} text={dateText(requested_at, timezone)} />
        {reason && <Fact name={t.value.reason} text={reason} />}
      </dl>
    </section>
  );
}

function Fact({ name, text }: { name: string; text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd class="number">{text}</dd>
    </div>
  );
}
