import { useEffect } from 'preact/hooks';
import { now } from '../shared/clock.ts';
import { durationText } from '../shared/format.ts';

interface CountdownProps {
  /** ISO 8601, or ms since 1970. */
  to: string | number;
  onEnd?: () => void;
}

/** The time that is left, by the service's clock. */
export function Countdown({ to, onEnd }: CountdownProps) {
  const left = new Date(to).getTime() - now.value;
  const over = left <= 0;
  // Once at the end, whatever function it is then.
  useEffect(() => {
    if (over) onEnd?.();
  }, [over]);
  return (
    <time class="number" role="timer" dateTime={`PT${Math.max(0, Math.ceil(left / 1_000))}S`}>
      {durationText(left)}
    </time>
  );
}
