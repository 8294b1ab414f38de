import { useEffect, useState } from 'preact/hooks';

interface Drawing {
  size: number;
  path: string;
}

/** Modules of white around the code, without which scanners don't find it (ISO/IEC 18004: four). */
const BORDER = 4;

async function draw(text: string): Promise<Drawing> {
  const { encode } = await import('uqr');
  const { size, data } = encode(text, { ecc: 'M', border: BORDER });
  const path = data.flatMap((row, y) => row.flatMap((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : [])));
  return { size, path: path.join('') };
}

/** Black on white in both themes: scanners expect it. */
export function QrCode({ text, label }: { text: string; label: string }) {
  const [drawing, setDrawing] = useState<Drawing>();
  useEffect(() => {
    let current = true;
    draw(text).then(
      (drawn) => {
        if (current) setDrawing(drawn);
      },
      // The number below says the same.
      () => undefined,
    );
    return () => {
      current = false;
    };
  }, [text]);
  if (!drawing) return <div class="qr-code" />;
  return (
    <svg class="qr-code" viewBox={`0 0 ${drawing.size} ${drawing.size}`} role="img" aria-label={label}>
      <path d={drawing.path} fill="#000" shape-rendering="crispEdges" />
    </svg>
  );
}
