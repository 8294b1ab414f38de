import { expect, test, vi } from 'vitest';
import { WorkBudget } from '../../../src/lib/work-budget.ts';
import { LargeAnswers } from '../../../src/plugins/answers/large-answers.ts';

test('the addresses of one IPv6 network share what is allowed in a second, and no other network does', () => {
  const clock = vi.spyOn(performance, 'now').mockReturnValue(5_000);
  try {
    const large = new LargeAnswers(100_000);
    expect(large.allows('2001:db8:0:1::1', 100_000)).toBe(true);
    expect(large.allows('2001:db8:0:1::2', 100_000)).toBe(false);
    expect(large.allows('2001:db8:0:2::1', 100_000)).toBe(true);
    const searches = new WorkBudget({ forAddress: 10, inAll: 100 });
    searches.spend('2001:db8:0:1::1', 10);
    expect(searches.exhausted('2001:db8:0:1::2')).toBe('address');
    expect(searches.exhausted('2001:db8:0:2::1')).toBeUndefined();
  } finally {
    clock.mockRestore();
  }
});
