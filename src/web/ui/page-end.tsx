import type { ComponentChildren } from 'preact';
import { texts } from '../shared/language.ts';
import { Button } from './button.tsx';
import { Loading } from './loading.tsx';
import { Failure, Notice } from './notice.tsx';

const t = texts({ ko: { more: '더 보기' }, en: { more: 'Show more' } });

interface PageEndProps {
  pages: {
    items: readonly unknown[] | undefined;
    more: boolean;
    error: unknown;
    busy: boolean;
    showMore(): void;
    reload(): void;
  };
  /** Said in place of an empty list. */
  empty: string;
  /** What can be done about it. */
  children?: ComponentChildren;
}

/** What stands below a list that is read page by page: a failure, the way to more, or that it is empty. */
export function PageEnd({
  pages: { items, more, error, busy, showMore, reload },
  empty,
  children,
}: PageEndProps) {
  if (error !== undefined) return <Failure error={error} retry={items ? showMore : reload} />;
  if (!items) return <Loading />;
  if (items.length === 0)
    return (
      <Notice>
        <p>{empty}</p>
        {children && <div>{children}</div>}
      </Notice>
    );
  if (!more) return null;
  return (
    <div>
      <Button busy={busy} onClick={showMore}>
        {t.value.more}
      </Button>
    </div>
  );
}
