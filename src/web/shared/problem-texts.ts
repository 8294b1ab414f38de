import { TiketiError } from '../../client/index.ts';
import { texts } from './language.ts';
import type { ProblemCode } from './problems/code.ts';
import { en } from './problems/en.ts';
import { ko } from './problems/ko.ts';
import { nextSteps } from './problems/next-steps.ts';

const sentences = texts({ ko, en });

const t = texts({
  ko: {
    event: '공연으로 돌아가기',
    line: '대기하러 가기',
    events: '공연 목록 보기',
    reservations: '내 예매 보기',
  },
  en: {
    event: 'Back to the event',
    line: 'To the line',
    events: 'See all events',
    reservations: 'My tickets',
  },
});

/** What people read about an error. */
export function problemText(error: unknown): string {
  return sentences.value[codeOf(error)];
}

export interface Link {
  href: string;
  label: string;
}

/** What people can do about an error. */
export type Way = Link | { retryAfter: number } | 'reload' | 'sign-in' | undefined;

/**
 * @param event the id of the event that the page is about. An address below /events/ says it by itself
 * @returns nothing if they only need to choose something else where they are
 */
export function wayOn(error: unknown, event = eventOfAddress()): Way {
  const step = nextSteps[codeOf(error)];
  switch (step) {
    case 'choose':
      return undefined;
    case 'retry':
      return { retryAfter: (error instanceof TiketiError && error.retryAfter) || 0 };
    case 'reload':
    case 'sign-in':
      return step;
    default:
      return linkTo(step, event);
  }
}

/** The control room has pages of its own, and says where to go itself. */
function linkTo(
  step: 'event' | 'line' | 'events' | 'reservations',
  event: string | undefined,
): Link | undefined {
  if (location.pathname.startsWith('/console')) return undefined;
  const known = event === undefined && (step === 'event' || step === 'line') ? 'events' : step;
  const href = {
    event: `/events/${event}`,
    line: `/events/${event}/book`,
    events: '/',
    reservations: '/reservations',
  }[known];
  return href === location.pathname ? undefined : { href, label: t.value[known] };
}

function codeOf(error: unknown): ProblemCode {
  // A service that is newer than this page may have a code that the page doesn't know.
  return error instanceof TiketiError && error.code in ko ? error.code : 'UNEXPECTED_ANSWER';
}

function eventOfAddress(): string | undefined {
  return /^\/events\/([^/]+)/.exec(location.pathname)?.[1];
}
