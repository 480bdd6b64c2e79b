import { describe, expect, test } from 'vitest';
import { bar, rolloutLines, rolloutLogLine } from '../../../cli/rollout-view.ts';
import { rendered } from '../../../cli/styled-text.ts';
import { NOW, rolloutAtHand } from './rollout-at-hand.ts';

const look = { columns: 80, colours: false };
const shown = (rollout = rolloutAtHand(), at = look) => rendered(rolloutLines(rollout, at, NOW), at);

describe('a rollout on a terminal', () => {
  test('says where it is, how its devices are, and why the next stage has not opened', () => {
    expect(shown()).toBe(
      `fw-iotdevkit-1-0-1  running  IoTDevKit 1.0.1, revision 0
Target    *, priority 10
Plan      careful: stage 1 of 2 (10 %), open for 5 min
  open  10 %   at least 4 answer, at most 10 % fail, open for 10 min
  later 100 %  opens when approved, at most 10 % fail, open for 10 min

Devices   [██████████████████████████       ] 80 %  16 of 20 devices have an end
  Downloading       2  [████                                  ]
  Applying          1  [██                                    ]
  Succeeded        15  [█████████████████████████████         ]
  Failed            1  [██                                    ]
  pending           1  [██                                    ]

Next      waits:
          16 of 20 targeted devices have an end
You can   pause, stop, retarget, revert
`,
    );
  });

  test('tells why it was stopped, and no next step of one that has ended', () => {
    const text = shown(rolloutAtHand({ state: 'stopped', reason: 'Too many calls', possibleActions: [] }));
    expect(text).toContain('Because   Too many calls\n');
    expect(text).toContain('You can   nothing any more\n');
    expect(text).not.toContain('Next');
  });

  test('points at devices that are stuck, and at a hub that was not told', () => {
    const configuration = { ...rolloutAtHand().configuration, current: false };
    const text = shown(rolloutAtHand({ stuck: 2, retrying: 3, configuration }));
    expect(text).toContain('  2 stuck: ota devices fw-iotdevkit-1-0-1 --stuck\n');
    expect(text).toContain('  3 at work again after a failed attempt\n');
    expect(text).toContain('IoT Hub has not been told of the newest decision yet');
  });

  test('says of a completed one what is left over, and by which reason', () => {
    const nothing = { pending: 0, working: 0, stuck: 0, failed: 0, reverted: 0 };
    const some = rolloutAtHand({
      state: 'completed',
      leftOver: { ...nothing, pending: 4, stuck: 2, failed: 1 },
    });
    expect(shown(some)).toContain('  Left over: 4 pending, 2 stuck, 1 failed\n');
    expect(shown(rolloutAtHand({ state: 'completed', leftOver: nothing }))).toContain(
      '  Left over: nothing\n',
    );
    expect(shown()).not.toContain('Left over');
  });

  test.each([20, 33, 40, 60, 79, 80, 200])('no line is wider than %i columns', (columns) => {
    const text = shown(rolloutAtHand({ reason: 'x'.repeat(300), stuck: 5 }), { columns, colours: false });
    const widths = text.split('\n').map((line) => Array.from(line).length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(columns);
    expect(Math.max(...widths)).toBeGreaterThan(columns / 2);
  });

  test('colours change nothing but colours', () => {
    const coloured = shown(rolloutAtHand(), { columns: 80, colours: true });
    expect(coloured).toContain('\u001B[32mrunning\u001B[39m');
    // oxlint-disable-next-line no-control-regex -- the escapes are what is looked at
    expect(coloured.replaceAll(/\u001B\[\d+m/g, '')).toBe(shown());
  });

  test('text of a device cannot steer the terminal', () => {
    const text = shown(rolloutAtHand({ reason: '\u001B[2Jgone\r\n' }));
    expect(text).toContain('Because   ?[2Jgone??\n');
    expect(text).not.toContain('\u001B');
  });
});

describe('a bar', () => {
  test('is full only when all is done, and never empty once something is', () => {
    expect(bar(0, 1000, 12)).toBe('[          ]');
    expect(bar(1, 1000, 12)).toBe('[█         ]');
    expect(bar(999, 1000, 12)).toBe('[█████████ ]');
    expect(bar(1000, 1000, 12)).toBe('[██████████]');
    expect(bar(0, 0, 12)).toBe('[          ]');
  });

  test('is left out where there is no room', () => {
    expect(bar(1, 2, 3)).toBe('');
    expect(bar(1, 2, -5)).toBe('');
  });
});

test('a line of a log says all at once', () => {
  expect(rolloutLogLine(rolloutAtHand({ stuck: 1 }), NOW)).toBe(
    '2026-03-01T09:05:00.000Z fw-iotdevkit-1-0-1 running stage 1/2 | 16/20 ended | ' +
      'Downloading 2, Applying 1, Succeeded 15, Failed 1 | 1 stuck | 16 of 20 targeted devices have an end',
  );
});
