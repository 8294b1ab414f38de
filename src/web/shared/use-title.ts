import { useEffect } from 'preact/hooks';

/** Names the page in the tab, for people with many tabs and for screen readers. */
export function useTitle(title: string | undefined): void {
  useEffect(() => {
    if (title !== undefined) document.title = `${title} · Tiketi`;
  }, [title]);
}
