import { useState } from 'preact/hooks';
import type { QueueAdmin } from '../../../client/index.ts';
import { count, durationText } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import type { Change } from './consequences.ts';
import { type NumberSetting, parseSetting, RANGES } from './settings.ts';

type Texts = Record<
  NumberSetting,
  { title: string; label: string; hint: string; unit(value: number): string; reset: string }
> & {
  none: string;
  now(value: string): string;
  change: string;
  wrong(min: string, max: string): string;
  over: string;
};

const t = texts<Texts>({
  ko: {
    threshold: {
      title: '동시 입장 정원',
      label: '새 정원(명)',
      hint: '동시에 입장해 있을 수 있는 사람 수예요. 줄여도 이미 입장한 사람은 남아요.',
      unit: (value) => `${count(value)}명`,
      reset: '기본값으로',
    },
    drainPerSecond: {
      title: '초당 입장 상한',
      label: '새 상한(명/초)',
      hint: '자리가 많이 나도 1초에 이만큼만 입장해요.',
      unit: (value) => `초당 ${count(value)}명`,
      reset: '상한 없애기',
    },
    lobbyMinutes: {
      title: '추첨 대기실',
      label: '판매 시작 전(분)',
      hint: '판매 시작 전에 온 사람들의 순번을 추첨해요.',
      unit: (value) => `판매 시작 ${count(value)}분 전`,
      reset: '추첨 없애기',
    },
    waitingTtlSeconds: {
      title: '무응답 순번 유지',
      label: '새 유지 시간(초)',
      hint: '이보다 오래 응답이 없으면 줄과 대기실에서 순번을 잃어요.',
      unit: (value) => durationText(value * 1_000),
      reset: '기본값으로',
    },
    none: '없음',
    now: (value) => `지금 ${value}`,
    change: '변경…',
    wrong: (min, max) => `${min}에서 ${max} 사이의 수를 입력해 주세요.`,
    over: '판매가 이미 시작되어서 추첨 대기실을 열 수 없어요.',
  },
  en: {
    threshold: {
      title: 'Threshold',
      label: 'New threshold (people)',
      hint: 'How many may be inside at the same time. A lower one sends away none of those inside.',
      unit: (value) => count(value),
      reset: 'Use the default',
    },
    drainPerSecond: {
      title: 'Admissions a second',
      label: 'New limit (people a second)',
      hint: 'No more come in per second, however many places get free.',
      unit: (value) => `${count(value)} a second`,
      reset: 'Remove the limit',
    },
    lobbyMinutes: {
      title: 'Lobby',
      label: 'Minutes before the sale',
      hint: 'The order of those who come before the sale is drawn by lot.',
      unit: (value) => `${count(value)} min before the sale`,
      reset: 'Remove the lobby',
    },
    waitingTtlSeconds: {
      title: 'Silence that ends a place',
      label: 'New time (seconds)',
      hint: 'Longer silence ends a place in line or in the lobby.',
      unit: (value) => durationText(value * 1_000),
      reset: 'Use the default',
    },
    none: 'none',
    now: (value) => `Now ${value}`,
    change: 'Change…',
    wrong: (min, max) => `Enter a number from ${min} to ${max}.`,
    over: 'The sale has started, so a lobby cannot open any more.',
  },
});

interface SettingFormProps {
  setting: NumberSetting;
  room: QueueAdmin;
  /** Its time has passed. */
  isOver?: boolean;
  tell(change: Change): string[];
  ask(change: Change): void;
}

/** One setting with a number. While a new one is typed, it says what the number would do. */
export function SettingForm({ setting, room, isOver = false, tell, ask }: SettingFormProps) {
  const [text, setText] = useState('');
  const words = t.value[setting];
  const { min, max } = RANGES[setting];
  const current = room[setting];
  const value = parseSetting(setting, text);
  const isNew = value !== undefined && value !== current;
  return (
    <form
      class="card stack setting"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        if (isNew) ask({ setting, value });
      }}
    >
      <div class="row heading">
        <h3>{words.title}</h3>
        <strong class="number now">
          {t.value.now(current === null ? t.value.none : words.unit(current))}
        </strong>
      </div>
      {isOver ? (
        <p class="soft">{t.value.over}</p>
      ) : (
        <>
          <Field
            label={words.label}
            hint={words.hint}
            problem={text !== '' && value === undefined ? t.value.wrong(count(min), count(max)) : undefined}
          >
            <input
              inputMode="decimal"
              autoComplete="off"
              placeholder={current === null ? '' : String(current)}
              value={text}
              onInput={({ currentTarget }) => setText(currentTarget.value)}
            />
          </Field>
          <div role="status">{isNew && <Consequences sentences={tell({ setting, value })} />}</div>
        </>
      )}
      <div class="row">
        {!isOver && (
          <Button type="submit" disabled={!isNew}>
            {t.value.change}
          </Button>
        )}
        {current !== null && !isOver && (
          <Button look="plain" onClick={() => ask({ setting, value: null })}>
            {words.reset}
          </Button>
        )}
      </div>
    </form>
  );
}

export function Consequences({ sentences }: { sentences: string[] }) {
  return (
    <ul class="consequences">
      {sentences.map((sentence) => (
        <li key={sentence}>{sentence}</li>
      ))}
    </ul>
  );
}
