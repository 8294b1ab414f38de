import { tiketi } from '../../shared/api.ts';
import { count, dateText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import type { Block, EditorSeat } from './editor-seat.ts';

const t = texts({
  ko: {
    title: '판매 보류 좌석',
    nothing: '판매를 보류한 좌석이 없어요.',
    seats: (seats: string) => `${seats}석`,
    until: (time: string) => `${time}에 자동 해제`,
    show: '보기',
    showOf: (reason: string) => `${reason} 좌석 보기`,
    release: '해제',
    releaseOf: (reason: string) => `${reason} 해제`,
    done: (seats: string) => `${seats}석을 다시 팔아요.`,
  },
  en: {
    title: 'Blocks',
    nothing: 'No seat is blocked.',
    seats: (seats) => `${seats} seats`,
    until: (time) => `on sale again on ${time}`,
    show: 'Show',
    showOf: (reason) => `Show ${reason}`,
    release: 'Unblock',
    releaseOf: (reason) => `Unblock ${reason}`,
    done: (seats) => `${seats} seats are on sale again.`,
  },
});

interface BlockListProps {
  event: PartProps['event'];
  seats: readonly EditorSeat[];
  onShow(seats: EditorSeat[]): void;
  onDone(): void;
}

/** The blocks that have seats, each with a way to release it as a whole. */
export function BlockList({ event: { id, timezone }, seats, onShow, onDone }: BlockListProps) {
  const { busy, run } = useAction();
  const blocks = new Map<string, { block: Block; seats: EditorSeat[] }>();
  for (const seat of seats) {
    if (!seat.block) continue;
    const known = blocks.get(seat.block.id);
    if (known) known.seats.push(seat);
    else blocks.set(seat.block.id, { block: seat.block, seats: [seat] });
  }
  const release = (block_id: string) =>
    run({ release: block_id }, async (once) => {
      const { unblocked } = await tiketi().unblockSeats({ id, block_id }, once);
      say(t.value.done(count(unblocked)));
      onDone();
    });
  return (
    <section class="card stack compact">
      <h3>{t.value.title}</h3>
      {blocks.size === 0 && <p class="soft small">{t.value.nothing}</p>}
      <ul class="lines">
        {[...blocks.values()].map(({ block, seats }) => (
          <li key={block.id} class="row">
            <span class="what">
              {block.reason}
              <span class="soft small">
                {[
                  t.value.seats(count(seats.length)),
                  block.release_at && t.value.until(dateText(block.release_at, timezone)),
                ]
                  .filter(Boolean)
                  .join(' · ')}
              </span>
            </span>
            <Button
              size="small"
              look="plain"
              aria-label={t.value.showOf(block.reason)}
              onClick={() => onShow(seats)}
            >
              {t.value.show}
            </Button>
            <Button
              size="small"
              busy={busy}
              aria-label={t.value.releaseOf(block.reason)}
              onClick={() => release(block.id)}
            >
              {t.value.release}
            </Button>
          </li>
        ))}
      </ul>
    </section>
  );
}
