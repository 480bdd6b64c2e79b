import { checkEverySetting, checkNames, checkSettings } from './check-agreement.ts';
import { checkAzd } from './check-azd.ts';
import { checkOutputs, checkPolicy } from './check-policy.ts';
import { checkRoles } from './check-roles.ts';
import { checkShapes } from './check-shapes.ts';
import { checkSymbols } from './check-symbols.ts';
import { UnknownSyntaxError } from './bicep-syntax.ts';
import { type Deployed, EvaluationError, text } from './deployment.ts';
import { bicepNames, type Finding, infraFiles, type Sources } from './infra-sources.ts';
import { deployedUnder, parameterChoices } from './parameter-choices.ts';
import { sdkCalls } from './sdk-calls.ts';
import type { Registered } from './registered-functions.ts';

/** Everything that the checks have to say of these sources, under every choice of parameters; each thing once. */
export async function infraFindings(sources: Sources, registered: Registered): Promise<Finding[]> {
  const findings: Finding[] = [];
  try {
    findings.push(...checkSymbols(sources));
    // What does not parse deploys nothing: all that follows would be noise.
    if (findings.some(({ message }) => message.includes('syntax error'))) return findings;
    findings.push(...(await deployedFindings(sources, registered)));
  } catch (error) {
    if (error instanceof EvaluationError) findings.push({ check: 'evaluation', message: error.message });
    else if (error instanceof UnknownSyntaxError) findings.push({ check: 'symbols', message: error.message });
    else throw error;
  }
  return unique(findings);
}

async function deployedFindings(sources: Sources, registered: Registered): Promise<Finding[]> {
  const files = infraFiles(sources);
  const made = await sdkCalls(sources);
  const findings: Finding[] = [];
  const choices: (readonly Deployed[])[] = [];
  for (const choice of Object.values(parameterChoices)) {
    const resources = deployedUnder(files, choice);
    choices.push(resources);
    findings.push(
      ...checkShapes(resources),
      ...checkPolicy(resources, text(choice['downloadUrlMode'] ?? 'sas')),
      ...checkSettings(resources),
      ...checkNames(resources, registered),
      ...checkRoles(sources, made, resources),
    );
  }
  const [defaults = []] = choices;
  return [
    ...findings,
    ...checkEverySetting(choices),
    ...checkOutputs(files, bicepNames(sources)),
    ...checkAzd(sources, files, defaults),
  ];
}

function unique(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [`${finding.check}: ${finding.message}`, finding])).values()];
}
