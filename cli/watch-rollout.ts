import type { ApiClient } from '../client/api-client.ts';
import { ApiError, UnreachableError } from '../client/api-error.ts';
import type { RolloutDetail } from '../client/answers.ts';
import { reads } from '../client/reads.ts';
import type { Call } from './command.ts';
import { type ExitCode, exitCodes } from './exit-codes.ts';
import { CommandError } from './failure.ts';
import { findRollout } from './find-rollout.ts';
import { LiveScreen } from './live-screen.ts';
import { pauseFor } from './pause-for.ts';
import { ageText, rolloutLines, rolloutLogLine } from './rollout-view.ts';
import { type Line, rendered, styled } from './styled-text.ts';
import type { World } from './world.ts';

const POLL_MS = 1000;
/** So many failed requests in a row are waited out: half a minute, as a restart of the app takes. */
const PATIENCE = 15;
const FAILED_POLL_MS = 2000;

/**
 * Shows a rollout until it ends: drawn in place on a terminal, a line for each change in a pipe, a document
 * for each change as JSON. The exit code says how it ended.
 */
export async function watchRollout(
  call: Pick<Call, 'world' | 'output'>,
  client: ApiClient,
  id: string,
  limitMs: number | undefined,
): Promise<ExitCode> {
  const { world } = call;
  const view = viewFor(call);
  const end = limitMs === undefined ? Number.POSITIVE_INFINITY : world.now().getTime() + limitMs;
  try {
    let rollout = await findRollout(client, id);
    view.show(rollout);
    for (const poll = new Poll(client, id, world); !hasEnded(rollout);) {
      if (world.now().getTime() >= end) throw timedOut(rollout);
      await pauseFor(poll.waitMs, world.interrupted);
      const next = await poll.next();
      if (next !== undefined) view.show(next);
      else view.tick(rollout, poll.trouble);
      rollout = next ?? rollout;
    }
    view.end(rollout);
    return rollout.state === 'completed' ? exitCodes.ok : exitCodes.no;
  } finally {
    view.close();
  }
}

function hasEnded({ state }: RolloutDetail): boolean {
  return state === 'completed' || state === 'stopped' || state === 'retired';
}

function timedOut({ id, state }: RolloutDetail): CommandError {
  return new CommandError(exitCodes.timeout, `The rollout ${id} is still ${state}.`, [
    `Look at it again with: ota watch ${id}`,
  ]);
}

/** Asks for the rollout again and again, with the tag of what is shown. */
class Poll {
  readonly #client: ApiClient;
  readonly #id: string;
  readonly #world: World;
  #etag: string | undefined;
  #failures = 0;
  /** Why the newest request failed. */
  trouble: string | undefined;

  constructor(client: ApiClient, id: string, world: World) {
    this.#client = client;
    this.#id = id;
    this.#world = world;
  }

  get waitMs(): number {
    return this.#failures === 0 ? POLL_MS : FAILED_POLL_MS;
  }

  /** Undefined where nothing has changed, or where the app did not answer and patience is left. */
  async next(): Promise<RolloutDetail | undefined> {
    try {
      const { interrupted } = this.#world;
      const result = await this.#client.getIfChanged(reads.rollout(this.#id), this.#etag, interrupted);
      this.#failures = 0;
      this.trouble = undefined;
      if (result.kind === 'unchanged') return undefined;
      this.#etag = result.etag;
      return result.answer;
    } catch (error) {
      if (!passes(error) || ++this.#failures > PATIENCE) throw error;
      this.trouble = error.message;
      return undefined;
    }
  }
}

/** What a restart or a busy hour of the app brings, and takes away again. */
function passes(error: unknown): error is Error {
  return (
    error instanceof UnreachableError ||
    (error instanceof ApiError && (error.status >= 500 || error.status === 429))
  );
}

interface View {
  /** A rollout that is new or has changed. */
  show(rollout: RolloutDetail): void;
  /** Time has passed, and nothing else. */
  tick(rollout: RolloutDetail, trouble: string | undefined): void;
  end(rollout: RolloutDetail): void;
  close(): void;
}

const nothing = () => undefined;

function viewFor({ world, output }: Pick<Call, 'world' | 'output'>): View {
  if (output === 'json') return jsonView(world);
  return world.out.isTerminal ? screenView(world) : linesView(world);
}

function screenView({ out, now }: World): View {
  const screen = new LiveScreen(out);
  const draw = (rollout: RolloutDetail, last: Line) =>
    screen.draw([...rolloutLines(rollout, out.look(), now()), [], last]);
  const watching: Line = [styled('dim', 'Watching; Ctrl-C ends it, the rollout goes on.')];
  return {
    show: (rollout) => draw(rollout, watching),
    tick: (rollout, trouble) =>
      draw(rollout, trouble === undefined ? watching : [styled('yellow', `${trouble} Asking again.`)]),
    end: (rollout) => draw(rollout, endLine(rollout, now())),
    close: () => screen.end(),
  };
}

function jsonView({ out }: World): View {
  let before = '';
  const show = (rollout: RolloutDetail) => {
    const text = JSON.stringify(rollout);
    if (text !== before) out.write(`${text}\n`);
    before = text;
  };
  return { show, tick: nothing, end: nothing, close: nothing };
}

function linesView({ out, now }: World): View {
  let before = '';
  const write = (line: Line) => out.write(rendered([line], out.look()));
  return {
    show: (rollout) => {
      const line = rolloutLogLine(rollout, now());
      // A device that moved without a number that changed is no news here.
      const news = line.slice(line.indexOf(' '));
      if (news !== before) write([line]);
      before = news;
    },
    tick: nothing,
    end: (rollout) => write(endLine(rollout, now())),
    close: nothing,
  };
}

function endLine(rollout: RolloutDetail, now: Date): Line {
  const { id, state, reason } = rollout;
  const why = reason === '' ? '' : `: ${reason}`;
  return [`${id} is ${state} after ${ageText(rollout, now)}${why}`];
}
