import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { count } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';
import type { Proof } from './proof-steps.ts';

const t = texts({
  ko: {
    valid: '추첨 결과가 맞아요',
    invalid: '추첨 결과와 맞지 않는 점이 있어요',
    holds: '확인됨',
    fails: '맞지 않음',
    seed: '추첨에 쓴 비밀 값이 추첨 전에 저장해 둔 지문과 같아요.',
    seedUnkept:
      '추첨에 쓴 비밀 값이 서비스가 알려 준 지문과 같아요. 추첨 전에 이 브라우저로 오지 않으셨다면, 미리 저장해 둔 지문은 없어요.',
    noSeed: '추첨에 쓴 비밀 값이 추첨 전의 지문과 달라요.',
    number: '비밀 값과 내 아이디로 계산한 내 번호예요.',
    order: (entries: number) => `공개된 번호 ${count(entries)}개가 빠짐없이 작은 수부터 놓여 있어요.`,
    noOrder: '공개된 번호의 개수나 순서가 맞지 않아요.',
    place: (before: number) =>
      `내 번호보다 앞에 있는 번호는 ${count(before)}개예요. 그래서 내 순번은 ${count(before + 1)}번이에요.`,
    noPlace: '공개된 순서에서 내 자리에 다른 번호가 있어요.',
    how: '모두 이 브라우저가 직접 계산했어요.',
    help: '화면을 저장해서 주최 측에 문의해 주세요.',
  },
  en: {
    valid: 'The draw is right',
    invalid: 'Something about the draw does not fit',
    holds: 'Checked',
    fails: 'Does not fit',
    seed: 'The secret value of the draw has the fingerprint that was saved before the draw.',
    seedUnkept:
      'The secret value has the fingerprint that the service tells. This browser was not here before the draw, so it has none of its own.',
    noSeed: 'The secret value does not have the fingerprint from before the draw.',
    number: 'Your number, computed from the secret value and your id.',
    order: (entries) => `All ${count(entries)} published numbers are there, from the lowest up.`,
    noOrder: 'The published numbers are not complete, or not in order.',
    place: (before) =>
      before === 1
        ? '1 number is lower than yours, so your place is 2.'
        : `${count(before)} numbers are lower than yours, so your place is ${count(before + 1)}.`,
    noPlace: 'Another number stands at your place of the published order.',
    how: 'Your own browser has computed all of this.',
    help: 'Keep this page and ask the organizer.',
  },
});

interface ProofViewProps {
  /** `kept`: the hash is the one that this browser saved before the draw. */
  proof: Proof & { kept: boolean };
  entries: number;
}

/** The proof in steps that people can follow. */
export function ProofView({ proof, entries }: ProofViewProps) {
  const { valid, seed, kept, number, order, place, before } = proof;
  const heading = useRef<HTMLHeadingElement>(null);
  useEffect(() => heading.current?.focus(), []);
  return (
    <div class="proof" data-valid={valid}>
      <h2 ref={heading} tabIndex={-1}>
        {valid ? t.value.valid : t.value.invalid}
      </h2>
      <ol>
        <Step holds={seed} text={!seed ? t.value.noSeed : kept ? t.value.seed : t.value.seedUnkept} />
        <Step holds={number !== null} text={t.value.number}>
          {number !== null && <code>{number}</code>}
        </Step>
        <Step holds={order} text={order ? t.value.order(entries) : t.value.noOrder} />
        <Step holds={place} text={place ? t.value.place(before) : t.value.noPlace} />
      </ol>
      <p class="soft">{valid ? t.value.how : t.value.help}</p>
    </div>
  );
}

function Step({ holds, text, children }: { holds: boolean; text: string; children?: ComponentChildren }) {
  return (
    <li data-holds={holds}>
      <span class="proof-mark" aria-hidden="true">
        {holds ? '✓' : '✗'}
      </span>
      <span class="visually-hidden">{holds ? t.value.holds : t.value.fails}: </span>
      <span>
        {text} {children}
      </span>
    </li>
  );
}
