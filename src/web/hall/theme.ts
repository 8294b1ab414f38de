import { signal } from '@preact/signals';
import type { Theme } from './look.ts';

/** Whether the page is light or dark now: a canvas can't ask CSS. */
export const theme = signal<Theme>(current());

function current(): Theme {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === 'light' || chosen === 'dark') return chosen;
  return matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light';
}

/** Keeps `theme` up to date. @returns a function that ends it */
export function followTheme(): () => void {
  const update = () => {
    theme.value = current();
  };
  const system = matchMedia('(prefers-color-scheme: dark)');
  const choice = new MutationObserver(update);
  system.addEventListener('change', update);
  choice.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  update();
  return () => {
    system.removeEventListener('change', update);
    choice.disconnect();
  };
}
