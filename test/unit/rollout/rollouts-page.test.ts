import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { builtInPlans } from '../../../src/shared/rollout/built-in-plans.ts';
import type { Evidence } from '../../../src/shared/rollout/gate.ts';
import {
  afterAction,
  allowedActions,
  decide,
  type RolloutProgressView,
  type RolloutState,
} from '../../../src/shared/rollout/lifecycle.ts';
import { parsePlan, type Plan } from '../../../src/shared/rollout/plan.ts';
import { planJsonSchema } from '../../../src/shared/rollout/plan-schema.ts';
import { wilsonInterval } from '../../../src/shared/rollout/wilson.ts';

const page = readFileSync(new URL('../../../docs/rollouts.md', import.meta.url), 'utf8');
const states: readonly RolloutState[] = ['starting', 'running', 'paused', 'stopped', 'completed', 'retired'];

/** `running --> paused: pause (person, timer)` as one edge for each who can do it. */
function drawnEdges(): string[] {
  const diagram = /```mermaid\n(.*?)```/s.exec(page)?.[1] ?? '';
  const edges = [...diagram.matchAll(/^ *(\w+) --> (\w+): ([\w-]+) \((.+)\)$/gm)];
  return edges.flatMap(([, from, to, event, actors = '']) =>
    actors.split(', ').map((actor) => `${from} --${event} by ${actor}--> ${to}`),
  );
}

function planOf(document: object): Plan {
  const parsed = parsePlan(JSON.stringify(document));
  if (!parsed.ok) throw new Error(`${parsed.path}: ${parsed.message}`);
  return parsed.plan;
}

const openedAt = '2026-03-02T10:00:00.000Z';
const now = new Date('2026-03-02T12:00:00.000Z');
const evidenceOf = (given: Partial<Evidence>): Evidence => {
  const stage = { succeeded: 0, failed: 0, stuck: 0, working: 0, targeted: 0, ended: 0, ...given };
  return { targetedInAll: stage.targeted, endedInAll: stage.ended, ...stage };
};
const none = evidenceOf({});
const evidences: readonly Evidence[] = [
  none,
  evidenceOf({ succeeded: 20, targeted: 20, ended: 20 }),
  evidenceOf({ failed: 20, targeted: 20, ended: 20 }),
  evidenceOf({ succeeded: 8, failed: 2, targeted: 10, ended: 10 }),
];

/** Rollouts in a state, of every kind that makes a difference. */
function viewsOf(state: RolloutState): RolloutProgressView[] {
  const stages = [{ percent: 1 }, { percent: 10, approval: true }, { percent: 100 }];
  const plans = (['pause', 'stop'] as const).map((onGateFailed) => planOf({ stages, onGateFailed }));
  return plans.flatMap((plan) =>
    [-1, 0, 1, 2].flatMap((stage) =>
      [-1, 2].map((approvedStage) => ({
        state,
        plan,
        stage,
        approvedStage,
        stageOpenedAt: openedAt,
        createdAt: openedAt,
      })),
    ),
  );
}

function edgesOfCode(): string[] {
  const edges = states.flatMap((state) => [
    ...viewsOf(state).flatMap((view) =>
      allowedActions(view).map((action) => `${state} --${action} by person--> ${afterAction(state, action)}`),
    ),
    ...viewsOf(state).flatMap((view) =>
      evidences
        .map((evidence) => decide(view, evidence, now).kind)
        .filter((kind) => kind !== 'nothing' && kind !== 'await-approval')
        .map((kind) => `${state} --${kind} by timer--> ${afterAction(state, kind)}`),
    ),
    ...(afterAction(state, 'accept') === state
      ? []
      : [`${state} --accept by hub--> ${afterAction(state, 'accept')}`]),
  ]);
  return [...new Set(edges)];
}

describe('the page about rollouts', () => {
  test('draws the states as the code moves through them', () => {
    expect(drawnEdges().length).toBeGreaterThan(15);
    expect(drawnEdges().toSorted()).toEqual(edgesOfCode().toSorted());
  });

  test.each(['all-at-once', 'careful'] as const)('shows the plan %s as it is built in', (name) => {
    const json = new RegExp(`\`\`\`json ${name}\\n(.*?)\`\`\``, 's').exec(page)?.[1] ?? '';
    expect(parsePlan(json)).toEqual({ ok: true, plan: builtInPlans[name] });
  });

  test('has a row for each member of a plan, a stage and a gate, with its default', () => {
    const members = membersOf(planJsonSchema()).filter(([name]) => name !== '$schema');
    expect(members.length).toBeGreaterThan(20);
    const missing = members.filter(([name, fallback]) => {
      const row = new RegExp(`^\\| \`${name}\` .*$`, 'm').exec(page)?.[0] ?? '';
      const isSimple = fallback !== undefined && typeof fallback !== 'object';
      return row === ''
        ? !page.includes(`\`${name}\``)
        : isSimple && !row.includes(`\`${JSON.stringify(fallback)}\``);
    });
    expect(missing).toEqual([]);
  });

  test('computes its examples of bounds as the code does', () => {
    const rows = [...page.matchAll(/^\| ([\d,]+) of ([\d,]+) +\| ([\d.]+) % to ([\d.]+) % /gm)];
    expect(rows.length).toBeGreaterThan(4);
    for (const [, hits = '', total = '', lower, upper] of rows) {
      const number = (text: string) => Number(text.replaceAll(',', ''));
      const interval = wilsonInterval(number(hits), number(total));
      const shown = [interval.lower, interval.upper].map((share) => String(Number((share * 100).toFixed(1))));
      expect([hits, total, lower, upper]).toEqual([hits, total, ...shown]);
    }
  });
});

/** Names and defaults of all members in a JSON Schema, nested ones too. */
function membersOf(schema: unknown): [name: string, fallback: unknown][] {
  if (typeof schema !== 'object' || schema === null) return [];
  const own =
    'properties' in schema && typeof schema.properties === 'object' ? (schema.properties ?? {}) : {};
  const nested = Object.values(own).flatMap(membersOf);
  const items = 'items' in schema ? membersOf(schema.items) : [];
  const named = Object.entries(own as Record<string, { default?: unknown }>).map(
    ([name, member]): [string, unknown] => [name, member.default],
  );
  return [...named, ...nested, ...items];
}
