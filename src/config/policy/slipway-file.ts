import { trainPolicy } from '../../rollout/trains/train-policy.ts'
import type { ConfigProblem } from '../reading/explain-problems.ts'
import type { Fault, SettingPath } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { normalPackageId } from '../reading/package-name.ts'
import { readYaml } from '../reading/read-yaml.ts'
import { checkPolicyEntry } from './check-policy.ts'
import { streamFaults } from './check-streams.ts'
import { type ReleaseEntry, releaseEntrySchema, type SlipwayFile, slipwayFileSchema } from './file-schema.ts'
import { resolvePolicy } from './resolve-policy.ts'

export type SlipwayFileResult =
  | { readonly ok: true; readonly file: SlipwayFile; readonly warnings: readonly ConfigProblem[] }
  | { readonly ok: false; readonly problems: readonly ConfigProblem[] }

/** Path of the file in a repository. */
export const slipwayFilePath = '.github/slipway.yml'

const expected = 'a mapping with releases, canaries or both'

/**
 * Reads `.github/slipway.yml` (docs/configuration.md). All problems at once, each with its place, what was
 * given, what is accepted and the nearest valid word. Settings that this version does not act on are
 * refused by name. Warnings are settings that are accepted and still not what anybody wants.
 */
export function parseSlipwayFile(text: string): SlipwayFileResult {
  const result = readYaml(text, { schema: slipwayFileSchema, expected, faults: fileFaults, warnings })
  return result.ok ? { ok: true, file: result.value, warnings: result.warnings } : result
}

function fileFaults(document: unknown): Fault[] {
  if (!isMapping(document)) return []
  const empty = Object.keys(document).length === 0 ? [valueFault([], document, expected)] : []
  const releases = entries(document.releases)
  const offers = entries(document.canaries)
  return [
    ...empty,
    ...releases.flatMap((entry, index) => checkPolicyEntry(entry, ['releases', index])),
    ...releases.flatMap((entry, index) => (isMapping(entry) ? streamFaults(entry, ['releases', index]) : [])),
    ...repeatedPackages(releases, 'releases', 'package'),
    ...repeatedPackages(offers, 'canaries', 'for'),
    ...unequalTrains(releases),
    ...offers.flatMap((offer, index) => missingWorkflow(offer, ['canaries', index])),
  ]
}

function repeatedPackages(list: readonly unknown[], half: string, key: string): Fault[] {
  const seen = new Set<string>()
  return list.flatMap((entry, index) => {
    const given = isMapping(entry) ? entry[key] : undefined
    const id = typeof given === 'string' ? normalPackageId(given) : null
    if (id === null || !seen.has(id)) {
      if (id !== null) seen.add(id)
      return []
    }
    return [valueFault([half, index, key], given, `each package once, ${id} is already listed above`)]
  })
}

/** A dispatched canary needs a workflow to start; the other ways in bring their own runs. */
function missingWorkflow(offer: unknown, path: SettingPath): Fault[] {
  if (!isMapping(offer) || offer.workflow !== undefined) return []
  if (offer.mode !== undefined && offer.mode !== 'dispatch') return []
  return [
    valueFault([...path, 'workflow'], undefined, 'the file name of the workflow to start, such as ci.yml'),
  ]
}

function warnings({ releases = [] }: SlipwayFile): Fault[] {
  return releases.flatMap(unusedGroups)
}

function unusedGroups({ stages = [], groups = {} }: ReleaseEntry, index: number): Fault[] {
  const used = new Set(stages.flatMap((stage) => stage.groups ?? []))
  const expected = 'a stage that lists this group, else it has no effect'
  return Object.entries(groups)
    .filter(([name]) => !used.has(name))
    .map(([name, members]) => valueFault(['releases', index, 'groups', name], members, expected))
}

/** Packages of a train roll out under one policy; only how each is tagged is its own. */
function unequalTrains(releases: readonly unknown[]): Fault[] {
  const first = new Map<string, ReleaseEntry>()
  return releases.flatMap((given, index) => {
    const read = releaseEntrySchema.safeParse(given)
    // What cannot be read is told by itself.
    if (!read.success || read.data.train === undefined) return []
    const { data: entry } = read
    const leader = first.get(entry.train ?? '')
    if (leader === undefined) first.set(entry.train ?? '', entry)
    if (leader === undefined || samePolicy(leader, entry)) return []
    const expected = `the policy of ${leader.package}, which is in the same train and comes first`
    return [valueFault(['releases', index, 'train'], entry.train, expected)]
  })
}

function samePolicy(a: ReleaseEntry, b: ReleaseEntry): boolean {
  return trainPolicy([resolvePolicy(a).policy, resolvePolicy(b).policy]) !== null
}

const entries = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : [])
