import { useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { Confirm } from '../forms/confirm.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { countStates, type EditorSeat } from './editor-seat.ts';

const t = texts({
  ko: {
    title: '구역',
    seats: (seats: string, free: string) => `${seats}석, ${free}석 가능`,
    choose: '선택',
    chooseOf: (section: string) => `${section} 구역 선택`,
    remove: '구역 삭제',
    removeOf: (section: string) => `${section} 구역 삭제`,
    short: '삭제',
    how: (section: string, seats: string) =>
      `${section} 구역의 ${seats}석을 지워요. 한 번이라도 예매된 구역은 지울 수 없으니 대신 판매를 보류하세요.`,
    done: (seats: string) => `${seats}석을 지웠어요.`,
  },
  en: {
    title: 'Sections',
    seats: (seats, free) => `${seats} seats, ${free} free`,
    choose: 'Select',
    chooseOf: (section) => `Select section ${section}`,
    remove: 'Remove the section',
    removeOf: (section) => `Remove section ${section}`,
    short: 'Remove',
    how: (section, seats) =>
      `Removes the ${seats} seats of section ${section}. A section that was ever reserved stays: block it instead.`,
    done: (seats) => `${seats} seats are removed.`,
  },
});

interface SectionListProps {
  event: PartProps['event'];
  seats: readonly EditorSeat[];
  onShow(seats: EditorSeat[]): void;
  onDone(): void;
}

export function SectionList({ event: { id }, seats, onShow, onDone }: SectionListProps) {
  const [removed, setRemoved] = useState<string>();
  const { busy, run } = useAction();
  const sections = Map.groupBy(seats, (seat) => seat.section);
  const remove = (name: string) =>
    run({ remove: name }, async () => {
      const answer = await tiketi().removeSection({ id, name });
      say(t.value.done(count(answer.removed)));
      onDone();
    }).finally(() => setRemoved(undefined));
  return (
    <section class="card stack compact">
      <h3>{t.value.title}</h3>
      <ul class="lines">
        {[...sections].map(([name, own]) => {
          const { free, held, sold } = countStates(own);
          return (
            <li key={name} class="row">
              <span class="what">
                {name}
                <span class="soft small number">{t.value.seats(count(own.length), count(free))}</span>
              </span>
              <Button
                size="small"
                look="plain"
                aria-label={t.value.chooseOf(name)}
                onClick={() => onShow(own)}
              >
                {t.value.choose}
              </Button>
              <Button
                size="small"
                disabled={held + sold > 0}
                aria-label={t.value.removeOf(name)}
                onClick={() => setRemoved(name)}
              >
                {t.value.short}
              </Button>
            </li>
          );
        })}
      </ul>
      {removed !== undefined && (
        <Confirm
          title={t.value.remove}
          danger
          busy={busy}
          onConfirm={() => remove(removed)}
          onClose={() => setRemoved(undefined)}
        >
          <p>{t.value.how(removed, count(sections.get(removed)?.length ?? 0))}</p>
        </Confirm>
      )}
    </section>
  );
}
