import type { WebSettings } from '../../config/config.ts';
import type { PageSettings } from './page-settings.ts';

/** @returns JSON that is safe inside a quoted attribute */
export function settingsText({ loginUrl, boxOffice, console, playground }: WebSettings): string {
  const settings: PageSettings = {
    loginUrl: loginUrl ?? null,
    boxOffice,
    console,
    playground,
    time: Date.now(),
  };
  return JSON.stringify(settings).replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}
