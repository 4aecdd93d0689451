import { admittedPythons } from '../../versions/python-versions.ts'
import type { FindingList } from '../contents.ts'
import type { Distribution, Requirement } from './requirements.ts'

/** What installers read: Pythons, dependencies, entry points. */
export function compareMetadata(before: Distribution, after: Distribution, found: FindingList): void {
  comparePythons(before.requiresPython, after.requiresPython, found)
  compareRequirements(before.requirements, after.requirements, found)
  const lost = [...before.entryPoints.keys()].filter((entry) => !after.entryPoints.has(entry))
  found.add('entry-point-removed', ...lost)
}

function comparePythons(before: string | null, after: string | null, found: FindingList): void {
  if (after === null && before !== null) found.add('requires-python-dropped', before)
  const kept = new Set(admittedPythons(after))
  found.add('python-narrowed', ...admittedPythons(before).filter((version) => !kept.has(version)))
}

function compareRequirements(
  before: readonly Requirement[],
  after: readonly Requirement[],
  found: FindingList,
): void {
  const plain = (all: readonly Requirement[]) => all.filter(({ extra }) => !extra)
  for (const requirement of plain(after)) {
    const was = plain(before).filter(({ name }) => name === requirement.name)
    if (was.length === 0) {
      found.add('dependency-added', `${requirement.name} ${requirement.specifier}`.trim())
      continue
    }
    const cap = upperBound(requirement.specifier)
    const caps = was.map(({ specifier }) => upperBound(specifier))
    const isTighter = cap !== null && caps.every((old) => old === null || isBelow(cap, old))
    if (isTighter) {
      const old = was.map(({ specifier }) => specifier || 'any').join(' or ')
      // A first cap at the next major is what many write as a matter of course; a lower one takes versions away.
      const code =
        caps.every((one) => one === null) && !requirement.specifier.includes('==')
          ? 'dependency-capped'
          : 'dependency-cap-lowered'
      found.add(code, `${requirement.name} ${old} -> ${requirement.specifier}`)
    } else if (!was.some(({ specifier }) => lowerBound(specifier) === lowerBound(requirement.specifier)))
      found.add(
        'dependency-floor-raised',
        `${requirement.name} ${was[0]?.specifier || 'any'} -> ${requirement.specifier || 'any'}`,
      )
  }
  const kept = new Set(plain(after).map(({ name }) => name))
  found.add(
    'dependency-removed',
    ...plain(before)
      .map(({ name }) => name)
      .filter((name) => !kept.has(name)),
  )
}

type Numbers = readonly number[]

const numbers = (text: string): Numbers =>
  text
    .replace(/^\d+!/, '')
    .split('.')
    .map((part) => Number.parseInt(part, 10) || 0)

/** The version from which on a specifier admits none; null where it admits all later ones. */
function upperBound(specifier: string): Numbers | null {
  const bounds = specifier.split(',').flatMap((part): Numbers[] => {
    const [, operator, version = ''] = /^(<=|<|==|~=)(.+)$/.exec(part) ?? []
    if (operator === undefined) return []
    const given = numbers(version.replace('.*', ''))
    if (operator === '<') return [given]
    if (operator === '~=') return [[...given.slice(0, -2), (given.at(-2) ?? 0) + 1]]
    if (version.endsWith('.*')) return [[...given.slice(0, -1), (given.at(-1) ?? 0) + 1]]
    return [[...given, 0, 1]]
  })
  return bounds.reduce<Numbers | null>(
    (least, one) => (least === null || isBelow(one, least) ? one : least),
    null,
  )
}

const lowerBound = (specifier: string): string =>
  specifier
    .split(',')
    .flatMap((part) => /^(?:>=|>|~=|===?)(.+)$/.exec(part)?.[1] ?? [])
    .map((version) => version.replace(/(\.0)+$/, ''))
    .sort()
    .join(',')

function isBelow(left: Numbers, right: Numbers): boolean {
  for (let at = 0; at < Math.max(left.length, right.length); at += 1) {
    const difference = (left[at] ?? 0) - (right[at] ?? 0)
    if (difference !== 0) return difference < 0
  }
  return false
}
