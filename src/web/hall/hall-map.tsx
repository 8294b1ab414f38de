import { useEffect, useId, useMemo, useRef, useState } from 'preact/hooks';
import { texts } from '../shared/language.ts';
import type { HallSeat } from './hall-seat.ts';
import type { HallLayout } from './layout.ts';
import type { Look } from './look.ts';
import { MapControls } from './map-controls.tsx';
import { moveByKey } from './map-keys.ts';
import { HallPicture } from './picture.ts';
import { followPointers } from './pointers.ts';
import { boundsOf } from './rectangle.ts';
import { followTheme, theme } from './theme.ts';

const t = texts({
  ko: {
    stage: 'STAGE 무대',
    row: (row: number) => `${row}열`,
    free: (seats: number) => (seats === 0 ? '매진' : `${seats.toLocaleString('en-US')}석`),
    help: '화살표 키로 좌석을 옮겨 다니고 Enter 키로 선택해요. Shift와 화살표로 화면을 움직이고, +와 - 로 확대·축소, 0으로 전체를 봐요.',
  },
  en: {
    stage: 'STAGE',
    row: (row) => `${row}`,
    free: (seats) => (seats === 0 ? 'sold out' : `${seats.toLocaleString('en-US')} left`),
    help: 'The arrow keys go from seat to seat, and Enter chooses one. Shift and the arrow keys move the picture, + and - zoom, and 0 shows the whole hall.',
  },
});

export interface HallMapProps<Seat extends HallSeat> {
  /** All seats. A seat that changed is another object in another list: `[...watch.seats]` after each change. */
  seats: readonly Seat[];
  /**
   * How a seat is drawn. It returns the same object for the same look. It is a new function when it would answer otherwise for the same
   * seats (after a choice, for example), and otherwise the same one (`useCallback`).
   */
  look: (seat: Seat) => Look;
  /** The name of the map, for screen readers. */
  label: string;
  /** A seat in words, for its tooltip and for screen readers. */
  describe: (seat: Seat) => string;
  /** What stands under the name of a section, by its number of seats that look `full` or `chosen`. By default, how many are left. */
  free?: (seats: number) => string;
  /** A press on a seat, or Enter. */
  onSeat?: (seat: Seat) => void;
  /** With it, dragging with the shift key, or with the button for it, marks seats. */
  onArea?: (seats: Seat[]) => void;
  /** Moves the view to these seats when it is another list. */
  show?: readonly Seat[] | undefined;
}

/** The map of a hall: it zooms, moves, and picks seats by mouse, finger and keys. Its style is in hall-map.css. */
export function HallMap<Seat extends HallSeat>(props: HallMapProps<Seat>) {
  const { seats, look, label, describe, free, onArea, show } = props;
  const canvas = useRef<HTMLCanvasElement>(null);
  const [picture, setPicture] = useState<HallPicture>();
  const [layout, setLayout] = useState<HallLayout>();
  const [cursor, setCursor] = useState<number>();
  const [hover, setHover] = useState<{ seat: number; x: number; y: number }>();
  const [isMarking, setIsMarking] = useState(false);
  const latest = useRef({ ...props, isMarking });
  latest.current = { ...props, isMarking };
  const helpId = useId();
  const words = t.value;

  useEffect(() => {
    const element = canvas.current as HTMLCanvasElement;
    const made = new HallPicture(element, t.peek());
    const resize = new ResizeObserver(() =>
      made.resize({ width: element.clientWidth, height: element.clientHeight }),
    );
    resize.observe(element);
    const unfollowPointers = followPointers({
      canvas: element,
      picture: made,
      onPress: (seat) => {
        setCursor(seat);
        latest.current.onSeat?.(latest.current.seats[seat] as Seat);
      },
      onHover: (seat, x, y) => setHover(seat === undefined ? undefined : { seat, x, y }),
      marks: (event) => latest.current.onArea !== undefined && (event.shiftKey || latest.current.isMarking),
      onMark: (marked) => latest.current.onArea?.(marked.map((seat) => latest.current.seats[seat] as Seat)),
    });
    const unfollowTheme = followTheme();
    setPicture(made);
    return () => {
      resize.disconnect();
      unfollowPointers();
      unfollowTheme();
      made.close();
    };
  }, []);
  useEffect(() => {
    picture?.show(seats, look);
    setLayout(picture?.layout);
  }, [picture, seats, look]);
  useEffect(() => picture?.setTheme(theme.value), [picture, theme.value]);
  useEffect(() => picture?.setWords(free ? { ...words, free } : words), [picture, words, free]);
  useEffect(() => picture?.setCursor(cursor), [picture, cursor]);
  useEffect(() => {
    if (!picture || !show?.length) return;
    const wanted = new Set(show);
    const indexes = seats.flatMap((seat, at) => (wanted.has(seat) ? [at] : []));
    picture.lookAt(around(boundsOf([{ seats: indexes }], picture.layout.xs, picture.layout.ys)), 30);
  }, [picture, show]);
  const sections = useMemo(() => layout?.blocks.map(({ section }) => section) ?? [], [layout]);

  const at = cursor === undefined ? undefined : seats[cursor];
  const under = hover && seats[hover.seat];
  return (
    <div class="hall-map">
      <div
        class="hall-map-picture"
        // biome-ignore lint/a11y/noNoninteractiveTabindex: the keys move the map
        tabIndex={0}
        role="application"
        aria-label={label}
        aria-describedby={helpId}
        data-marking={isMarking}
        onKeyDown={(event) => {
          if (!picture || !moveByKey(event, picture, cursor, setCursor)) return;
          event.preventDefault();
          if ((event.key === 'Enter' || event.key === ' ') && at) props.onSeat?.(at);
        }}
        onBlur={() => setCursor(undefined)}
      >
        <canvas ref={canvas} />
        {under && hover && (
          <p class="hall-map-tip" style={{ left: `${hover.x}px`, top: `${hover.y}px` }} aria-hidden="true">
            {describe(under)}
          </p>
        )}
      </div>
      {picture && (
        <MapControls
          picture={picture}
          sections={sections}
          {...(onArea && { isMarking, onMarking: setIsMarking })}
        />
      )}
      <p id={helpId} class="visually-hidden">
        {words.help}
      </p>
      <p class="visually-hidden" role="status">
        {at && describe(at)}
      </p>
    </div>
  );
}

/** With some of the hall around it, so that one sees where it is. */
function around({ x, y, width, height }: { x: number; y: number; width: number; height: number }) {
  return { x: x - 4, y: y - 4, width: width + 8, height: height + 8 };
}
