import type { RolloutDirectory } from '../../src/shared/rollout/rollout.ts';
import { type AnnouncedEnd, DeviceEndOutbox } from '../../src/shared/status/device-end-outbox.ts';
import { Ledger } from '../../src/shared/status/ledger.ts';
import { Dice } from './dice.ts';
import { type CallFate, type CallingProcess, ProcessDied, TableDouble } from './table-double.ts';
import type { World } from './world.ts';

export interface Faults {
  /** The chance that a call goes wrong in one of the four ways. */
  readonly rate: number;
  readonly largestBatch: number;
  /** So few device rows fit into the memory of an instance. */
  readonly cachedDevices: number;
}

export interface Tables {
  readonly updates: TableDouble;
  readonly deadLetters: TableDouble;
  /** Bad ends that were announced, some of them again and again. */
  readonly announced: AnnouncedEnd[];
}

interface Instance {
  readonly ledger: Ledger;
  readonly process: CallingProcess;
}

const PASSING = new Set(['ledger-shard-busy', 'table-unavailable', 'queue-unavailable']);

/** Where announcements go is away. */
class QueueUnavailable extends Error {
  readonly code = 'queue-unavailable';
}

/**
 * Delivers a world's events as a bad day of Azure would: batches of any size, two owners of a partition
 * at once, windows again after a lost checkpoint, calls that fail before or after they took effect,
 * processes that die between any two calls. In the end everything is delivered once more in peace.
 */
export async function deliver(world: World, tables: Tables, faults: Faults, seed: number): Promise<void> {
  const dice = new Dice(seed);
  const positions = world.logs.map(() => 0);
  const instances = [start(world, tables, faults, dice), start(world, tables, faults, dice)];
  const run = async (index: number, partition: number, from: number, to: number): Promise<boolean> => {
    const instance = instances[index];
    if (instance === undefined) return false;
    const isRecorded = await record(instance.ledger, world, partition, from, to);
    if (instance.process.isDead) instances[index] = start(world, tables, faults, dice);
    return isRecorded;
  };
  const mostDeliveries = 500 + 50 * world.logs.flat().length;
  for (let deliveries = 0; ; deliveries += 1) {
    if (deliveries > mostDeliveries) throw new Error('The ledger makes no progress');
    const open = positions.flatMap((position, p) => (position < (world.logs[p]?.length ?? 0) ? [p] : []));
    if (open.length === 0) break;
    const partition = dice.pick(open);
    const from = positions[partition] ?? 0;
    const to = Math.min(world.logs[partition]?.length ?? 0, from + 1 + dice.below(faults.largestBatch));
    const owner = dice.below(2);
    if (dice.chance(0.2)) {
      const back = Math.max(0, from - dice.below(faults.largestBatch));
      const [isRecorded] = await Promise.all([
        run(owner, partition, from, to),
        run(1 - owner, partition, back, Math.max(back + 1, to - dice.below(3))),
      ]);
      if (isRecorded) positions[partition] = to;
    } else if (await run(owner, partition, from, to)) {
      positions[partition] = to;
    }
    if (dice.chance(0.05)) positions[partition] = dice.below((positions[partition] ?? 0) + 1);
  }
  await deliverOnceMore(world, tables);
}

/** All of it again, by a new instance, without faults. */
export async function deliverOnceMore(world: World, tables: Tables): Promise<void> {
  const calm = start(world, tables, { rate: 0, largestBatch: 1000, cachedDevices: 1000 }, new Dice(1));
  for (const [partition, log] of world.logs.entries()) {
    if (log.length === 0) continue;
    const isRecorded = await record(calm.ledger, world, partition, 0, log.length);
    if (!isRecorded) throw new Error('The ledger fails without a fault');
  }
}

/** False where a passing fault or the death of the process stopped it. */
async function record(
  ledger: Ledger,
  world: World,
  partition: number,
  from: number,
  to: number,
): Promise<boolean> {
  const events = (world.logs[partition] ?? []).slice(from, to).map(({ raw }) => raw);
  try {
    await ledger.recordBatch({ stream: 'ns/hub', partition: String(partition), events });
    return true;
  } catch (error) {
    const isPassing = error instanceof Error && 'code' in error && PASSING.has(String(error.code));
    if (isPassing || error instanceof ProcessDied) return false;
    throw error;
  }
}

function start(world: World, tables: Tables, { rate, cachedDevices }: Faults, dice: Dice): Instance {
  const process: CallingProcess = { isDead: false };
  const fates: readonly CallFate[] = ['unavailable', 'answer-lost', 'crash-before', 'crash-after'];
  const behaviour = {
    process,
    fate: () => (dice.chance(rate) ? dice.pick(fates) : 'ok'),
    turn: async () => {
      for (let turns = dice.below(4); turns > 0; turns -= 1) await Promise.resolve();
    },
    pageSize: (asked: number) => Math.min(asked, dice.pick([0, 2, 1000])),
  };
  const publish = async (ends: readonly AnnouncedEnd[]): Promise<void> => {
    if (process.isDead) throw new ProcessDied();
    if (dice.chance(rate)) throw new QueueUnavailable('The queue is away');
    await behaviour.turn();
    tables.announced.push(...ends);
    process.isDead ||= dice.chance(rate / 4);
    if (process.isDead) throw new ProcessDied();
  };
  const ledger = new Ledger({
    updates: tables.updates.connect(behaviour),
    deadLetters: tables.deadLetters.connect(behaviour),
    directory: rememberingDirectory(world),
    defaultDeviceType: 'IoTDevKit',
    ends: new DeviceEndOutbox(publish),
    random: dice.next,
    wait: async () => undefined,
    cachedDevices,
  });
  return { ledger, process };
}

/** Like the app's own, it answers from memory where that is young enough. What it reads is as new as the question. */
function rememberingDirectory(world: World): RolloutDirectory {
  let known: { readonly at: number; readonly rollouts: World['rollouts'] } | undefined;
  return {
    ofDeviceType: async (_type, notOlderThan) => {
      const at = notOlderThan.getTime();
      if (known === undefined || known.at < at) {
        known = { at, rollouts: world.rollouts.filter(({ createdAt }) => Date.parse(createdAt) <= at) };
      }
      return known.rollouts;
    },
  };
}
