import { parse } from 'yaml'
import { checkPolicyEntry } from '../../config/policy/check-policy.ts'
import { policyRequestSchema, profileNames } from '../../config/policy/file-schema.ts'
import { defaultPolicy } from '../../config/policy/profiles.ts'
import { policyOf, resolvePolicy } from '../../config/policy/resolve-policy.ts'
import { parseSlipwayFile } from '../../config/policy/slipway-file.ts'
import { type ConfigProblem, explainProblems } from '../../config/reading/explain-problems.ts'
import { readYaml } from '../../config/reading/read-yaml.ts'
import type { PackagePolicy, Policy } from '../../gates/policy.ts'
import { showValue } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { readGivenFile } from '../given-file.ts'

/** Where the policy to simulate comes from, as given on the command line. */
export interface PolicyOptions {
  readonly profile?: string
  readonly policy?: string
  readonly package?: string
}

/** The policy to simulate and what it is called; `standard` where none is named. Stops with the usage code. */
export async function simulatedPolicy(
  options: PolicyOptions,
  context: CliContext,
): Promise<{ readonly name: string; readonly policy: Policy }> {
  if (options.policy !== undefined && options.profile !== undefined) {
    throw wrong('profile', options.profile, 'a profile or --policy FILE, not both')
  }
  if (options.package !== undefined && options.policy === undefined) {
    throw wrong('package', options.package, 'a --policy FILE that has this package')
  }
  if (options.policy !== undefined) {
    return { name: options.policy, policy: await policyInFile(options.policy, options.package, context) }
  }
  const given = options.profile ?? 'standard'
  const profile = profileNames.find((name) => name === given)
  if (profile === undefined) throw wrong('profile', given, `one of ${profileNames.join(', ')}`)
  return { name: profile, policy: defaultPolicy(profile) }
}

async function policyInFile(
  file: string,
  packageId: string | undefined,
  context: CliContext,
): Promise<Policy> {
  const text = await readGivenFile('policy', file, 'a file with a policy', context)
  if (!holdsReleases(text)) return policyAlone(text, file)
  const result = parseSlipwayFile(text)
  if (!result.ok) throw broken(file, result.problems)
  return chosen((result.file.releases ?? []).map(resolvePolicy), packageId, file)
}

/** Whether it is a repository's file; else it is a policy as `slipway start --policy` takes it. */
function holdsReleases(text: string): boolean {
  try {
    const document: unknown = parse(text, { logLevel: 'silent' })
    return typeof document === 'object' && document !== null && 'releases' in document
  } catch {
    // Broken YAML is told with its place by whoever reads it for good.
    return false
  }
}

function policyAlone(text: string, file: string): Policy {
  const result = readYaml(text, {
    schema: policyRequestSchema,
    expected: 'a policy, or a file with releases',
    faults: (document) => checkPolicyEntry(document, []),
    warnings: () => [],
  })
  if (!result.ok) throw broken(file, result.problems)
  return policyOf(result.value)
}

function chosen(packages: readonly PackagePolicy[], wanted: string | undefined, file: string): Policy {
  const ids = packages.map((entry) => entry.package)
  const found = packages.filter((entry) => wanted === undefined || entry.package === wanted)
  const [only, ...more] = found
  if (only !== undefined && more.length === 0) return only.policy
  const expected = ids.length === 0 ? `a package, and ${file} has none` : `one of ${ids.join(', ')}`
  throw wrong('package', wanted, expected)
}

function broken(file: string, problems: readonly ConfigProblem[]): CommandStop {
  return new CommandStop(EXIT.refused, `policy: cannot be used\n${explainProblems(file, problems)}`)
}

function wrong(field: string, value: unknown, expected: string): CommandStop {
  const given = value === undefined ? 'nothing' : showValue(value)
  return new CommandStop(EXIT.usage, `${field}: got ${given}, expected ${expected}`)
}
