import type { Rollout } from '../../client/answers.ts';
import { RolloutBadge } from '../parts/badges.tsx';
import { When } from '../parts/when.tsx';
import { links } from '../shell/links.ts';

/** Rollouts that are over, or too many to show in full: a line each. */
export function RolloutTable({ rollouts, isAll }: { rollouts: readonly Rollout[]; isAll: boolean }) {
  return (
    <div class="scrolls" tabIndex={0} role="group" aria-label="Rollouts, a table">
      <table>
        <thead>
          <tr>
            <th scope="col">Release</th>
            <th scope="col">State</th>
            <th scope="col">Why</th>
            <th scope="col">Started</th>
          </tr>
        </thead>
        <tbody>
          {rollouts.map(({ id, deviceType, version, state, reason, createdAt }) => (
            <tr key={id}>
              <th scope="row">
                <a href={links.rollout(id)}>
                  {deviceType} {version}
                </a>
              </th>
              <td>
                <RolloutBadge state={state} />
              </td>
              <td class="wraps">{reason}</td>
              <td>
                <When time={createdAt} />
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {!isAll && (
        <p class="quiet card-foot">The newest 50 are shown; the API and the command line list all.</p>
      )}
    </div>
  );
}
