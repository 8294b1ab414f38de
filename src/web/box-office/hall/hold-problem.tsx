import { TiketiError, type WatchedSeat } from '../../../client/index.ts';
import { texts } from '../../shared/language.ts';
import { Button, LinkButton } from '../../ui/button.tsx';
import { Failure, Notice } from '../../ui/notice.tsx';
import { besideCompanions } from './nearest-seats.ts';
import { placeText } from './seat-texts.ts';
import type { Choice } from './use-choice.ts';

const t = texts({
  ko: {
    taken: '방금 다른 분이 먼저 선택한 좌석이 있어요. 좌석을 확인하고 다시 시도해 주세요.',
    soldOut: '조건에 맞는 좌석이 부족해요. 매수를 줄이거나 다른 구역·가격을 골라 주세요.',
    tooMany: (limit: number) =>
      `이 공연은 한 사람이 ${limit}석까지 예매할 수 있어요. 이미 예매한 좌석도 포함돼요.`,
    mine: '내 예매 확인',
    companion: '동반자석은 옆의 휠체어석과 함께 예매할 수 있어요.',
    add: (seat: string) => `${seat} 휠체어석도 선택`,
  },
  en: {
    taken: 'Another buyer has just taken one of these seats. Check your choice and try again.',
    soldOut: 'Not enough seats like that are left. Choose fewer, or another section or price.',
    tooMany: (limit) => `One person can book ${limit} seats of this event, earlier reservations included.`,
    mine: 'My tickets',
    companion: 'A companion seat is sold together with the wheelchair space beside it.',
    add: (seat) => `Add the wheelchair space ${seat}`,
  },
});

interface HoldProblemProps {
  error: unknown;
  /** The most seats that one person may have. */
  limit: number;
  seats: readonly WatchedSeat[];
  choice: Choice;
  retry(): void;
}

/** Why seats were not held, and what to do about it. */
export function HoldProblem({ error, limit, seats, choice, retry }: HoldProblemProps) {
  if (error === undefined) return null;
  switch (error instanceof TiketiError ? error.code : undefined) {
    case 'SEAT_UNAVAILABLE':
    case 'SEAT_LOCKED':
      // The seats that are gone have a notice of their own.
      return choice.gone.length > 0 ? null : <Notice tone="warn">{t.value.taken}</Notice>;
    case 'SOLD_OUT':
      return <Notice tone="warn">{t.value.soldOut}</Notice>;
    case 'TOO_MANY_SEATS':
      return (
        <Notice tone="warn">
          <p>{t.value.tooMany(limit)}</p>
          <div class="row">
            <LinkButton size="small" href="/reservations">
              {t.value.mine}
            </LinkButton>
          </div>
        </Notice>
      );
    case 'COMPANION_SEAT': {
      const beside = besideCompanions(seats, choice.seats);
      return (
        <Notice tone="warn">
          <p>{t.value.companion}</p>
          {beside.length > 0 && (
            <div class="row">
              <Button size="small" onClick={() => choice.add(beside)}>
                {t.value.add(beside.map(placeText).join(', '))}
              </Button>
            </div>
          )}
        </Notice>
      );
    }
    default:
      return <Failure error={error} retry={retry} />;
  }
}
