import { computed, effect, type ReadonlySignal, signal } from '@preact/signals';

export type Language = 'ko' | 'en';

const KEY = 'tiketi-language';

/** Korean for a browser that prefers it, otherwise English, until the user chooses. */
function preferred(): Language {
  const chosen = localStorage.getItem(KEY);
  if (chosen === 'ko' || chosen === 'en') return chosen;
  return navigator.languages.some((each) => each.startsWith('ko')) ? 'ko' : 'en';
}

export const language = signal<Language>(preferred());

effect(() => {
  document.documentElement.lang = language.value;
});

export function chooseLanguage(chosen: Language): void {
  localStorage.setItem(KEY, chosen);
  language.value = chosen;
}

/**
 * The texts of one part of the pages in both languages. Each part keeps its own beside its components. The compiler checks that both
 * languages have the same texts; a text with values in it is a function.
 *
 * @example
 * const t = texts({ ko: { title: '예매', left: (n: number) => `${n}석 남음` }, en: { title: 'Book', left: (n) => `${n} seats left` } });
 * <h1>{t.value.title}</h1>
 */
export function texts<T extends object>(both: { ko: T; en: NoInfer<T> }): ReadonlySignal<T> {
  return computed(() => both[language.value]);
}
