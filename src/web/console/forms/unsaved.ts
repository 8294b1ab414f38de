import { useEffect } from 'preact/hooks';
import { texts } from '../../shared/language.ts';

const t = texts({
  ko: { leave: '저장하지 않은 변경이 있어요. 이 페이지를 떠날까요?' },
  en: { leave: 'You have unsaved changes. Leave this page?' },
});

/** Asks before unsaved changes get lost: by a link, the back button, a reload, or the end of the tab. */
export function useUnsavedWarning(dirty: boolean): void {
  useEffect(() => {
    if (!dirty) return;
    const here = location.href;
    const onClick = (event: MouseEvent) => {
      const link = event.target instanceof Element ? event.target.closest('a') : null;
      if (!link?.href || link.target || link.href === here || event.ctrlKey || event.metaKey) return;
      if (confirm(t.value.leave)) return;
      event.preventDefault();
      event.stopPropagation();
    };
    const onBack = (event: PopStateEvent) => {
      if (confirm(t.value.leave)) return;
      event.stopImmediatePropagation();
      history.pushState(null, '', here);
    };
    const onUnload = (event: BeforeUnloadEvent) => event.preventDefault();
    addEventListener('click', onClick, { capture: true });
    addEventListener('popstate', onBack, { capture: true });
    addEventListener('beforeunload', onUnload);
    return () => {
      removeEventListener('click', onClick, { capture: true });
      removeEventListener('popstate', onBack, { capture: true });
      removeEventListener('beforeunload', onUnload);
    };
  }, [dirty]);
}
