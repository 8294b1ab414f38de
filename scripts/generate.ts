// `npm run generate` writes every generated file: the contract's code from openapi/, what people read about the variables and about the
// states of PostgreSQL and Redis from their tables, and Grafana's dashboards. With --check it only lists the files that are stale, and fails if there are any.

import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { generate, staleFiles } from '../openapi/generate.ts';
import { configurationDocuments } from './configuration-documents.ts';
import { dashboardDocuments } from './dashboards/documents.ts';
import { dependencyDocument } from './dependency-document.ts';

const PROJECT = join(import.meta.dirname, '..');
const CONTRACT = 'src/contract';

const contract = await generate();
const documents = new Map([...configurationDocuments(), ...dependencyDocument(), ...dashboardDocuments()]);
const files = new Map([
  ...[...contract].map(([name, text]) => [`${CONTRACT}/${name}`, text] as const),
  ...documents,
]);
const stale = (await staleFiles(contract)).map((name) => `${CONTRACT}/${name}`);
for (const [path, text] of documents) {
  const current = await readFile(join(PROJECT, path), 'utf8').catch(() => undefined);
  if (current !== text) stale.push(path);
}

if (process.argv.includes('--check')) {
  for (const path of stale) console.error(`${path} is stale: run npm run generate`);
  process.exitCode = stale.length > 0 ? 1 : 0;
} else {
  for (const path of stale) {
    const text = files.get(path);
    if (text === undefined) {
      await rm(join(PROJECT, path));
    } else {
      await mkdir(dirname(join(PROJECT, path)), { recursive: true });
      await writeFile(join(PROJECT, path), text);
    }
    console.log(text === undefined ? `${path} removed` : path);
  }
}
