import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { EventDetail } from '../../shared/types.ts';
import { LeaveButton } from './leave-button.tsx';
import type { Place } from './line.ts';
import { LotteryProof } from './lottery-proof.tsx';
import type { PlaceKeeper } from './place-keeper.ts';

const t = texts({
  ko: {
    entered: '입장하셨어요. 지금부터 예매할 수 있어요.',
    behind: (people: number) => `${count(people)}명이 차례를 기다리고 있어요.`,
    content: '예매',
  },
  en: {
    entered: 'You are in. You can book now.',
    behind: (people) => (people === 1 ? '1 person is waiting.' : `${count(people)} people are waiting.`),
    content: 'Booking',
  },
});

interface InsideProps {
  event: EventDetail;
  place: Place;
  /** The buyer has just come in from the line. */
  called: boolean;
  keeper: PlaceKeeper;
  children: ComponentChildren;
}

/** The steps inside. While others wait, a line above them says so and offers the way out. */
export function Inside({ event, place, called, keeper, children }: InsideProps) {
  const content = useRef<HTMLElement>(null);
  useEffect(() => {
    if (called) content.current?.focus();
  }, [called]);
  return (
    <div class="stack">
      {(called || place.queueSize > 0) && (
        <div class="inside-bar" data-called={called}>
          <p>
            {called && <strong>{t.value.entered} </strong>}
            {place.queueSize > 0 && t.value.behind(place.queueSize)}
          </p>
          <LeaveButton keeper={keeper} inside />
        </div>
      )}
      <section ref={content} class="inside-content" tabIndex={-1} aria-label={t.value.content}>
        {children}
      </section>
      {called && <LotteryProof event={event} sequence={keeper.journey.value?.sequence} />}
    </div>
  );
}
