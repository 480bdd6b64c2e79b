import { type Deployed, isUnknown } from './deployment.ts';
import type { Finding, Sources } from './infra-sources.ts';
import type { SdkCall } from './sdk-calls.ts';

interface Role {
  /** GUID of a built-in role; a role of its own has none. */
  readonly id?: string;
  readonly grantee: string;
  readonly scopes: readonly string[];
  /** What a built-in role allows, as far as it is needed; `*` at the end stands for all below. */
  readonly grants?: readonly string[];
  /** What the role of its own allows. */
  readonly dataActions?: readonly string[];
  /** Scope -> what needs the role there beside the calls of the code. */
  readonly host?: Readonly<Record<string, string>>;
}
type Roles = Readonly<Record<string, Role>>;
type Calls = Readonly<Record<string, readonly { readonly action: string; readonly on: readonly string[] }[]>>;

/** Each call of the code is allowed, no right is there without a need, and Bicep assigns exactly the table's roles. */
export function checkRoles(
  sources: Sources,
  made: readonly SdkCall[],
  resources: readonly Deployed[],
): Finding[] {
  const roles = JSON.parse(sources.get('infra/roles.json') ?? '{}') as Roles;
  const calls = JSON.parse(sources.get('infra/sdk-calls.json') ?? '{}') as Calls;
  const messages = [
    ...callsAgainstTable(made, calls),
    ...actionsAgainstRoles(calls, roles),
    ...rolesAgainstNeeds(calls, roles),
    ...assignments(roles, resources),
  ];
  return messages.map((message) => ({ check: 'roles', message }));
}

function* callsAgainstTable(made: readonly SdkCall[], calls: Calls): Generator<string> {
  for (const { method, classes, files } of made) {
    if (!(method in calls))
      yield `${files[0]} calls ${method} of ${classes.join(', ')}: sdk-calls.json does not know it`;
  }
  for (const method of Object.keys(calls)) {
    if (!made.some((call) => call.method === method))
      yield `sdk-calls.json has ${method}, which nothing calls`;
  }
}

function* actionsAgainstRoles(calls: Calls, roles: Roles): Generator<string> {
  const ofApp = Object.values(roles).filter(({ grantee }) => grantee === 'app');
  for (const [method, needs] of Object.entries(calls)) {
    for (const { action, on } of needs) {
      for (const scope of on) {
        const allowed = ofApp.some((role) => role.scopes.includes(scope) && covers(role, action));
        if (!allowed) yield `${method} needs ${action} on ${scope}: no role of the app allows it`;
      }
    }
  }
}

function* rolesAgainstNeeds(calls: Calls, roles: Roles): Generator<string> {
  const needs = Object.values(calls).flat();
  for (const [name, role] of Object.entries(roles)) {
    for (const scope of role.scopes) {
      const needed = needs.some(({ action, on }) => on.includes(scope) && covers(role, action));
      const byApp = role.grantee === 'app' && needed;
      if (!byApp && role.host?.[scope] === undefined) yield `${name} on ${scope} is needed by no call`;
    }
    for (const action of role.dataActions ?? []) {
      if (!needs.some((need) => need.action === action))
        yield `${name} allows ${action}, which no call needs`;
    }
  }
}

function covers({ grants, dataActions }: Role, action: string): boolean {
  return [...(grants ?? []), ...(dataActions ?? [])].some((granted) =>
    granted.endsWith('*') ? action.startsWith(granted.slice(0, -1)) : granted === action,
  );
}

/** `scope: role to grantee`, as deployed and as the table has it. */
function* assignments(roles: Roles, resources: readonly Deployed[]): Generator<string> {
  const assigned = resources
    .filter(({ type }) => type === 'Microsoft.Authorization/roleAssignments')
    .map(assignmentText);
  const wanted = Object.values(roles).flatMap(({ id, grantee, scopes }) =>
    scopes.map((scope) => `${scope}: ${id ?? 'own role'} to ${grantee}`),
  );
  // A choice may leave a resource out, and its assignments with it.
  const scopes = new Set(resources.map(({ symbol }) => symbol));
  for (const one of assigned) if (!wanted.includes(one)) yield `roles.json does not have ${one}`;
  for (const one of wanted) {
    const [scope = ''] = one.split(':');
    if (scopes.has(scope) && !assigned.includes(one) && !one.endsWith('to uploader'))
      yield `nothing assigns ${one}`;
  }
}

const GRANTEES: readonly (readonly [RegExp, string])[] = [
  [/^<appIdentity\./, 'app'],
  [/^<hubIdentity\./, 'hub'],
  [/^<person>$/, 'uploader'],
];

function assignmentText({ body }: Deployed): string {
  const { principalId, roleDefinitionId } = body['properties'] as Record<string, string>;
  const scope = (body['scope'] as { id: string }).id.slice(1, -'.id>'.length);
  const grantee = GRANTEES.find(([pattern]) => pattern.test(principalId ?? ''))?.[1] ?? `${principalId}`;
  const guid = /[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/.exec(roleDefinitionId ?? '')?.[0];
  return `${scope}: ${guid ?? (isUnknown(roleDefinitionId ?? '') ? 'own role' : '?')} to ${grantee}`;
}
