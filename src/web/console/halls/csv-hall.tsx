import { useState } from 'preact/hooks';
import { TiketiError } from '../../../client/index.ts';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { Field } from '../../ui/field.tsx';
import { Notice } from '../../ui/notice.tsx';
import { focusFirstWrong, useAction } from '../forms/use-action.ts';
import { HallNames } from './hall-form.tsx';
import { readCsv } from './read-csv.ts';

/** What the service takes (openapi/paths/admin-layouts.yaml). */
const MAX_BYTES = 16 * 1024 * 1024;
const SHOWN = 20;

const EXAMPLE = `section,row,number,label,price,x,y,attributes
R,1,1,R-1-1,120000,10,20,
R,1,2,R-1-2,120000,11,20,accessible
R,1,3,R-1-3,120000,12,20,companion`;

const t = texts({
  ko: {
    file: 'CSV 파일',
    hint: '첫 줄은 열 이름이에요. section, row, number는 꼭 필요하고 label, price, x, y, attributes는 선택이에요. 16MB까지.',
    example: '예시',
    create: '배치도 만들기',
    needed: '파일을 골라 주세요.',
    large: '16MB까지 올릴 수 있어요.',
    name: '이름을 한 줄로 적어 주세요.',
    wrong: '파일에서 고칠 곳이 있어요',
    line: (line: string) => `${line}번째 줄`,
    more: (more: number) => `그 밖에 ${more}곳`,
  },
  en: {
    file: 'CSV file',
    hint: 'The first line names the columns: section, row and number, and any of label, price, x, y and attributes. Up to 16 MB.',
    example: 'Example',
    create: 'Create the hall',
    needed: 'Choose a file.',
    large: 'A file may have 16 MB.',
    name: 'Give it a name of one line.',
    wrong: 'The file has mistakes',
    line: (line) => `Line ${line}`,
    more: (more) => `and ${more} more`,
  },
});

/** A hall seat by seat, from a file. The service names every line that is wrong. */
export function CsvHall({ onDone }: { onDone(id: string): void }) {
  const [names, setNames] = useState({ name: '', description: '' });
  const [file, setFile] = useState<File>();
  const [tried, setTried] = useState(false);
  const [lines, setLines] = useState<{ line: string; message: string }[]>([]);
  const { busy, run } = useAction();
  const isNameless = names.name.trim() === '';
  const isLarge = (file?.size ?? 0) > MAX_BYTES;

  const create = async (event: Event) => {
    event.preventDefault();
    setTried(true);
    if (isNameless || isLarge || !file) return focusFirstWrong();
    const description = names.description.trim();
    const hall = { name: names.name.trim(), ...(description !== '' && { description }) };
    setLines([]);
    await run([hall, file.name, file.size, file.lastModified], async (once) => {
      try {
        // Fails if the file was changed or moved since it was chosen.
        const body = { ...hall, csv: readCsv(await file.arrayBuffer()) };
        onDone((await tiketi().createLayoutFromCsv(body, once)).layout.id);
      } catch (error) {
        if (error instanceof TiketiError) setLines(error.details.map(readDetail));
        throw error;
      }
    });
  };
  return (
    <form class="card stack" noValidate onSubmit={create}>
      <HallNames
        draft={names}
        nameProblem={tried && isNameless ? t.value.name : undefined}
        onChange={setNames}
      />
      <Field
        label={t.value.file}
        hint={t.value.hint}
        problem={tried && !file ? t.value.needed : isLarge ? t.value.large : undefined}
      >
        <input
          type="file"
          accept=".csv,text/csv"
          onChange={({ currentTarget }) => {
            setFile(currentTarget.files?.[0]);
            setLines([]);
          }}
        />
      </Field>
      <details>
        <summary>{t.value.example}</summary>
        <pre class="example">{EXAMPLE}</pre>
      </details>
      {lines.length > 0 && (
        <Notice tone="bad">
          <strong>{t.value.wrong}</strong>
          <ul class="mistakes">
            {lines.slice(0, SHOWN).map(({ line, message }) => (
              <li key={`${line} ${message}`}>
                {line && <span class="number">{t.value.line(line)}: </span>}
                <span lang="en">{message}</span>
              </li>
            ))}
          </ul>
          {lines.length > SHOWN && <p>{t.value.more(lines.length - SHOWN)}</p>}
        </Notice>
      )}
      <div class="save-bar">
        <Button look="primary" type="submit" busy={busy}>
          {t.value.create}
        </Button>
      </div>
    </form>
  );
}

function readDetail({ path, message }: { path: string; message: string }) {
  return { line: /^body\/line\/(\d+)/.exec(path)?.[1] ?? '', message };
}
