import type { Fault, SettingPath } from '../reading/fault.ts'
import { isMapping, valueFault } from '../reading/fault.ts'
import { nearestWord } from '../reading/nearest-word.ts'
import { parsePercent } from '../reading/percent.ts'
import { gateFaults } from './check-gates.ts'

/**
 * The rules of a policy that no single setting can break: the ladder, the groups, the admissions, keys
 * that exclude each other, and gates that could never be met. `entry` may be of any shape.
 */
export function checkPolicyEntry(entry: unknown, path: SettingPath): Fault[] {
  if (!isMapping(entry)) return []
  return [
    ...bothProfileAndStages(entry, path),
    ...ladderFaults(entry.stages, [...path, 'stages']),
    ...groupFaults(entry, path),
    ...admissionFaults(entry.canaries, [...path, 'canaries']),
    ...gateFaults(entry, path),
  ]
}

function bothProfileAndStages(entry: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  if (entry.profile === undefined || entry.stages === undefined) return []
  const expected = 'profile or stages, not both: a profile brings its own stages'
  return [valueFault([...path, 'profile'], entry.profile, expected)]
}

function ladderFaults(stages: unknown, path: SettingPath): Fault[] {
  if (!Array.isArray(stages)) return []
  if (stages.length < 2) {
    return [valueFault(path, stages, 'at least two stages, the first at 0 and the last at 100 percent')]
  }
  const faults = duplicateNames(stages, path)
  let before: number | null = null
  for (const [index, stage] of stages.entries()) {
    const given = isMapping(stage) ? stage.percent : undefined
    const percent = parsePercent(given)
    // A percent that is no percent is already a fault of its own.
    if (!percent.ok) continue
    const expected = expectedPercent(index, stages.length, percent.value, before)
    if (expected !== null) faults.push(valueFault([...path, index, 'percent'], given, expected))
    before = Math.max(before ?? 0, percent.value)
  }
  return faults
}

/** What should have stood at this rung, or null when it is right. `before` is the highest rung so far. */
function expectedPercent(
  index: number,
  length: number,
  basisPoints: number,
  before: number | null,
): string | null {
  if (index === 0) return basisPoints === 0 ? null : '0, the first stage shows the candidate to nobody'
  if (before !== null && basisPoints === before) {
    return `more than ${before / 100}, this percent is already a stage`
  }
  if (before !== null && basisPoints < before) {
    return `more than ${before / 100}, the percent of the stages must rise`
  }
  return index === length - 1 && basisPoints !== 10_000 ? '100, the last stage reaches everybody' : null
}

function duplicateNames(stages: readonly unknown[], path: SettingPath): Fault[] {
  const seen = new Set<unknown>()
  return stages.flatMap((stage, index) => {
    const name = isMapping(stage) ? stage.name : undefined
    if (typeof name !== 'string') return []
    if (!seen.has(name)) {
      seen.add(name)
      return []
    }
    return [valueFault([...path, index, 'name'], name, 'a name that no other stage of this ladder has')]
  })
}

function groupFaults(entry: Readonly<Record<string, unknown>>, path: SettingPath): Fault[] {
  if (!Array.isArray(entry.stages)) return []
  const known = isMapping(entry.groups) ? Object.keys(entry.groups) : []
  return entry.stages.flatMap((stage, stageIndex) => {
    const groups = isMapping(stage) && Array.isArray(stage.groups) ? stage.groups : []
    return groups.flatMap((group, index) => {
      if (typeof group !== 'string' || known.includes(group)) return []
      const expected =
        known.length === 0 ? 'a group that is listed under groups' : `one of the groups ${known.join(', ')}`
      const at = [...path, 'stages', stageIndex, 'groups', index]
      return [valueFault(at, group, expected, nearestWord(group, known))]
    })
  })
}

/** The first matching rule wins, so a rule behind one that covers it would never count. */
function admissionFaults(rules: unknown, path: SettingPath): Fault[] {
  if (!Array.isArray(rules)) return []
  /** Rules by what they cover: a name, or all names that begin so. */
  const known = new Map<string, string>()
  return rules.flatMap((rule, index) => {
    if (!isMapping(rule)) return []
    if ((rule.repo === undefined) === (rule.key === undefined)) {
      const expected = 'repo: owner/name, or key: for a project of another CI; one of the two'
      return [valueFault([...path, index], rule, expected)]
    }
    const field = rule.repo === undefined ? 'key' : 'repo'
    const repo = rule[field]
    if (typeof repo !== 'string') return []
    const name = field === 'key' ? repo : repo.toLowerCase()
    const covering = known.get(name) ?? prefixesOf(name).find((prefix) => known.has(prefix))
    const covered = name.endsWith('/*') ? name.slice(0, -1) : name
    if (!known.has(covered)) known.set(covered, repo)
    if (covering === undefined) return []
    const expected = `a repository that no earlier rule covers (${known.get(covering) ?? covering} does, and the first match wins)`
    return [valueFault([...path, index, field], repo, expected)]
  })
}

/** `acme/` of `acme/app`: what a rule that ends in `/*` is known by. */
function prefixesOf(name: string): readonly string[] {
  const slash = name.indexOf('/')
  return slash < 0 ? [] : [name.slice(0, slash + 1)]
}
