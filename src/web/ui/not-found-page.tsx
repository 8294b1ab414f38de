import { texts } from '../shared/language.ts';
import { isConsole } from '../shared/session.ts';
import { useTitle } from '../shared/use-title.ts';
import { LinkButton } from './button.tsx';

const t = texts({
  ko: { title: '찾으시는 페이지가 없어요', home: '처음으로' },
  en: { title: 'This page does not exist', home: 'To the start' },
});

/** For an address that has no page, in both faces. */
export function NotFoundPage() {
  useTitle(t.value.title);
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <div>
        <LinkButton href={isConsole ? '/console' : '/'}>{t.value.home}</LinkButton>
      </div>
    </div>
  );
}
