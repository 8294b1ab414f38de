import { texts } from '../shared/language.ts';

const t = texts({ ko: { loading: '불러오는 중이에요…' }, en: { loading: 'Loading…' } });

export function Loading() {
  return (
    <p class="row soft" role="status">
      <span class="spinner" aria-hidden="true" />
      {t.value.loading}
    </p>
  );
}
