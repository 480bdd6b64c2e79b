import type { CountsOverTime as Columns } from '../../client/answers.ts';
import { reads } from '../../client/reads.ts';
import { useNow } from '../live/clock.ts';
import { useLive } from '../live/use-live.ts';
import { Card } from '../parts/card.tsx';
import { Empty, LiveView } from '../parts/live-view.tsx';
import { When } from '../parts/when.tsx';
import { seriesInWords, seriesRows, stackedSeries } from '../words/count-series.ts';
import { count } from '../words/numbers.ts';
import { CountsChart } from './counts-chart.tsx';

/** Fewer points make no picture. */
const FEWEST = 2;
const TABLE_ROWS = 12;

/** How the states of the devices went over time: a chart, the same in words, and as a table. */
export function CountsOverTime({ id }: { id: string }) {
  const live = useLive(reads.counts(id));
  return (
    <Card title="Devices over time">
      <LiveView live={live} what="the counts over time">
        {(columns) =>
          columns.at.length < FEWEST ? (
            <Empty title="Not enough to draw yet">
              <p>A point is taken every minute while the rollout runs.</p>
            </Empty>
          ) : (
            <Drawn columns={columns} />
          )
        }
      </LiveView>
    </Card>
  );
}

function Drawn({ columns }: { columns: Columns }) {
  const series = stackedSeries(columns);
  return (
    <div class="stack-tight">
      <CountsChart at={columns.at} series={series} />
      <p class="quiet">{seriesInWords(columns, useNow())}</p>
      <details>
        <summary>As a table</summary>
        <div class="scrolls" tabIndex={0} role="group" aria-label="Devices over time, a table">
          <table>
            <thead>
              <tr>
                <th scope="col">At</th>
                {series.map(({ state, label }) => (
                  <th key={state} scope="col" class="number">
                    {label}
                  </th>
                ))}
              </tr>
            </thead>
            <tbody>
              {seriesRows(columns, TABLE_ROWS).map(({ at, devices }) => (
                <tr key={at}>
                  <th scope="row">
                    <When time={at} as="clock" />
                  </th>
                  {series.map(({ state }) => (
                    <td key={state} class="number">
                      {count(devices[state])}
                    </td>
                  ))}
                </tr>
              ))}
            </tbody>
          </table>
        </div>
      </details>
    </div>
  );
}
