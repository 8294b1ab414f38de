import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export const project = join(import.meta.dirname, '../..');

const FOLDERS = ['docs', 'src', 'openapi', 'migrations', 'deploy', 'scripts', 'test', '.github'];

const files: string[] = [
  ...readdirSync(project),
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(project, folder), { recursive: true, encoding: 'utf8' }).map((file) =>
      join(folder, file),
    ),
  ),
];

/** Every Markdown file of the repository, by its path. */
export const documents = files.filter((file) => file.endsWith('.md'));

/** Every document, source and configuration of the repository, by its path. */
export const texts = files.filter((file) =>
  /\.(md|tsx?|m?js|html|css|lua|sql|json|ya?ml|cfg|conf|tpl|sh|example)$|^Dockerfile$/.test(file),
);

export const read = (file: string): string => readFileSync(join(project, file), 'utf8');

/** The rows of the table with this heading, each as the texts of its cells. */
export function table(document: string, ...heading: string[]): string[][] {
  const [, rows] = read(document).split(`| ${heading.join(' | ')} |\n|${'---|'.repeat(heading.length)}\n`);
  if (rows === undefined) throw new Error(`${document} has no table ${heading.join(', ')}`);
  const lines = rows.slice(0, `${rows}\n\n`.indexOf('\n\n')).trimEnd().split('\n');
  return lines.map((line) => line.slice(2, -2).split(' | '));
}

/** What stands in backquotes. */
export const codeIn = (text = ''): string[] =>
  [...text.matchAll(/`([^`\n]+)`/g)].map(([, code]) => code as string);

export interface Block {
  language: string;
  text: string;
}

/** The fenced blocks of a document, in their order. */
export function blocksOf(document: string): Block[] {
  const blocks = read(document).matchAll(/^ *```(\w*)\n(.*?)^ *```$/gms);
  return [...blocks].map(([, language = '', text = '']) => ({ language, text }));
}

/** The text of a document without its fenced blocks. */
export const proseOf = (document: string): string => read(document).replaceAll(/^ *```.*?^ *```$/gms, '');
