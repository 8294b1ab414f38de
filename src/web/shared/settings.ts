import type { PageSettings } from '../../plugins/web/page-settings.ts';

/** What the service tells its pages (src/plugins/web/page-settings.ts). */
export const settings: PageSettings = JSON.parse(
  document.querySelector<HTMLMetaElement>('meta[name="tiketi-settings"]')?.content ?? '{}',
);
