import { useEffect, useRef } from 'preact/hooks';
import type uPlot from 'uplot';
import type { StackedSeries } from '../words/count-series.ts';

const HEIGHT = 200;
/** Of the axis of devices: there are no halves. */
const WHOLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000, 20_000, 50_000];

interface Drawing {
  /** RFC 3339. */
  readonly at: readonly string[];
  readonly series: readonly StackedSeries[];
}

/**
 * States over time as areas upon each other. The library is loaded when the first chart is shown. It draws on a
 * canvas, which says nothing to a screen reader: words and a table stand beside it.
 */
export function CountsChart({ at, series }: Drawing) {
  const place = useRef<HTMLDivElement>(null);
  const names = series.map(({ state }) => state).join();
  const drawn = useRef<uPlot>(undefined);
  const newest = useRef<Drawing>({ at, series });
  newest.current = { at, series };

  // Another set of states, or other colours, is another chart; new points are put into the one that there is.
  useEffect(() => {
    const ended = new AbortController();
    const draw = async () => {
      const { default: Plot } = await import('uplot');
      if (ended.signal.aborted || !place.current) return;
      drawn.current?.destroy();
      drawn.current = new Plot(
        optionsFor(newest.current, place.current),
        dataOf(newest.current),
        place.current,
      );
    };
    const scheme = matchMedia('(prefers-color-scheme: dark)');
    scheme.addEventListener('change', () => void draw(), { signal: ended.signal });
    const sizes = new ResizeObserver(([entry]) => {
      if (entry) drawn.current?.setSize({ width: entry.contentRect.width, height: HEIGHT });
    });
    if (place.current) sizes.observe(place.current);
    void draw();
    return () => {
      ended.abort();
      sizes.disconnect();
      drawn.current?.destroy();
      drawn.current = undefined;
    };
  }, [names]);
  useEffect(() => drawn.current?.setData(dataOf(newest.current)), [at]);

  return <div ref={place} class="chart" aria-hidden="true" />;
}

/** The top edges, the highest first: each area is painted over the one above it. */
function dataOf({ at, series }: Drawing): uPlot.AlignedData {
  const seconds = at.map((time) => Date.parse(time) / 1000);
  return [seconds, ...series.toReversed().map(({ top }) => [...top])];
}

function optionsFor({ series }: Drawing, place: HTMLElement): uPlot.Options {
  const style = getComputedStyle(place);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  const axis = {
    stroke: colour('--quiet'),
    grid: { stroke: colour('--line'), width: 1 },
    ticks: { show: false },
    font: `12px ${style.fontFamily}`,
  };
  return {
    width: place.clientWidth,
    height: HEIGHT,
    legend: { show: false },
    cursor: { show: false },
    padding: [8, 28, 0, 0],
    scales: { y: { range: (_, __, max) => [0, Math.max(1, max)] } },
    axes: [
      {
        ...axis,
        size: 28,
        // Seconds are the widest: the library would set their ticks closer than they are wide.
        space: 76,
        values: (_, ticks, __, ___, distance) => ticks.map((at) => tickWords(at, distance)),
      },
      { ...axis, size: 44, incrs: WHOLE_STEPS },
    ],
    series: [
      {},
      ...series.toReversed().map(({ state, label }) => ({
        label,
        width: 0,
        points: { show: false },
        fill: colour(`--state-${state}`),
        stroke: colour(`--state-${state}`),
      })),
    ],
  };
}

const DAY_SECONDS = 86_400;
const MINUTE_SECONDS = 60;

/** A tick of the time axis, in the reader's time zone; seconds. Ticks a day or more apart are days. */
function tickWords(at: number, distance: number): string {
  const time = new Date(at * 1000);
  return distance >= DAY_SECONDS
    ? time.toLocaleDateString('en-GB', { day: 'numeric', month: 'short' })
    : time.toLocaleTimeString('en-GB', {
        hour: '2-digit',
        minute: '2-digit',
        ...(distance < MINUTE_SECONDS && { second: '2-digit' }),
      });
}
