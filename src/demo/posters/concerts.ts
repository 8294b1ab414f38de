import type { Design } from './poster.ts';
import { around, beam, circle, ellipse, line, path, polygon, rect, repeat, ring } from './shapes.ts';

/** Concerts and festivals, by the key of the event. */
export const concerts: Record<string, Design> = {
  // The sun of a victory, rising in rings.
  'iu-the-winning': {
    sky: '#5b3fd0',
    ground: '#2a1a6e',
    ink: '#ffffff',
    accent: '#ffd166',
    picture:
      repeat(6, (i) => circle(300, 500, 420 - i * 66, ['#7a5cf0', '#a07bff', '#ffd166'][i % 3] as string)) +
      repeat(9, (i) => circle(...around(300, 500, 190 + i * 20, 462), 7, '#ffffff')),
  },
  // A heart of two quarter circles and a square.
  'bts-love-yourself': {
    sky: '#ffd9e2',
    ground: '#3b1d5a',
    ink: '#ffffff',
    accent: '#ff9ebb',
    picture:
      `<g transform="rotate(45 300 300)">${rect(190, 190, 230, 230, '#e63972')}${circle(190, 305, 115, '#ff7aa2')}${circle(305, 190, 115, '#7a3fb0')}</g>` +
      circle(92, 96, 34, '#7a3fb0') +
      circle(520, 430, 22, '#e63972'),
  },
  // Thirteen diamonds.
  'seventeen-follow': {
    sky: '#f7cac9',
    ground: '#92a8d1',
    ink: '#14213d',
    accent: '#14213d',
    picture: repeat(13, (i) => {
      const [row, column] = i < 4 ? [0, i] : i < 9 ? [1, i - 4] : [2, i - 9];
      const [x, y] = [(row === 1 ? 60 : 120) + column * 120, 130 + row * 120];
      const fill = ['#92a8d1', '#ffffff', '#e4727a', '#5b78b5'][(i * 3) % 4] as string;
      return polygon([x, y - 60, x + 60, y, x, y + 60, x - 60, y], fill);
    }),
  },
  // The lights over a band.
  'day6-welcome-to-the-show': {
    sky: '#0e1b2c',
    ground: '#0e1b2c',
    ink: '#f4f1e8',
    accent: '#3ecfc0',
    picture:
      repeat(6, (i) =>
        beam(50 + i * 100, -20, 90 + (i % 2 ? 16 : -16), 15, 420, i % 2 ? '#3ecfc0' : '#1d6f77'),
      ) +
      repeat(15, (i) => {
        const height = [60, 110, 80, 150, 120, 190, 150, 230, 160, 180, 120, 160, 90, 120, 50][i] as number;
        return rect(20 + i * 38, 500 - height, 28, height, i % 4 === 2 ? '#ffcf56' : '#f4f1e8');
      }),
  },
  // Water.
  'psy-summer-swag-busan': {
    sky: '#12b5e5',
    ground: '#0b3fa8',
    ink: '#ffffff',
    accent: '#ffe14d',
    picture:
      repeat(28, (i) => {
        const [x, y, r] = [(i * 173) % 640, ((i * 97) % 430) - 10, 14 + ((i * 7) % 5) * 6];
        const fill = ['#ffffff', '#7fe3ff', '#0b6fd6'][i % 3] as string;
        return path(
          `M${x} ${y - r * 1.9}C${x + r * 0.4} ${y - r} ${x + r} ${y - r * 0.5} ${x + r} ${y}A${r} ${r} 0 0 1 ${x - r} ${y}C${x - r} ${y - r * 0.5} ${x - r * 0.4} ${y - r} ${x} ${y - r * 1.9}Z`,
          fill,
        );
      }) + repeat(7, (i) => circle(i * 100, 508, 62, '#0b3fa8')),
  },
  // The star of a hero.
  'lim-young-woong-im-hero-daegu': {
    sky: '#8fd3ff',
    ground: '#f6fbff',
    ink: '#0f2f57',
    accent: '#1673c9',
    picture:
      repeat(12, (i) => beam(300, 280, i * 30, 15, 700, '#b5e3ff')) +
      circle(300, 280, 178, '#1673c9') +
      polygon(
        Array.from({ length: 10 }, (_, i) => around(300, 286, i * 36 - 90, i % 2 ? 58 : 146)).flat(),
        '#ffffff',
      ),
  },
  // A record.
  'jannabi-fantastic-old-fashioned-busan': {
    sky: '#e9b44c',
    ground: '#f7ecd3',
    ink: '#3b2417',
    accent: '#b3421f',
    picture:
      circle(300, 300, 226, '#2b1a12') +
      repeat(4, (i) => ring(300, 300, 204 - i * 28, 3, '#5a4030')) +
      circle(300, 300, 82, '#d1542b') +
      circle(300, 300, 12, '#f7ecd3') +
      line('M560 30V210L442 322', 14, '#8a2f17') +
      circle(560, 42, 30, '#8a2f17'),
  },
  // Cut paper on a lawn.
  'seoul-jazz-festival': {
    sky: '#fff4dc',
    ground: '#1f6f50',
    ink: '#fff4dc',
    accent: '#ffc94a',
    picture: repeat(20, (i) => {
      const [x, y] = [(i % 5) * 120, Math.floor(i / 5) * 125];
      const fills = ['#ef5b3f', '#1f6f50', '#ffc94a', '#2f5fb3', '#f2a0b5'];
      const [fill, other] = [
        fills[(i * 2 + Math.floor(i / 5)) % 5] as string,
        fills[(i * 3 + 1) % 5] as string,
      ];
      const corner = [
        `M${x} ${y}h120a120 125 0 0 1-120 125z`,
        `M${x + 120} ${y}v125a120 125 0 0 1-120-125z`,
        `M${x + 120} ${y + 125}h-120a120 125 0 0 1 120-125z`,
        `M${x} ${y + 125}v-125a120 125 0 0 1 120 125z`,
      ][(i * 7 + 2) % 4] as string;
      return i % 4 === 1 ? circle(x + 60, y + 62, 40, other) : path(corner, fill);
    }),
  },
  // Lines that run beside each other, broken once.
  'aespa-synk': {
    sky: '#0c0c14',
    ground: '#0c0c14',
    ink: '#e9f0ff',
    accent: '#8f7bff',
    picture:
      repeat(13, (i) => line(`M${-140 + i * 40} 520L${160 + i * 40} -20`, 9, i % 3 ? '#3a3a55' : '#8f7bff')) +
      repeat(13, (i) => line(`M${260 + i * 40} 520L${-40 + i * 40} -20`, 3, '#5fe0ff')) +
      circle(300, 240, 112, '#0c0c14') +
      ring(300, 240, 112, 10, '#e9f0ff') +
      circle(300, 240, 46, '#8f7bff'),
  },
  // A flame.
  'le-sserafim-easy-crazy-hot': {
    sky: '#1a0f12',
    ground: '#e8401f',
    ink: '#fff6ee',
    accent: '#ffd9a8',
    picture: ['#7a1e12', '#b92d17', '#e8401f', '#ff7a2f', '#ffb84a', '#fff0c2']
      .map((fill, i) => {
        const [w, h] = [330 - i * 54, 450 - i * 72];
        return path(
          `M${300 - w} 500C${300 - w} ${500 - h * 0.5} ${300 - w * 0.15} ${500 - h * 0.55} ${300 + (i % 2 ? 16 : -16)} ${500 - h}C${300 + w * 0.2} ${500 - h * 0.5} ${300 + w} ${500 - h * 0.45} ${300 + w} 500Z`,
          fill,
        );
      })
      .join(''),
  },
  // Black, and pink.
  'blackpink-born-pink': {
    sky: '#ff6fa8',
    ground: '#111013',
    ink: '#ffffff',
    accent: '#ff8fbc',
    picture:
      rect(0, 0, 300, 500, '#111013') +
      `<path d="M300 60a200 200 0 0 1 0 400z" fill="#111013"/><path d="M300 60a200 200 0 0 0 0 400z" fill="#ff6fa8"/>` +
      `<path d="M300 160a100 100 0 0 1 0 200z" fill="#ff6fa8"/><path d="M300 160a100 100 0 0 0 0 200z" fill="#111013"/>` +
      repeat(5, (i) => circle(60 + i * 30, 40, 7, '#ff6fa8') + circle(420 + i * 30, 464, 7, '#111013')),
  },
  // A bolt.
  'stray-kids-dominate': {
    sky: '#d6ff3f',
    ground: '#16161a',
    ink: '#ffffff',
    accent: '#d6ff3f',
    picture:
      repeat(9, (i) =>
        polygon([i * 80 - 60, 0, i * 80 - 20, 0, i * 80 - 160, 500, i * 80 - 200, 500], '#c2ec2c'),
      ) + polygon([372, 24, 150, 290, 284, 290, 214, 486, 470, 196, 330, 196, 420, 24], '#16161a'),
  },
  // The sea at Songdo.
  'pentaport-rock-festival': {
    sky: '#ff8a5c',
    ground: '#12324f',
    ink: '#fff3e6',
    accent: '#ffb38f',
    picture:
      repeat(10, (i) => beam(300, 290, 180 + i * 20, 9, 500, '#ffa27c')) +
      circle(300, 290, 128, '#fff0c9') +
      ['#e2503a', '#b53a47', '#6d2f57', '#2f3f66', '#12324f']
        .map((fill, row) => {
          const y = 296 + row * 46;
          const shift = row % 2 ? -60 : 0;
          return path(`M${shift - 120} ${y}${'q30 -34 60 0t60 0'.repeat(8)}V520H${shift - 120}Z`, fill);
        })
        .join(''),
  },
  // The moon over an amphitheater.
  'sung-si-kyung-wedding-songs': {
    sky: '#16233f',
    ground: '#f3e6d3',
    ink: '#2b2438',
    accent: '#8c4a3c',
    picture:
      repeat(24, (i) => circle((i * 371) % 600, (i * i * 29) % 280, 2 + (i % 3), '#e9dcc3')) +
      circle(430, 130, 70, '#f6e3b4') +
      circle(404, 112, 62, '#16233f') +
      repeat(6, (i) =>
        ellipse(
          300,
          560,
          420 - i * 62,
          250 - i * 40,
          ['#2c3f66', '#3c5382', '#51699b', '#c98a6b', '#e0ad8c', '#f3e6d3'][i] as string,
        ),
      ),
  },
  // A ball that bounces.
  'cho-yong-pil-and-the-great-birth': {
    sky: '#f4efe4',
    ground: '#c2281f',
    ink: '#fff6ea',
    accent: '#ffd8a6',
    picture:
      repeat(4, (i) =>
        circle(430, 190, 250 - i * 48, ['#f0dcb4', '#eac98c', '#e8b45c', '#c2281f'][i] as string),
      ) +
      repeat(12, (i) => {
        const x = 24 + i * 28;
        return circle(
          x,
          440 - Math.abs(Math.sin((i / 12) * Math.PI * 2)) * (90 + i * 8),
          7 + i * 0.8,
          '#21304a',
        );
      }) +
      rect(0, 470, 600, 30, '#21304a'),
  },
  // Rabbit ears.
  'newjeans-bunnies-camp': {
    sky: '#a8d8ff',
    ground: '#ffffff',
    ink: '#17335c',
    accent: '#2a6fd1',
    picture:
      repeat(35, (i) => circle(30 + (i % 7) * 90, 30 + Math.floor(i / 7) * 110, 9, '#8cc8fb')) +
      ellipse(232, 190, 48, 150, '#ffffff', -10) +
      ellipse(368, 190, 48, 150, '#ffffff', 10) +
      ellipse(234, 200, 20, 104, '#ffb3c9', -10) +
      ellipse(366, 200, 20, 104, '#ffb3c9', 10) +
      circle(300, 404, 150, '#ffffff') +
      circle(244, 380, 14, '#17335c') +
      circle(356, 380, 14, '#17335c') +
      ellipse(300, 424, 17, 12, '#ff8fb0'),
  },
  // An island in a river.
  'jarasum-jazz-festival': {
    sky: '#f3d9a4',
    ground: '#27403a',
    ink: '#f8efdb',
    accent: '#e9b35f',
    picture:
      circle(440, 150, 76, '#d9622b') +
      path('M0 330Q120 190 260 300T600 250V500H0Z', '#7fa08a') +
      path('M0 390Q180 280 340 370T600 340V500H0Z', '#4d7568') +
      repeat(7, (i) =>
        polygon(
          [58 + i * 42, 392 - (i % 3) * 14, 78 + i * 42, 302 - (i % 3) * 24, 98 + i * 42, 392 - (i % 3) * 14],
          '#27403a',
        ),
      ) +
      repeat(4, (i) => line(`M${40 + i * 50} ${424 + i * 20}h${420 - i * 70}`, 7, '#f3d9a4')),
  },
};
