import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { describe, expect, test } from 'vitest';
import { variables } from '../../../src/config/environment.ts';
import { routes } from '../../../src/contract/routes.ts';
import { catalogue } from '../../../src/errors/catalogue.ts';
import { blocksOf, codeIn, documents, project, proseOf, read, texts } from '../../support/documents.ts';

/** A file of the repository, and the heading in it if one is named. */
interface Target {
  file: string;
  heading: string | undefined;
}

/** Links and images of a document into the repository. */
function localLinks(document: string): Target[] {
  const targets = [...proseOf(document).matchAll(/\]\(([^)\s]+)\)|(?:src|href)="([^"]+)"/g)];
  return targets
    .map(([, inMarkdown, inHtml]) => (inMarkdown ?? inHtml) as string)
    .filter((target) => !/^(https?|mailto):/.test(target))
    .map((target) => {
      const [path = '', heading] = target.split('#');
      return { file: path === '' ? document : normalize(join(dirname(document), path)), heading };
    });
}

/** The anchors of a document's headings, as GitHub makes them. */
function anchorsOf(document: string): string[] {
  const headings = proseOf(document).match(/^#+ .+$/gm) ?? [];
  return headings.map((line) =>
    line
      .replace(/^#+ /, '')
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\p{M} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
}

const isMissing = ({ file, heading }: Target): boolean =>
  !existsSync(join(project, file)) || (heading !== undefined && !anchorsOf(file).includes(heading));

describe.each(documents)('%s', (document) => {
  test('links to files and headings that exist', () => {
    expect(localLinks(document).filter(isMissing)).toEqual([]);
  });

  test('names paths, scripts, variables and codes that exist', () => {
    const code = codeIn(proseOf(document));
    const paths = code
      .flatMap(
        (each) =>
          each.match(/(?<![\w/.-])(?:src|test|openapi|scripts|docs|\.ci|\.github)\/[\w./<>-]*/g) ?? [],
      )
      .filter((path) => !path.includes('<'));
    expect(paths.filter((path) => !existsSync(join(project, path)))).toEqual([]);

    const { scripts }: { scripts: Record<string, string> } = JSON.parse(read('package.json'));
    const asked = [...read(document).matchAll(/npm run (?:-s )?([\w:]+)/g)].map(([, name]) => name as string);
    expect(asked.filter((name) => !(name in scripts))).toEqual([]);

    const names = code.filter((each) => /^[A-Z]+(_[A-Z]+)+$/.test(each));
    // The last two are the SDK's own.
    const known = [
      ...Object.keys(variables),
      ...Object.keys(catalogue),
      'NETWORK_ERROR',
      'UNEXPECTED_ANSWER',
    ];
    expect(names.filter((name) => !known.includes(name))).toEqual([]);
  });

  test('calls addresses of the contract', () => {
    const known = Object.values(routes).map(({ url }) => url.replaceAll(/:\w+/g, ':id'));
    const called = [...read(document).matchAll(/curl[^|)]*?"\$api([^"?]+)/g)].map(([, path]) =>
      `/api/v1${path}`.replaceAll(/\$\w+/g, ':id'),
    );
    expect(called.filter((address) => !known.includes(address))).toEqual([]);
  });
});

test('sources and configurations name pages and headings that exist', () => {
  const broken = texts.flatMap((text) =>
    [...read(text).matchAll(/(?<![\w/.-])(docs\/[\w/-]+\.md)(?:#([\w-]+))?/g)]
      .filter(([, file = '', heading]) => isMissing({ file, heading }))
      .map(([name]) => `${text}: ${name}`),
  );
  expect(broken).toEqual([]);
});

test('every page of docs/ can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const document of reached)
    for (const { file } of localLinks(document)) if (documents.includes(file)) reached.add(file);
  expect(documents.filter((file) => file.startsWith('docs/') && !reached.has(file))).toEqual([]);
});

test.each(['README.md', 'README.ko.md'])('%s fits 120 lines of 100 columns', (document) => {
  const lines = read(document).trimEnd().split('\n');
  expect(lines.length).toBeLessThanOrEqual(120);
  expect(lines.filter((line) => [...line].length > 100)).toEqual([]);
});

test('the README shows the same commands and answers in both languages', () => {
  expect(blocksOf('README.ko.md')).toEqual(blocksOf('README.md'));
});
