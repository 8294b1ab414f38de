import { signal } from '@preact/signals';

const KEY = 'tiketi-chime';

/** Whether the buyer wants to hear when it is their turn. */
export const chimeOn = signal(localStorage.getItem(KEY) === 'on');

let context: AudioContext | undefined;

/** Call it by a press: browsers play sound only for a user who has touched the page. Plays the sound once, so that they know it. */
export function turnChime(on: boolean): void {
  chimeOn.value = on;
  localStorage.setItem(KEY, on ? 'on' : 'off');
  if (on) playChime();
}

/** Two soft notes. A page that was not touched since it was loaded stays silent. */
export function playChime(): void {
  if (!chimeOn.peek() || !navigator.userActivation?.hasBeenActive) return;
  context ??= new AudioContext();
  const audio = context;
  void audio.resume().then(
    () => {
      playNote(audio, 659, 0);
      playNote(audio, 988, 0.18);
    },
    () => undefined,
  );
}

function playNote(audio: AudioContext, frequency: number, delay: number): void {
  const start = audio.currentTime + delay;
  const oscillator = new OscillatorNode(audio, { type: 'sine', frequency });
  const volume = new GainNode(audio, { gain: 0 });
  volume.gain.setValueAtTime(0, start);
  volume.gain.linearRampToValueAtTime(0.25, start + 0.02);
  volume.gain.exponentialRampToValueAtTime(0.001, start + 0.9);
  oscillator.connect(volume).connect(audio.destination);
  oscillator.start(start);
  oscillator.stop(start + 1);
}
