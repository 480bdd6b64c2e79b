import type { Browser, BrowserContext, BrowserContextOptions, Page } from 'playwright-core';
import type { FaultShares } from '../../local/devkit/assign-faults.ts';
import { type FleetProcess, startFleetProcess } from '../../local/fleet-process.ts';
import { TestCloud } from '../integration/local-cloud-harness.ts';
import { startChromium } from './chromium.ts';
import { openWatched, type WatchedPage } from './watched-page.ts';

interface Wanted {
  readonly devices?: number;
  readonly faults?: FaultShares;
  /** How many times faster than the board. */
  readonly speed?: number;
  readonly settings?: Readonly<Record<string, string>>;
}

/** Waiting for something on a page, on a machine that has other things to do. */
const PATIENCE_MS = 60_000;

/**
 * The whole thing: a local cloud, its simulated devices and a Chromium that looks at the dashboard. One for a
 * test file; every page has a browser context of its own.
 */
export class DashboardAtHand {
  readonly cloud: TestCloud;
  readonly fleet: FleetProcess | undefined;
  readonly #browser: Browser;
  readonly #open = new Map<BrowserContext, WatchedPage>();

  static async start({ devices = 0, faults = {}, speed = 100, settings = {} }: Wanted = {}) {
    const cloud = await TestCloud.start({ settings: { ROLLOUT_JUDGE_SCHEDULE: '* * * * * *', ...settings } });
    let fleet: FleetProcess | undefined;
    try {
      if (devices > 0) {
        fleet = await startFleetProcess(cloud.cloud, { devices, speed, faults, onMessage: () => undefined });
      }
      return new DashboardAtHand(cloud, fleet, await startChromium());
    } catch (error) {
      await fleet?.stop();
      await cloud.close();
      throw error;
    }
  }

  private constructor(cloud: TestCloud, fleet: FleetProcess | undefined, browser: Browser) {
    this.cloud = cloud;
    this.fleet = fleet;
    this.#browser = browser;
  }

  get origin(): string {
    return this.cloud.cloud.endpoints.http;
  }

  /** A fresh page at a path of the app: `/#/releases`. `origin`: what stands before the app. */
  async visit(
    path: string,
    options: BrowserContextOptions = {},
    origin: string = this.origin,
  ): Promise<WatchedPage> {
    const context = await this.#browser.newContext({ locale: 'en-GB', ...options });
    context.setDefaultTimeout(PATIENCE_MS);
    const watched = await openWatched(context, origin);
    this.#open.set(context, watched);
    await watched.page.goto(`${origin}${path}`);
    return watched;
  }

  /** After each test: closes its pages, and fails for what they complained of. */
  async leave(): Promise<void> {
    const open = [...this.#open];
    this.#open.clear();
    for (const [context] of open) await context.close();
    const complaints = open.flatMap(([, watched]) => watched.complaints);
    if (complaints.length > 0) throw new Error(`The page is not clean:\n${complaints.join('\n')}`);
  }

  async close(): Promise<void> {
    await this.#browser.close();
    await this.fleet?.stop();
    await this.cloud.close();
  }
}

/** The view with this heading is there, and nothing of it is loading any more. */
export async function settled(page: Page, name: string | RegExp): Promise<void> {
  await heading(page, name);
  await page.locator('main:not(:has(.loading))').waitFor();
}

/** The heading of the view. */
export async function heading(page: Page, name: string | RegExp): Promise<void> {
  await page.getByRole('heading', { level: 1, name }).waitFor();
}

/** The text of what has the focus; empty where nothing has it. */
export async function focused(page: Page): Promise<string> {
  return page.evaluate<string>(
    'document.activeElement === document.body ? "" : document.activeElement.textContent.trim()',
  );
}
