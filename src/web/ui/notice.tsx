import type { ComponentChildren } from 'preact';
import { texts } from '../shared/language.ts';
import { problemText } from '../shared/problem-texts.ts';
import { Button } from './button.tsx';

const t = texts({ ko: { again: '다시 시도' }, en: { again: 'Try again' } });

export function Notice({ tone, children }: { tone?: 'good' | 'warn' | 'bad'; children: ComponentChildren }) {
  return (
    <div class="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

/** An error as a sentence for people, with the way on. */
export function Failure({
  error,
  retry,
  children,
}: {
  error: unknown;
  retry?: () => void;
  children?: ComponentChildren;
}) {
  return (
    <Notice tone="bad">
      <p>{problemText(error)}</p>
      <div class="row">
        {retry && (
          <Button size="small" onClick={retry}>
            {t.value.again}
          </Button>
        )}
        {children}
      </div>
    </Notice>
  );
}
