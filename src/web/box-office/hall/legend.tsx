import { useEffect, useRef } from 'preact/hooks';
import type { SeatAttribute, WatchedSeat } from '../../../client/index.ts';
import { classColor, type Look, type PriceClass, TAKEN_COLOR } from '../../hall/look.ts';
import { drawLook } from '../../hall/sprites.ts';
import { theme } from '../../hall/theme.ts';
import { won } from '../../shared/format.ts';
import { texts } from '../../shared/language.ts';

const t = texts({
  ko: {
    legend: '좌석 안내',
    locked: '결제 중',
    reserved: '판매 완료',
    chosen: '내가 선택',
    accessible: '휠체어석',
    companion: '동반자석',
    restricted: '시야 제한',
  },
  en: {
    legend: 'Legend',
    locked: 'Being paid',
    reserved: 'Sold',
    chosen: 'My choice',
    accessible: 'Wheelchair space',
    companion: 'Companion seat',
    restricted: 'Restricted view',
  },
});

const MARKS = [
  ['accessible', 'accessible'],
  ['companion', 'companion'],
  ['restricted_view', 'restricted'],
] as const;

interface LegendProps {
  classes: readonly PriceClass[];
  seats: readonly WatchedSeat[];
}

/** What the colors and shapes of the map say. Only marks that the hall has are in it. */
export function Legend({ classes, seats }: LegendProps) {
  const color = classColor(0, theme.value);
  const gray = TAKEN_COLOR[theme.value];
  const has = new Set<SeatAttribute>(seats.flatMap(({ attributes }) => attributes ?? []));
  return (
    <ul class="hall-legend" aria-label={t.value.legend}>
      {classes.map(({ from, to }, at) => (
        <Entry key={to} look={{ color: classColor(at, theme.value), shape: 'full' }}>
          {from === to ? won(to) : `${won(from)}–${won(to)}`}
        </Entry>
      ))}
      <Entry look={{ color, shape: 'chosen' }}>{t.value.chosen}</Entry>
      <Entry look={{ color, shape: 'hollow' }}>{t.value.locked}</Entry>
      <Entry look={{ color: gray, shape: 'small' }}>{t.value.reserved}</Entry>
      {MARKS.map(
        ([attribute, mark]) =>
          has.has(attribute) && (
            <Entry key={mark} look={{ color, shape: 'full', mark }}>
              {t.value[mark]}
            </Entry>
          ),
      )}
    </ul>
  );
}

const SIDE = 18;

function Entry({ look, children }: { look: Look; children: string }) {
  const canvas = useRef<HTMLCanvasElement>(null);
  const current = theme.value;
  useEffect(() => {
    const context = canvas.current?.getContext('2d');
    if (!context) return;
    context.setTransform(2 * SIDE, 0, 0, 2 * SIDE, SIDE, SIDE);
    context.clearRect(-1, -1, 2, 2);
    drawLook(context, look, current);
  }, [look.color, look.shape, current]);
  return (
    <li>
      <canvas ref={canvas} width={2 * SIDE} height={2 * SIDE} />
      <span class="number">{children}</span>
    </li>
  );
}
