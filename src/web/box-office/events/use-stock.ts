import { useEffect, useState } from 'preact/hooks';
import { tiketi } from '../../shared/api.ts';

export type Stock = ReadonlyMap<string, { left: number; total: number }>;

/** The stock of each ticket type, by its id, as it changes. `undefined` until it is known. */
export function useStock(eventId: string): Stock | undefined {
  const [stock, setStock] = useState<Stock>();
  useEffect(() => {
    const watch = tiketi().watchStock(eventId, {
      onChange: () =>
        setStock(
          new Map(
            [...watch.stock].map(([id, { availableQuantity, totalQuantity }]) => [
              id,
              { left: availableQuantity, total: totalQuantity },
            ]),
          ),
        ),
    });
    return () => watch.close();
  }, [eventId]);
  return stock;
}
