import { effect, signal } from '@preact/signals';
import { chooseLanguage, language, texts } from '../shared/language.ts';
import { Button } from './button.tsx';

type Theme = 'system' | 'light' | 'dark';

const KEY = 'tiketi-theme';
const chosen = localStorage.getItem(KEY);
const theme = signal<Theme>(chosen === 'light' || chosen === 'dark' ? chosen : 'system');

effect(() => {
  if (theme.value === 'system') delete document.documentElement.dataset.theme;
  else document.documentElement.dataset.theme = theme.value;
});

const t = texts({
  ko: { other: 'English', theme: '화면 테마', system: '시스템', light: '밝게', dark: '어둡게' },
  en: { other: '한국어', theme: 'Theme', system: 'System', light: 'Light', dark: 'Dark' },
});

export function Preferences() {
  const other = language.value === 'ko' ? 'en' : 'ko';
  return (
    <div class="row preferences">
      <Button look="plain" size="small" lang={other} onClick={() => chooseLanguage(other)}>
        {t.value.other}
      </Button>
      <select
        aria-label={t.value.theme}
        value={theme.value}
        onChange={({ currentTarget }) => {
          theme.value = currentTarget.value as Theme;
          localStorage.setItem(KEY, theme.value);
        }}
      >
        <option value="system">{t.value.system}</option>
        <option value="light">{t.value.light}</option>
        <option value="dark">{t.value.dark}</option>
      </select>
    </div>
  );
}
