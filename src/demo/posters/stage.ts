import type { Design } from './poster.ts';
import { around, beam, circle, ellipse, line, path, polygon, rect, repeat, ring } from './shapes.ts';

/** Musicals, plays, ballet, opera and classical music, by the key of the event. */
export const stage: Record<string, Design> = {
  // Half a mask.
  'phantom-of-the-opera': {
    sky: '#1b0d12',
    ground: '#1b0d12',
    ink: '#f6efe6',
    accent: '#d9354a',
    picture:
      repeat(7, (i) => path(`M${i * 100 - 50} 0q50 250 0 500h50q50 -250 0 -500z`, '#2c141c')) +
      path(
        'M300 84C420 84 462 180 452 290C444 380 392 452 300 462C322 400 300 372 330 330C290 320 300 280 300 250Z',
        '#f6efe6',
      ) +
      ellipse(384, 236, 42, 21, '#1b0d12', 8) +
      circle(206, 322, 58, '#d9354a') +
      ring(206, 322, 40, 5, '#8f1c2c') +
      ring(206, 322, 20, 5, '#8f1c2c') +
      line('M206 380Q196 440 232 500', 8, '#3f6b45'),
  },
  // A witch's hat.
  wicked: {
    sky: '#0fa36b',
    ground: '#101613',
    ink: '#eafff4',
    accent: '#37e29d',
    picture:
      repeat(14, (i) => beam(300, 500, 180 + i * (180 / 13), 6, 640, '#28b981')) +
      circle(300, 300, 170, '#c7ffe3') +
      path('M196 400C250 320 268 180 372 66C356 150 372 280 412 400Z', '#101613') +
      ellipse(300, 408, 216, 42, '#101613') +
      path('M214 372Q304 410 402 368L410 398Q304 436 198 400Z', '#0fa36b'),
  },
  // Pans and sticks.
  nanta: {
    sky: '#ffc928',
    ground: '#b3200e',
    ink: '#fff5dd',
    accent: '#ffc928',
    picture:
      [
        [170, 170, 112],
        [420, 250, 136],
        [190, 396, 84],
      ]
        .map(
          ([x = 0, y = 0, r = 0]) =>
            circle(x, y, r, '#2a211d') +
            circle(x, y, r * 0.8, '#4a3d36') +
            ring(x, y, r * 0.52, 4, '#2a211d'),
        )
        .join('') +
      line('M96 88L20 10', 30, '#2a211d') +
      line('M520 340L610 430', 34, '#2a211d') +
      line('M60 300L330 130', 16, '#d8461c') +
      line('M330 470L520 150', 16, '#d8461c') +
      circle(330, 130, 15, '#d8461c') +
      circle(520, 150, 15, '#d8461c'),
  },
  // A gull over a lake.
  'the-seagull': {
    sky: '#cfdfe3',
    ground: '#264653',
    ink: '#f4f9f9',
    accent: '#a8d0d4',
    picture:
      circle(300, 322, 120, '#f6f1e4') +
      rect(0, 322, 600, 180, '#4f7f8c') +
      repeat(6, (i) => rect(180 + i * 14, 340 + i * 27, 240 - i * 28, 8, '#cfdfe3')) +
      path(
        'M78 120Q190 66 300 176Q410 66 522 120Q418 116 330 214L300 246L270 214Q182 116 78 120Z',
        '#ffffff',
      ) +
      path('M78 120Q112 104 150 110Q120 112 102 124ZM522 120Q488 104 450 110Q480 112 498 124Z', '#264653'),
  },
  // Keys, one of them played.
  'seong-jin-cho-recital': {
    sky: '#f5f1ea',
    ground: '#131313',
    ink: '#f5f1ea',
    accent: '#c9a45c',
    picture:
      repeat(7, (i) => rect(i * 86, 0, 82, 520, i === 4 ? '#c9a45c' : '#ffffff')) +
      [1, 2, 4, 5, 6].map((i) => rect(i * 86 - 28, 0, 52, 310, '#131313')).join(''),
  },
  // Snowflakes.
  'nutcracker-national-ballet': {
    sky: '#10305c',
    ground: '#8f1420',
    ink: '#fff4e6',
    accent: '#f2c879',
    picture:
      repeat(30, (i) => circle((i * 347) % 600, (i * i * 31) % 490, 3 + (i % 4), '#dbe8fb')) +
      flake(300, 250, 190, 14, '#ffffff') +
      flake(92, 104, 62, 7, '#9fc0ee') +
      flake(516, 408, 70, 7, '#9fc0ee') +
      circle(300, 250, 30, '#f2c879'),
  },
  // A crown before an eclipse.
  hamlet: {
    sky: '#3a3f45',
    ground: '#e8e2d5',
    ink: '#16181b',
    accent: '#9b2d20',
    picture:
      circle(300, 230, 196, '#e8e2d5') +
      circle(300, 230, 178, '#16181b') +
      polygon([170, 420, 150, 206, 232, 306, 300, 164, 368, 306, 450, 206, 430, 420], '#d4a63a') +
      rect(170, 432, 260, 26, '#d4a63a') +
      circle(300, 372, 17, '#9b2d20') +
      circle(226, 380, 11, '#16181b') +
      circle(374, 380, 11, '#16181b'),
  },
  // Two robots and fireflies.
  'maybe-happy-ending': {
    sky: '#f2a65a',
    ground: '#fff3df',
    ink: '#3d2b3d',
    accent: '#b5502f',
    picture:
      circle(300, 270, 232, '#f7c27f') +
      robot(186, 268, '#5d7f8c') +
      robot(414, 288, '#c96a4b') +
      repeat(16, (i) => circle(40 + ((i * 137) % 530), 26 + ((i * 61) % 190), 4 + (i % 3) * 2, '#fff6c9')),
  },
  // A flag on a barricade.
  'les-miserables-busan': {
    sky: '#e9dfc9',
    ground: '#22304d',
    ink: '#f3ead7',
    accent: '#ef8a7c',
    picture:
      line('M262 520V60', 12, '#3a2a1e') +
      path('M268 66Q330 40 392 66V256Q330 230 268 256Z', '#22304d') +
      path('M392 66Q430 84 468 70V260Q430 274 392 256Z', '#ffffff') +
      path('M468 70Q520 52 566 78V268Q520 242 468 260Z', '#c8322b') +
      [
        '20 520 130 330 190 346 150 520',
        '120 520 210 392 420 372 400 520',
        '380 520 360 330 430 318 500 520',
        '460 520 560 300 620 330 620 520',
        '-20 520 -10 400 70 390 110 520',
      ]
        .map((points, i) =>
          polygon(
            points.split(' ').map(Number),
            ['#5b4636', '#3a2a1e', '#7a5f48', '#4a382b', '#3a2a1e'][i] as string,
          ),
        )
        .join(''),
  },
  // An aria and thirty variations, in a circle.
  'yunchan-lim-recital': {
    sky: '#0d2b2a',
    ground: '#0d2b2a',
    ink: '#eef5ee',
    accent: '#8fd6b4',
    picture:
      repeat(32, (i) => {
        const inner = around(300, 262, i * 11.25 - 90, 88);
        const outer = around(300, 262, i * 11.25 - 90, 130 + ((i * 7) % 9) * 11);
        return line(
          `M${inner.map(Math.round).join(' ')}L${outer.map(Math.round).join(' ')}`,
          9,
          i === 0 ? '#f2c14e' : i % 2 ? '#8fd6b4' : '#eef5ee',
        );
      }) + circle(300, 262, 42, '#f2c14e'),
  },
  // One face, two men.
  'jekyll-and-hyde': {
    sky: '#efe6d8',
    ground: '#141417',
    ink: '#f5efe6',
    accent: '#e0524d',
    picture:
      rect(300, 0, 300, 500, '#8f1d22') +
      path('M300 70A150 190 0 0 0 300 450Z', '#141417') +
      path('M300 70A150 190 0 0 1 300 450Z', '#f5efe6') +
      circle(238, 234, 17, '#efe6d8') +
      polygon([338, 226, 392, 208, 386, 242, 346, 246], '#8f1d22') +
      line('M244 356Q272 362 300 362', 9, '#efe6d8') +
      line('M300 362Q340 360 364 330', 9, '#8f1d22'),
  },
  // A choir.
  'beethoven-choral-seoul-philharmonic': {
    sky: '#f0c419',
    ground: '#1c2a4a',
    ink: '#fdf7e3',
    accent: '#f0c419',
    picture: repeat(24, (i) => {
      const [x, y] = [50 + (i % 6) * 100, 60 + Math.floor(i / 6) * 122];
      const fill = ['#1c2a4a', '#d8472b', '#ffffff'][(i + Math.floor(i / 6)) % 3] as string;
      return (
        circle(x, y, 44, fill) +
        path(`M${x - 24} ${y + 2}h48a24 24 0 0 1-48 0z`, fill === '#ffffff' ? '#d8472b' : '#f0c419')
      );
    }),
  },
  // Art deco.
  chicago: {
    sky: '#120f0c',
    ground: '#120f0c',
    ink: '#f7e9c6',
    accent: '#d9a441',
    picture: repeat(3, (row) =>
      repeat(4 - (row % 2), (column) => {
        const [x, y] = [(row % 2 ? 200 : 100) + column * 200 - (row % 2 ? 0 : 100), 180 + row * 160];
        return repeat(5, (i) =>
          circle(x, y, 100 - i * 21, ['#d9a441', '#120f0c', '#8c2f24', '#120f0c', '#f7e9c6'][i] as string),
        );
      }),
    ),
  },
  // A camellia.
  'la-traviata-daegu': {
    sky: '#f7e4df',
    ground: '#5c1226',
    ink: '#fdeee9',
    accent: '#f2a7ae',
    picture:
      path('M300 300Q430 330 520 470Q380 470 300 300Z', '#2f6b4f') +
      path('M300 300Q170 330 80 470Q220 470 300 300Z', '#3f8463') +
      repeat(8, (i) =>
        ellipse(...around(300, 250, i * 45, 96), 92, 70, i % 2 ? '#c8213f' : '#b01735', i * 45),
      ) +
      repeat(6, (i) =>
        ellipse(...around(300, 250, i * 60 + 20, 50), 56, 42, i % 2 ? '#e4506a' : '#d63353', i * 60 + 20),
      ) +
      circle(300, 250, 34, '#f6c453'),
  },
  // A swan on the lake.
  'swan-lake-universal-ballet': {
    sky: '#20456b',
    ground: '#e6eef5',
    ink: '#16304d',
    accent: '#2f6fa5',
    picture:
      circle(420, 130, 84, '#f3ecd2') +
      rect(0, 388, 600, 120, '#17354f') +
      line('M212 330C130 250 250 220 220 130C206 92 160 96 150 124', 30, '#ffffff') +
      polygon([150, 112, 102, 134, 146, 142], '#e8973a') +
      path('M176 340C250 230 420 250 508 236C480 350 400 400 300 400C230 400 180 380 176 340Z', '#ffffff') +
      path('M300 330C360 280 430 280 508 236C470 330 400 360 300 330Z', '#c9dbea') +
      repeat(4, (i) => rect(150 + i * 34, 416 + i * 21, 330 - i * 68, 6, '#4d7ea8')),
  },
};

function flake(x: number, y: number, size: number, width: number, color: string): string {
  return repeat(6, (i) => {
    const angle = i * 60 - 90;
    const at = (turn: number, distance: number) =>
      around(x, y, angle + turn, distance)
        .map(Math.round)
        .join(' ');
    const branch = (from: number, to: number) => `M${at(16, to)}L${at(0, from)}L${at(-16, to)}`;
    return line(
      `M${x} ${y}L${at(0, size)}${branch(size * 0.42, size * 0.64)}${branch(size * 0.68, size * 0.9)}`,
      width,
      color,
    );
  });
}

function robot(x: number, y: number, color: string): string {
  return (
    line(`M${x} ${y - 100}v-40`, 7, color) +
    circle(x, y - 146, 11, color) +
    rect(x - 88, y - 104, 176, 140, color, 38) +
    rect(x - 64, y - 74, 128, 76, '#fff3df', 26) +
    circle(x - 28, y - 38, 11, '#3d2b3d') +
    circle(x + 28, y - 38, 11, '#3d2b3d') +
    line(`M${x - 16} ${y - 18}q16 12 32 0`, 5, '#3d2b3d') +
    rect(x - 68, y + 48, 136, 200, color, 28) +
    circle(x, y + 106, 18, '#fff3df')
  );
}
