import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const infra = fileURLToPath(new URL('../../infra/', import.meta.url));

export interface NamedQuery {
  readonly name: string;
  readonly query: string;
}

/** One rule of alerts.bicep: its query, and the columns of the result that the rule looks at. */
export interface AlertRule extends NamedQuery {
  readonly column: string;
  readonly dimension: string;
}

export interface WorkbookItem {
  readonly type: number;
  readonly name: string;
  readonly content: Readonly<Record<string, unknown>>;
}

export function workbook(): { version: string; items: WorkbookItem[]; fallbackResourceIds: string[] } {
  return JSON.parse(readFileSync(`${infra}workbook.json`, 'utf8'));
}

/** Every query of the workbook, those of its parameters too, with a value for each parameter. */
export function workbookQueries(): NamedQuery[] {
  return workbook().items.flatMap(({ name, content }) => {
    const parameters = (content['parameters'] ?? []) as { name: string; query?: string }[];
    const own = typeof content['query'] === 'string' ? [{ name, query: content['query'] }] : [];
    const ofParameters = parameters.flatMap(({ name: parameter, query }) =>
      query === undefined ? [] : [{ name: `parameter ${parameter}`, query }],
    );
    return [...own, ...ofParameters].map((one) => ({
      name: `workbook: ${one.name}`,
      query: one.query.replaceAll('{Rollout}', "'*'"),
    }));
  });
}

export function queryFiles(): string[] {
  return readdirSync(`${infra}queries`);
}

/** The rules over logs, as alerts.bicep hands them to alert-rule.bicep. */
export function alertRules(): AlertRule[] {
  const text = readFileSync(`${infra}alerts.bicep`, 'utf8');
  const modules = text.match(/^module \w+ 'alert-rule\.bicep' = \{$.*?^\}$/gms) ?? [];
  return modules.map((module) => {
    const part = (pattern: RegExp) => pattern.exec(module)?.[1] ?? '';
    const file = part(/query: loadTextContent\('queries\/([^']+)'\)/);
    return {
      name: `alert: ${file}`,
      query: readFileSync(`${infra}queries/${file}`, 'utf8'),
      column: part(/column: '(\w+)'/),
      dimension: part(/dimension: '(\w+)'/),
    };
  });
}
