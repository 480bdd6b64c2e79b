import { expect, test } from 'vitest';
import { LiveScreen } from '../../../cli/live-screen.ts';

/** A terminal of a few lines that keeps what is written. */
function terminal(rows: number) {
  const written: string[] = [];
  const look = () => ({ columns: 20, rows, colours: false });
  return { written, out: { isTerminal: true, look, write: (text: string) => void written.push(text) } };
}

test('a frame is drawn over the one before, whatever their heights', () => {
  const { written, out } = terminal(10);
  const screen = new LiveScreen(out);
  screen.draw([['one'], ['two']]);
  screen.draw([['three']]);
  screen.draw([['four']]);
  expect(written).toEqual([
    '\u001B[?25lone\ntwo\n',
    '\u001B[?25l\u001B[2F\u001B[Jthree\n',
    '\u001B[?25l\u001B[1F\u001B[Jfour\n',
  ]);
});

test('a frame that is too high or too wide is cut: it could not be drawn over', () => {
  const { written, out } = terminal(3);
  const screen = new LiveScreen(out);
  screen.draw([['x'.repeat(30)], ['two'], ['three'], ['four']]);
  screen.draw([['end']]);
  expect(written[0]).toBe(`\u001B[?25l${'x'.repeat(19)}…\ntwo\n`);
  expect(written[1]).toContain('\u001B[2F');
});

test('the cursor comes back', () => {
  const { written, out } = terminal(3);
  new LiveScreen(out).end();
  expect(written).toEqual(['\u001B[?25h']);
});
