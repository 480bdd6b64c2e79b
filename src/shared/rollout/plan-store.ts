import type { DropBox } from '../firmware/drop-box.ts';
import { type Refusal, refusal } from '../firmware/refusal.ts';
import { builtInPlans } from './built-in-plans.ts';
import { parsePlan, type Plan } from './plan.ts';

/** A plan is some kilobytes of JSON; a larger file is something else. */
const MAX_BYTES = 64 * 1024;

export type NamedPlan =
  | { readonly ok: true; readonly name: string; readonly plan: Plan }
  | { readonly ok: false; readonly refusal: Refusal };

/**
 * Finds a plan by its name: a blob `plans/<name>.json` in the drop box, else a built-in one. A wrong or
 * missing plan is a refusal of the upload that names it.
 */
export async function findPlan(dropBox: Pick<DropBox, 'readText'>, name: string): Promise<NamedPlan> {
  const path = `plans/${name}.json`;
  const found = await dropBox.readText(path, MAX_BYTES);
  if (found === 'too-large') {
    return refuse(
      'plan-invalid',
      `The plan ${path} has more than ${MAX_BYTES} bytes. Upload the plan itself.`,
    );
  }
  if (found) return parsed(name, path, found.text);
  const builtIn = Object.entries(builtInPlans).find(([known]) => known === name)?.[1];
  if (builtIn) return { ok: true, name, plan: builtIn };
  return refuse(
    'plan-missing',
    `There is no plan "${name}": upload ${path} into the same container, or use one of ${Object.keys(builtInPlans).join(', ')}.`,
  );
}

function parsed(name: string, path: string, text: string): NamedPlan {
  const result = parsePlan(text);
  if (result.ok) return { ok: true, name, plan: result.plan };
  const where = result.path === '' ? '' : ` at ${result.path}`;
  return refuse(
    'plan-invalid',
    `The plan ${path} is wrong${where}: ${result.message}. Correct it, then upload the image again.`,
  );
}

function refuse(code: 'plan-missing' | 'plan-invalid', message: string): NamedPlan {
  return { ok: false, refusal: refusal(code, message) };
}
