import type * as z from 'zod';
import { describeSetting } from './setting-descriptions.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

/** How an Azure service is reached: by connection string, or by identity (Microsoft Entra ID). */
export type Connection<Identity> =
  | { readonly kind: 'connection-string'; readonly connectionString: string }
  | ({ readonly kind: 'identity'; readonly clientId: string | undefined } & Identity);

/** Reads single settings, their defaults and examples as they are described; what is wrong is added to `problems`. */
export function settingsReader(environment: Environment, problems: string[]) {
  const text = (name: string) => environment[name]?.trim() || undefined;
  const parse = <T>(name: string, schema: z.ZodType<T>, value: string): T => {
    const parsed = schema.safeParse(value);
    if (!parsed.success) {
      const reason = parsed.error.issues.map((issue) => issue.message).join('; ');
      problems.push(`${name} ${reason}. Example: ${describeSetting(name).example}`);
    }
    // A wrong value never leaves readSettings: the problem that was just recorded makes it throw.
    return parsed.data as T;
  };
  const value = <T>(name: string, schema: z.ZodType<T>): T => {
    const description = describeSetting(name);
    const given = text(name) ?? description.default;
    if (given === undefined) problems.push(`${name} is missing. Example: ${description.example}`);
    return given === undefined ? (undefined as T) : parse(name, schema, given);
  };
  const optional = <T>(name: string, schema: z.ZodType<T>): T | undefined => {
    const given = text(name);
    return given === undefined ? undefined : parse(name, schema, given);
  };
  const connection = <Parts extends Record<string, z.ZodType<string>>>(
    name: string,
    schema: z.ZodType<string>,
    parts: Parts,
  ): Connection<{ [part in keyof Parts]: string }> => {
    const identity = Object.keys(parts).filter((part) => text(`${name}__${part}`) !== undefined);
    if (identity.length === 0) return { kind: 'connection-string', connectionString: value(name, schema) };
    const values = Object.entries(parts).map(([part, partSchema]) => {
      const given = text(`${name}__${part}`);
      if (given === undefined)
        problems.push(
          `${name}__${part} is missing beside ${name}__${identity[0]}. Example: ${partExamples[part] ?? ''}`,
        );
      return [part, given === undefined ? '' : parsePart(`${name}__${part}`, partSchema, given, problems)];
    });
    return {
      kind: 'identity',
      clientId: text(`${name}__clientId`),
      ...(Object.fromEntries(values) as { [part in keyof Parts]: string }),
    };
  };
  return { value, optional, connection };
}

/** What a part of an identity-based connection looks like. */
const partExamples: Readonly<Record<string, string>> = {
  blobServiceUri: 'https://account.blob.core.windows.net',
  queueServiceUri: 'https://account.queue.core.windows.net',
  tableServiceUri: 'https://account.table.core.windows.net',
  hostName: 'my-hub.azure-devices.net',
  fullyQualifiedNamespace: 'my-namespace.servicebus.windows.net',
};

function parsePart(name: string, schema: z.ZodType<string>, value: string, problems: string[]): string {
  const parsed = schema.safeParse(value);
  if (!parsed.success) {
    const reason = parsed.error.issues.map((issue) => issue.message).join('; ');
    problems.push(`${name} ${reason}. Example: ${partExamples[name.split('__')[1] ?? ''] ?? ''}`);
  }
  return value.replace(/\/+$/, '');
}
