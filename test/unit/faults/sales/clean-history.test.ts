import { expect, test } from 'vitest';
import { check } from '../../../faults/sales/checks/checker.ts';
import { cleanStory } from './story.ts';

test('a clean history is accepted', () => {
  expect(check(cleanStory().evidence)).toEqual([]);
});
