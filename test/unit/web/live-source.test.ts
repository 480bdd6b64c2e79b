import { describe, expect, test } from 'vitest';
import type { Fetched } from '../../../client/api-client.ts';
import { ApiError, UnreachableError } from '../../../client/api-error.ts';
import { LiveSource, type LiveWorld } from '../../../web/live/live-source.ts';

type Outcome = Fetched<string> | Error;

/** A world whose answers and time the test sets. */
class World implements LiveWorld {
  readonly asked: (string | undefined)[] = [];
  readonly outcomes: (Outcome | Promise<Outcome>)[] = [];
  time = 1000;
  hidden = false;
  #waiting: { task: () => void; at: number } | undefined;

  readonly ask: LiveWorld['ask'] = async <Body>(_: unknown, etag: string | undefined) => {
    this.asked.push(etag);
    const outcome = await this.outcomes.shift();
    if (outcome === undefined) throw new Error('the test has set no answer');
    if (outcome instanceof Error) throw outcome;
    return outcome as Fetched<Body>;
  };
  readonly now = () => this.time;
  readonly isHidden = () => this.hidden;
  readonly later: LiveWorld['later'] = (task, ms) => {
    this.#waiting = { task, at: this.time + ms };
    return () => {
      this.#waiting = undefined;
    };
  };

  /** How long until it is asked again. */
  get wait(): number | undefined {
    return this.#waiting && this.#waiting.at - this.time;
  }

  /** Lets the time go on to the next request, and that be answered. */
  async next(): Promise<void> {
    const waiting = this.#waiting;
    if (!waiting) throw new Error('nothing is planned');
    this.time = waiting.at;
    waiting.task();
    await answered();
  }
}

const answered = async () => new Promise((resolve) => setImmediate(resolve));
const fetched = (answer: string, etag = `"${answer}"`): Outcome => ({ kind: 'fetched', answer, etag });
const unchanged: Outcome = { kind: 'unchanged' };
const gone = () => new UnreachableError('http://app', 'The app does not answer.');

async function watching(...outcomes: Outcome[]) {
  const world = new World();
  world.outcomes.push(...outcomes);
  const source = new LiveSource<string>({ path: '/api/things' }, world);
  const end = source.watch();
  await answered();
  return { world, source, end };
}

describe('an answer that is kept fresh', () => {
  test('is asked for every five seconds, with the tag of what is held', async () => {
    const { world, source } = await watching(fetched('one'), unchanged, fetched('two'));
    expect([source.state.value.data, world.wait]).toEqual(['one', 5000]);
    await world.next();
    expect(source.state.value).toMatchObject({ data: 'one', confirmedAt: 6000, problem: undefined });
    await world.next();
    expect(source.state.value.data).toBe('two');
    expect(world.asked).toEqual([undefined, '"one"', '"one"']);
  });

  test('is asked for more slowly while nobody looks', async () => {
    const { world } = await watching(fetched('one'), unchanged);
    world.hidden = true;
    await world.next();
    expect(world.wait).toBe(60_000);
  });

  test('stays while requests fail, which come at twice the distance each time, and recovers', async () => {
    const failures = Array.from({ length: 6 }, gone);
    const { world, source } = await watching(fetched('one'), ...failures, unchanged);
    const waits: (number | undefined)[] = [];
    for (const _ of failures) {
      await world.next();
      waits.push(world.wait);
    }
    expect(waits).toEqual([5000, 10_000, 20_000, 40_000, 60_000, 60_000]);
    expect(source.state.value).toMatchObject({ data: 'one', confirmedAt: 1000 });
    expect(source.state.value.problem?.message).toBe('The app does not answer.');
    await world.next();
    expect(source.state.value).toMatchObject({ data: 'one', problem: undefined });
    expect(world.wait).toBe(5000);
  });

  test('is not asked for sooner than the app says', async () => {
    const busy = new ApiError(503, new Headers({ 'retry-after': '30' }));
    const { world } = await watching(busy);
    expect(world.wait).toBe(30_000);
  });

  test('is asked for by nobody once nobody watches, and at once when somebody does again', async () => {
    const { world, source, end } = await watching(fetched('one'), unchanged);
    end();
    expect(world.wait).toBeUndefined();
    source.refresh();
    expect(world.asked).toHaveLength(1);
    source.watch();
    await answered();
    expect(world.asked).toEqual([undefined, '"one"']);
  });

  test('is asked for once, however many watch', async () => {
    const { world, source, end } = await watching(fetched('one'));
    source.watch();
    await answered();
    end();
    expect(world.asked).toHaveLength(1);
    expect(world.wait).toBe(5000);
  });

  test('an answer that comes after that of a newer request is dropped', async () => {
    const { world, source } = await watching(fetched('one'));
    let comes: (outcome: Outcome) => void = () => {};
    const late = new Promise<Outcome>((resolve) => {
      comes = resolve;
    });
    world.outcomes.push(late, fetched('new'));
    source.refresh();
    source.refresh();
    await answered();
    expect(source.state.value.data).toBe('new');
    comes(fetched('old'));
    await answered();
    expect(source.state.value.data).toBe('new');
    expect(world.asked).toHaveLength(3);
  });
});
