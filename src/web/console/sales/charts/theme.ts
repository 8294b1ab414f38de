import { signal } from '@preact/signals';

/** Counts the changes between light and dark. A canvas keeps its colors and must be drawn anew. */
export const themeChanges = signal(0);

const changed = () => {
  themeChanges.value += 1;
};
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ['data-theme'] });

/** The color of a custom property as it is now in this element: the property itself has both, for light and for dark. */
export function colorOf(element: HTMLElement, property: string): string {
  const probe = document.createElement('span');
  probe.style.color = `var(${property})`;
  element.append(probe);
  const { color } = getComputedStyle(probe);
  probe.remove();
  return color;
}
