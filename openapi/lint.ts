// `npm run lint:openapi` checks both documents of the contract with Redocly's rules, as redocly.yaml sets them. A warning fails it too.

import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { bundle, createConfig, lint, type NormalizedProblem } from '@redocly/openapi-core';

export const DOCUMENTS = ['openapi.yaml', 'asyncapi.yaml'] as const;
export type DocumentName = (typeof DOCUMENTS)[number];

// Not loadConfig, which also looks for a login to Redocly's registry in the home directory.
const configPath = fileURLToPath(new URL('../redocly.yaml', import.meta.url));
const config = await createConfig(await readFile(configPath, 'utf8'), { configPath });

/** @returns one line for each problem: where it is, and what it is */
export async function problemsOf(name: DocumentName): Promise<string[]> {
  return (await lint({ ref: pathOf(name), config })).map(describe);
}

/** @returns the document in one piece, with the contents of the files that it refers to */
export async function bundled(name: DocumentName): Promise<unknown> {
  const { bundle: document, problems } = await bundle({ ref: pathOf(name), config });
  if (problems.length > 0) throw new Error(`${name} can't be bundled:\n${problems.map(describe).join('\n')}`);
  return document.parsed;
}

function pathOf(name: DocumentName): string {
  return fileURLToPath(new URL(name, import.meta.url));
}

function describe({ ruleId, message, location }: NormalizedProblem): string {
  const [at] = location;
  return `${at?.source.absoluteRef ?? ''} ${at?.pointer ?? ''}: ${message} (${ruleId})`;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  for (const name of DOCUMENTS) {
    for (const problem of await problemsOf(name)) {
      console.error(problem);
      process.exitCode = 1;
    }
  }
}
