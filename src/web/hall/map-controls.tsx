import { texts } from '../shared/language.ts';
import { ZOOM_STEP, zoomBy } from './map-keys.ts';
import type { HallPicture } from './picture.ts';
import { boundsOf } from './rectangle.ts';

const t = texts({
  ko: {
    section: '구역으로 이동',
    all: '전체 좌석',
    closer: '확대',
    further: '축소',
    whole: '전체 보기',
    mark: '끌어서 선택',
  },
  en: {
    section: 'Go to a section',
    all: 'Whole hall',
    closer: 'Zoom in',
    further: 'Zoom out',
    whole: 'Show the whole hall',
    mark: 'Select by dragging',
  },
});

interface MapControlsProps {
  picture: HallPicture;
  sections: readonly string[];
  isMarking?: boolean;
  onMarking?: (isMarking: boolean) => void;
}

/** Buttons over the map. */
export function MapControls({ picture, sections, isMarking, onMarking }: MapControlsProps) {
  const goTo = (section: string) => {
    const { blocks, xs, ys } = picture.layout;
    const wanted = blocks.filter((block) => block.section === section);
    if (wanted.length === 0) return picture.lookAtAll();
    const { x, y, width, height } = boundsOf(wanted, xs, ys);
    picture.lookAt({ x: x - 2, y: y - 2, width: width + 4, height: height + 4 });
  };
  return (
    <>
      <select
        class="hall-map-sections"
        aria-label={t.value.section}
        onChange={({ currentTarget }) => goTo(currentTarget.value)}
      >
        <option value="">{t.value.all}</option>
        {[...new Set(sections)].map((section) => (
          <option key={section} value={section}>
            {section}
          </option>
        ))}
      </select>
      <div class="hall-map-buttons">
        {onMarking && (
          <MapButton
            label={t.value.mark}
            pressed={isMarking ?? false}
            path="M3 3h2M8.5 3h3M15 3h2M3 3v2M3 8.5v3M3 15v2M17 3v2M17 8.5v3M17 15v2M3 17h2M8.5 17h3M15 17h2M8 8h4v4h-4z"
            onClick={() => onMarking(!isMarking)}
          />
        )}
        <MapButton
          label={t.value.closer}
          path="M10 4v12M4 10h12"
          onClick={() => zoomBy(picture, ZOOM_STEP)}
        />
        <MapButton label={t.value.further} path="M4 10h12" onClick={() => zoomBy(picture, 1 / ZOOM_STEP)} />
        <MapButton
          label={t.value.whole}
          path="M4 8V4h4M12 4h4v4M16 12v4h-4M8 16H4v-4"
          onClick={() => picture.lookAtAll()}
        />
      </div>
    </>
  );
}

interface MapButtonProps {
  label: string;
  path: string;
  pressed?: boolean;
  onClick(): void;
}

function MapButton({ label, path, pressed, onClick }: MapButtonProps) {
  return (
    <button type="button" aria-label={label} title={label} aria-pressed={pressed} onClick={onClick}>
      <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
        <path d={path} fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" />
      </svg>
    </button>
  );
}
