/** The shapes of which posters are made, as SVG. Numbers are rounded: a tenth of a unit is invisible at any size. */

const n = (value: number) => String(Math.round(value * 10) / 10);

export function circle(x: number, y: number, r: number, fill: string, opacity = 1): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="${fill}"${faded(opacity)}/>`;
}

export function ring(x: number, y: number, r: number, width: number, color: string): string {
  return `<circle cx="${n(x)}" cy="${n(y)}" r="${n(r)}" fill="none" stroke="${color}" stroke-width="${n(width)}"/>`;
}

export function ellipse(x: number, y: number, rx: number, ry: number, fill: string, angle = 0): string {
  const turned = angle === 0 ? '' : ` transform="rotate(${n(angle)} ${n(x)} ${n(y)})"`;
  return `<ellipse cx="${n(x)}" cy="${n(y)}" rx="${n(rx)}" ry="${n(ry)}" fill="${fill}"${turned}/>`;
}

export function rect(x: number, y: number, width: number, height: number, fill: string, radius = 0): string {
  const rounded = radius === 0 ? '' : ` rx="${n(radius)}"`;
  return `<rect x="${n(x)}" y="${n(y)}" width="${n(width)}" height="${n(height)}" fill="${fill}"${rounded}/>`;
}

/** @param points x and y in turns */
export function polygon(points: number[], fill: string, opacity = 1): string {
  return `<polygon points="${points.map(n).join(' ')}" fill="${fill}"${faded(opacity)}/>`;
}

export function path(d: string, fill: string): string {
  return `<path d="${d}" fill="${fill}"/>`;
}

export function line(d: string, width: number, color: string): string {
  return `<path d="${d}" fill="none" stroke="${color}" stroke-width="${n(width)}" stroke-linecap="round"/>`;
}

/** A point at an angle, in degrees from the right, clockwise, and a distance from another. */
export function around(x: number, y: number, angle: number, distance: number): [number, number] {
  const radians = (angle * Math.PI) / 180;
  return [x + Math.cos(radians) * distance, y + Math.sin(radians) * distance];
}

/** A beam from a point: a triangle of that length, this many degrees wide. */
export function beam(x: number, y: number, angle: number, spread: number, length: number, fill: string) {
  return polygon(
    [x, y, ...around(x, y, angle - spread / 2, length), ...around(x, y, angle + spread / 2, length)],
    fill,
  );
}

export function repeat(times: number, draw: (index: number) => string): string {
  return Array.from({ length: times }, (_, index) => draw(index)).join('');
}

function faded(opacity: number): string {
  return opacity === 1 ? '' : ` opacity="${n(opacity)}"`;
}
