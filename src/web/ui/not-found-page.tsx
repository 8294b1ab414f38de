import { texts } from '../shared/language.ts';
import { useTitle } from '../shared/use-title.ts';
import { LinkButton } from '../ui/button.tsx';

const t = texts({
  ko: { title: '찾으시는 페이지가 없어요', home: '공연 목록으로' },
  en: { title: 'This page does not exist', home: 'To the events' },
});

export function NotFoundPage() {
  useTitle(t.value.title);
  return (
    <div class="stack">
      <h1>{t.value.title}</h1>
      <LinkButton href="/">{t.value.home}</LinkButton>
    </div>
  );
}
