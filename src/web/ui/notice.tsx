import type { ComponentChildren } from 'preact';
import { texts } from '../shared/language.ts';
import { problemText } from '../shared/problem-texts.ts';
import { WayOn } from './way-on.tsx';

const t = texts({
  ko: { failed: '페이지를 열지 못했어요' },
  en: { failed: 'This page could not be opened' },
});

export function Notice({ tone, children }: { tone?: 'good' | 'warn' | 'bad'; children: ComponentChildren }) {
  return (
    <div class="notice" data-tone={tone} role={tone === 'bad' ? 'alert' : 'status'}>
      {children}
    </div>
  );
}

interface FailureProps {
  error: unknown;
  /** Does the same again. */
  retry?: () => void;
  /** The id of the event that the page is about, where its address doesn't say it. */
  event?: string | undefined;
  children?: ComponentChildren;
}

/** An error as a sentence for people, with the way on. */
export function Failure({ error, retry, event, children }: FailureProps) {
  return (
    <Notice tone="bad">
      <p>{problemText(error)}</p>
      <div class="row">
        <WayOn error={error} retry={retry} event={event} />
        {children}
      </div>
    </Notice>
  );
}

/** In place of a page, whose heading it is. */
export function FailedPage(props: FailureProps) {
  return (
    <div class="stack">
      <h1>{t.value.failed}</h1>
      <Failure {...props} />
    </div>
  );
}
