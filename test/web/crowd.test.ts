import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Service, startService } from '../support/service.ts';
import { eventually } from '../support/wait.ts';
import {
  expectAccessible,
  expectToFit,
  PATIENCE_MS,
  startBrowser,
  type TestBrowser,
} from './support/browser.ts';

let service: Service;
let browser: TestBrowser;
beforeAll(async () => {
  service = await startService({ env: { WEB: 'demo', WEB_CONSOLE: 'true', QUEUE_THRESHOLD: '10' } });
  browser = await startBrowser(service);
});
afterAll(async () => {
  await browser?.close();
  await service?.stop();
});

test('a visitor lets a crowd come, and an operator sees the line move and sends it home', async () => {
  const { eventId } = await service.seedEvent({ stock: [500] });
  const visitor = await browser.open(`/events/${eventId}`, {
    language: 'en',
    viewport: { width: 360, height: 740 },
  });
  await visitor.getByRole('heading', { name: 'Let a crowd come' }).click();
  await visitor.getByLabel('Buyers').press('Home');
  await visitor.getByRole('button', { name: 'Call the crowd' }).click();
  await visitor.getByText('of 200 have come').waitFor();
  // At once, for those who are there already.
  await visitor.getByLabel('Speed').press('End');
  await visitor.getByText('10×').waitFor();
  await expectAccessible(visitor);
  await expectToFit(visitor);

  const operator = await browser.open(`/console/events/${eventId}/queue`, { user: { role: 'admin' } });
  const bought = operator.locator('dl > div').filter({ hasText: '예매 완료' }).getByRole('definition');
  await eventually(async () => expect(Number(await bought.innerText())).toBeGreaterThan(3), {
    timeout: PATIENCE_MS,
  });
  await operator.getByRole('button', { name: '모두 돌려보내기' }).click();
  await operator.getByText('모두 돌아갔어요').waitFor();
  await visitor.getByText('All have gone home').waitFor();
  browser.expectNoFaults();
});
