import { execFile } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { seed } from '../../src/database/seed.ts';
import { createTestDatabase } from '../support/database.ts';
import { type Block, blocksOf, codeIn, project, table } from '../support/documents.ts';
import { expectInvariants } from '../support/invariants.ts';
import { SECRET, type Service, startService } from '../support/service.ts';
import { paste } from '../support/shell.ts';

let service: Service;

// Each document is tried on a service that no other one has touched.
beforeEach(async () => {
  // Seeded before the start, as with `npm start`: the list shows later changes by SQL within 5 s.
  const database = await createTestDatabase();
  await seed(database.db);
  service = await startService({ database });
});
afterEach(async () => {
  await expectInvariants(service.db);
  await service.stop();
});

const SERVICE_IN_DOCUMENTS = 'http://localhost:3002';
const here = (code: string) => code.replaceAll(SERVICE_IN_DOCUMENTS, service.origin);

/** Puts a word in the place of what is another one each time. */
function steady(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|"[0-9a-f]{4}…"/g, (id) =>
      id.startsWith('"') ? '"<id>"' : '<id>',
    )
    .replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, '<time>')
    .replaceAll(/\bTK[0-9A-Z]{12}\b/g, '<reservation number>')
    .replaceAll(/\beyJ[\w.…-]+/g, '<token>');
}

/** The steps of a document: each block of bash, with the answers that are shown before the next one. */
function stepsOf(document: string): { code: string; answers: Block[] }[] {
  const steps: { code: string; answers: Block[] }[] = [];
  for (const block of blocksOf(document)) {
    if (block.language === 'bash') steps.push({ code: block.text, answers: [] });
    else steps.at(-1)?.answers.push(block);
  }
  // Installing and starting is what `npm run test:install` tries.
  return steps.filter(({ code }) => !code.includes('npm ci'));
}

test.each(['README.md', 'docs/tutorial.md', 'docs/organiser.md'])(
  '%s does what it says, word for word',
  async (document) => {
    const steps = stepsOf(document);
    const printed = await paste(
      steps.map(({ code }) => here(code)),
      { JWT_SECRET: SECRET },
    );
    for (const [index, { code, answers }] of steps.entries()) {
      const lines = steady(printed[index] as string).split(/\r?\n/);
      for (const { text } of answers.filter(({ language }) => language === 'text'))
        for (const line of steady(text).trimEnd().split('\n')) {
          expect(lines, code).toContain(line);
          lines.splice(lines.indexOf(line), 1);
        }
      const rest = lines.join('\n').trim();
      const json = answers.filter(({ language }) => language === 'json');
      expect(rest === '' ? [] : [JSON.parse(rest)], code).toEqual(
        json.map(({ text }) => JSON.parse(steady(text))),
      );
    }
    expect(steps.flatMap(({ answers }) => answers).length).toBeGreaterThan(0);
  },
  60_000,
);

test('the example of the SDK runs as it is', async () => {
  const [, { text: example = '' } = {}] = blocksOf('docs/sdk.md');
  const answer = blocksOf('docs/sdk.md').find(({ language }) => language === 'text');
  const folder = await mkdtemp(join(tmpdir(), 'tiketi-example-'));
  try {
    // Its sources stand for the package, which client-package.test.ts builds and installs.
    const client = JSON.stringify(join(project, 'src/client/index.ts'));
    const file = join(folder, 'hold.mjs');
    await writeFile(file, here(example).replace("'tiketi-ticket-service/client'", client));
    const { stdout } = await promisify(execFile)(process.execPath, [file], {
      env: { ...process.env, TOKEN: service.token() },
    });
    expect(steady(stdout).split('\n').sort()).toEqual(
      steady(answer?.text ?? '')
        .split('\n')
        .sort(),
    );
  } finally {
    await rm(folder, { recursive: true });
  }
});

test('the page on operations lists every metric with its type', async () => {
  const { body } = await service.app.inject('/metrics');
  const measured = [...body.matchAll(/^# TYPE (tiketi_\S+) (\w+)$/gm)]
    .map(([, name = '', type]) => [name, type])
    .filter(([name]) => !/^tiketi_(process|nodejs)_/.test(name as string));
  const listed = table('docs/operations.md', 'metric', 'type', 'what it measures').map(([name, type]) => [
    ...codeIn(name),
    type,
  ]);
  // test/e2e/workers.test.ts has several processes.
  expect(listed.sort()).toEqual([...measured, ['tiketi_worker_up', 'gauge']].sort());
});
