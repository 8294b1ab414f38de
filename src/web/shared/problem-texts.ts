import { TiketiError } from '../../client/index.ts';
import { texts } from './language.ts';

const t = texts({
  ko: {
    network: '서비스에 연결할 수 없어요. 인터넷 연결을 확인해 주세요.',
    unexpected: '문제가 생겼어요. 잠시 후 다시 시도해 주세요.',
  },
  en: {
    network: 'The service cannot be reached. Check your connection.',
    unexpected: 'Something went wrong. Try again in a moment.',
  },
});

/** What people read about an error: the service's own sentence in the language of the page, or ours if no answer of it came. */
export function problemText(error: unknown): string {
  if (!(error instanceof TiketiError) || error.code === 'UNEXPECTED_ANSWER') return t.value.unexpected;
  return error.isNetworkError ? t.value.network : error.message;
}
