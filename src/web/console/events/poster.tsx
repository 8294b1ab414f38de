import { useEffect, useRef, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';
import { texts } from '../../shared/language.ts';
import { Button } from '../../ui/button.tsx';
import { say } from '../../ui/messages.tsx';
import { useAction } from '../forms/use-action.ts';
import type { PartProps } from '../part-props.ts';
import { mistakeOfPoster, POSTER_TYPES, type PosterMistake } from './poster-file.ts';

const t = texts({
  ko: {
    title: '포스터',
    hint: '이미지를 여기에 끌어다 놓거나 파일을 고르세요. PNG, JPEG, WebP, 5MB까지.',
    choose: '파일 고르기',
    upload: '이 이미지 올리기',
    back: '취소',
    remove: '포스터 지우기',
    uploaded: '포스터를 올렸어요.',
    removed: '포스터를 지웠어요.',
    none: '포스터가 없어요',
    alt: (title: string) => `${title} 포스터`,
    preview: '올릴 이미지 미리보기',
    type: 'PNG, JPEG, WebP 이미지만 올릴 수 있어요.',
    size: '5MB가 넘는 이미지는 올릴 수 없어요.',
  },
  en: {
    title: 'Poster',
    hint: 'Drop an image here, or choose a file. PNG, JPEG or WebP, up to 5 MB.',
    choose: 'Choose a file',
    upload: 'Upload this image',
    back: 'Cancel',
    remove: 'Delete the poster',
    uploaded: 'The poster is uploaded.',
    removed: 'The poster is deleted.',
    none: 'No poster yet',
    alt: (title) => `Poster of ${title}`,
    preview: 'Preview of the image to upload',
    type: 'Only PNG, JPEG and WebP images can be uploaded.',
    size: 'Images over 5 MB cannot be uploaded.',
  },
});

/** The poster of an event: chosen or dropped, looked at, uploaded, deleted. */
export function Poster({ event, reload }: PartProps) {
  const [file, setFile] = useState<File>();
  const [mistake, setMistake] = useState<PosterMistake>();
  const [isOver, setIsOver] = useState(false);
  const input = useRef<HTMLInputElement>(null);
  const preview = useObjectUrl(file);
  const { busy, run } = useAction();
  const { id, title, poster_image_url: address } = event;

  const choose = (chosen: File | undefined) => {
    const found = chosen && mistakeOfPoster(chosen);
    setMistake(found);
    setFile(found ? undefined : chosen);
  };
  const upload = (image: File) =>
    run({ upload: [id, image.name, image.size] }, async () => {
      await tiketi().uploadPoster({ id, image });
      setFile(undefined);
      say(t.value.uploaded);
      reload();
    });
  const remove = () =>
    run({ remove: id }, async () => {
      await tiketi().deletePoster({ id });
      say(t.value.removed);
      reload();
    });
  const shown = preview ?? address;
  return (
    <section
      class="card poster-editor"
      data-over={isOver}
      aria-labelledby="poster-title"
      onDragOver={(over) => {
        over.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => setIsOver(false)}
      onDrop={(drop) => {
        drop.preventDefault();
        setIsOver(false);
        choose(drop.dataTransfer?.files[0]);
      }}
    >
      {shown ? (
        <img src={shown} alt={preview ? t.value.preview : t.value.alt(title)} />
      ) : (
        <p class="no-poster soft">{t.value.none}</p>
      )}
      <div class="stack">
        <h2 id="poster-title">{t.value.title}</h2>
        <p class="soft">{t.value.hint}</p>
        {mistake && (
          <p class="wrong-file" role="alert">
            {t.value[mistake]}
          </p>
        )}
        <input
          ref={input}
          class="visually-hidden"
          type="file"
          tabIndex={-1}
          aria-label={t.value.choose}
          accept={POSTER_TYPES.join(',')}
          onChange={({ currentTarget }) => {
            choose(currentTarget.files?.[0]);
            currentTarget.value = '';
          }}
        />
        <div class="row">
          {file ? (
            <>
              <Button look="primary" busy={busy} onClick={() => upload(file)}>
                {t.value.upload}
              </Button>
              <Button onClick={() => choose(undefined)}>{t.value.back}</Button>
            </>
          ) : (
            <Button onClick={() => input.current?.click()}>{t.value.choose}</Button>
          )}
          {!file && address?.includes(`/api/v1/events/${id}/poster`) && (
            <Button look="danger" busy={busy} onClick={remove}>
              {t.value.remove}
            </Button>
          )}
        </div>
      </div>
    </section>
  );
}

/** The address of a file that the page may show, as long as it shows it. */
function useObjectUrl(file: File | undefined): string | undefined {
  const [url, setUrl] = useState<string>();
  useEffect(() => {
    if (!file) return setUrl(undefined);
    const made = URL.createObjectURL(file);
    setUrl(made);
    return () => URL.revokeObjectURL(made);
  }, [file]);
  return url;
}
