import { expect, test } from 'vitest';
import { check } from '../../../faults/watchers/checks/checker.ts';
import { cleanStory } from './story.ts';

test('a clean history is accepted', () => {
  expect(check(cleanStory())).toEqual([]);
});
