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
import { type Proof, provePlace, sequenceOf } from './proof-steps.ts';
import { ProofView } from './proof-view.tsx';
import { keptSeedHash } from './stored-place.ts';

type Lottery = Answer<'getQueueLottery'>;

const t = texts({
  ko: {
    drawn: (entries: number, sequence: number) =>
      `${count(entries)}명 가운데 ${count(sequence)}번째로 뽑혔어요.`,
    inside: '이 공연의 대기 순서는 추첨으로 정해졌어요.',
    check: '내 순번 확인하기',
  },
  en: {
    drawn: (entries, sequence) => `You were drawn number ${count(sequence)} of ${count(entries)}.`,
    inside: 'The order of this line was drawn by lot.',
    check: 'Check my place',
  },
});

interface LotteryProofProps {
  event: EventDetail;
  /** Unknown to a buyer who was drawn straight inside: the service tells a place to people in line only. */
  sequence: number | undefined;
}

/** After a draw: the buyer's place in it, and a proof that their own browser computes. */
export function LotteryProof({ event, sequence }: LotteryProofProps) {
  const { value: lottery } = useLoaded((signal) => findDrawn(event.id, signal), [event.id]);
  const [proof, setProof] = useState<Proof & { kept: boolean }>();
  const [busy, setBusy] = useState(false);
  const userId = user.value?.id;
  const entries = lottery?.entries ?? 0;
  // Buyers who came after the draw have a place behind it.
  if (!lottery || userId === undefined || (sequence !== undefined && sequence > entries)) return null;

  const prove = async () => {
    const kept = keptSeedHash(event.id, lottery.drawsAt);
    const order = await tiketi().getQueueLotteryOrder({ eventId: event.id });
    const draw = { userId, lottery: { ...lottery, seedHash: kept ?? lottery.seedHash }, order };
    const drawn = sequence ?? (await sequenceOf(draw));
    setProof({ ...(await provePlace({ ...draw, sequence: drawn })), kept: kept !== undefined });
  };
  const check = async () => {
    setBusy(true);
    await prove().catch(sayProblem);
    setBusy(false);
  };
  return (
    <div class="stack lottery-proof">
      <p>{sequence === undefined ? t.value.inside : t.value.drawn(entries, sequence)}</p>
      {proof ? (
        <ProofView proof={proof} entries={entries} />
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
