import { useCallback, useEffect, useState } from 'preact/hooks';
import { demo } from '../shared/demo.ts';

export const STAGES = ['waiting', 'inside', 'holding', 'bought', 'gaveUp', 'refused'] as const;
type Stage = (typeof STAGES)[number];

/** As the service tells it (docs/web.md). */
export interface Crowd extends Record<Stage, number> {
  eventId: string;
  state: 'here' | 'leaving' | 'gone';
  buyers: number;
  speed: number;
  arrived: number;
}

interface Answer {
  crowd: Crowd | null;
}

const LIVE_MS = 1_000;
/** Another page may let one come. */
const IDLE_MS = 5_000;

/** The crowd on this service, kept up to date, and what one can do with it. A change rejects if the service refuses it. */
export function useCrowd() {
  const [crowd, setCrowd] = useState<Crowd | null>(null);
  const change = useCallback(async (method: 'POST' | 'PATCH' | 'DELETE', body?: object) => {
    setCrowd((await demo<Answer>(method, 'crowd', body)).crowd);
  }, []);
  useEffect(() => {
    let timer = 0;
    let isGone = false;
    const look = async () => {
      const answer = await demo<Answer>('GET', 'crowd').catch(() => undefined);
      if (isGone) return;
      if (answer) setCrowd(answer.crowd);
      timer = window.setTimeout(look, answer?.crowd && answer.crowd.state !== 'gone' ? LIVE_MS : IDLE_MS);
    };
    void look();
    return () => {
      isGone = true;
      clearTimeout(timer);
    };
  }, []);
  return { crowd, change };
}
