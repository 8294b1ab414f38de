import { useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { user } from '../../shared/session.ts';
import type { Answer, EventDetail } from '../../shared/types.ts';
import { useLoaded } from '../../shared/use-loaded.ts';
import { Button } from '../../ui/button.tsx';
import { sayProblem } from '../../ui/messages.tsx';
import type { Place } from './line.ts';
import { type Proof, provePlace } from './proof-steps.ts';
import { ProofView } from './proof-view.tsx';
import { keptSeedHash } from './stored-place.ts';

type Lottery = Answer<'getQueueLottery'>;

const t = texts({
  ko: {
    drawn: (entries: number, sequence: number) =>
      `${count(entries)}명 가운데 ${count(sequence)}번째로 뽑혔어요.`,
    check: '내 순번 확인하기',
  },
  en: {
    drawn: (entries, sequence) => `You were drawn number ${count(sequence)} of ${count(entries)}.`,
    check: 'Check my place',
  },
});

/** After a draw: the buyer's place in it, and a proof that their own browser computes. */
export function LotteryProof({ event, place: { sequence } }: { event: EventDetail; place: Place }) {
  const { value: lottery } = useLoaded((signal) => findDrawn(event.id, signal), [event.id]);
  const [proof, setProof] = useState<Proof & { kept: boolean }>();
  const [busy, setBusy] = useState(false);
  const userId = user.value?.id;
  if (!lottery || sequence === undefined || userId === undefined || sequence > (lottery.entries ?? 0))
    return null;

  const prove = async () => {
    const kept = keptSeedHash(event.id, lottery.drawsAt);
    const order = await tiketi().getQueueLotteryOrder({ eventId: event.id });
    const shown = { ...lottery, seedHash: kept ?? lottery.seedHash };
    setProof({
      ...(await provePlace({ userId, sequence, lottery: shown, order })),
      kept: kept !== undefined,
    });
  };
  const check = async () => {
    setBusy(true);
    await prove().catch(sayProblem);
    setBusy(false);
  };
  return (
    <div class="stack lottery-proof">
      <p>{t.value.drawn(lottery.entries ?? 0, sequence)}</p>
      {proof ? (
        <ProofView proof={proof} entries={lottery.entries ?? 0} />
      ) : (
        <div>
          <Button size="small" busy={busy} onClick={check}>
            {t.value.check}
          </Button>
        </div>
      )}
    </div>
  );
}

async function findDrawn(eventId: string, signal: AbortSignal): Promise<Lottery | null> {
  try {
    const lottery = await tiketi().getQueueLottery({ eventId }, { signal });
    return lottery.state === 'drawn' ? lottery : null;
  } catch (error) {
    if (error instanceof TiketiError && error.code === 'LOTTERY_NOT_FOUND') return null;
    throw error;
  }
}
