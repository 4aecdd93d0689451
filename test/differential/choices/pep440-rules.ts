/** PEP 440 as it is written, on its own feet: numbers of any size, and what each clause of a specifier means. */

const pattern =
  /^\s*v?(?:(?<epoch>\d+)!)?(?<release>\d+(?:\.\d+)*)(?:[-_.]?(?<word>alpha|beta|preview|pre|a|b|c|rc)[-_.]?(?<number>\d*))?(?<post>-(?<implicit>\d+)|[-_.]?(?:post|rev|r)[-_.]?(?<postNumber>\d*))?(?:[-_.]?(?<dev>dev)[-_.]?(?<devNumber>\d*))?(?:\+(?<local>[a-z0-9]+(?:[-_.][a-z0-9]+)*))?\s*$/i

export interface Pep440 {
  readonly epoch: bigint
  readonly release: readonly bigint[]
  readonly pre: readonly [string, bigint] | null
  readonly post: bigint | null
  readonly dev: bigint | null
  readonly local: readonly (string | bigint)[] | null
}

const words: Readonly<Record<string, string>> = { alpha: 'a', beta: 'b', c: 'rc', pre: 'rc', preview: 'rc' }

/** Null for what is no version. */
export function readVersion(text: string): Pep440 | null {
  const found = pattern.exec(text)?.groups
  if (found === undefined) return null
  const { epoch, release = '', word, number, post, implicit, postNumber, dev, devNumber, local } = found
  const letter = word?.toLowerCase() ?? ''
  return {
    epoch: BigInt(epoch ?? 0),
    release: release.split('.').map(BigInt),
    pre: word === undefined ? null : [words[letter] ?? letter, BigInt(number || 0)],
    post: post === undefined ? null : BigInt(implicit ?? (postNumber || 0)),
    dev: dev === undefined ? null : BigInt(devNumber || 0),
    local:
      local === undefined
        ? null
        : local
            .toLowerCase()
            .split(/[-_.]/)
            .map((part) => (/^\d+$/.test(part) ? BigInt(part) : part)),
  }
}

export const isEarly = ({ pre, dev }: Pep440) => pre !== null || dev !== null

type Part = string | bigint

const order = (a: Part, b: Part): number => {
  // In local versions numbers stand above words.
  if (typeof a !== typeof b) return typeof a === 'bigint' ? 1 : -1
  return a < b ? -1 : a > b ? 1 : 0
}

function orderLists(a: readonly Part[], b: readonly Part[]): number {
  for (const [index, part] of a.entries()) {
    const other = b[index]
    if (other === undefined) return 1
    const found = order(part, other)
    if (found !== 0) return found
  }
  return a.length - b.length
}

const trimmed = (release: readonly bigint[]) =>
  release.slice(0, release.findLastIndex((number) => number !== 0n) + 1)

/** What comes after the numbers, so that lists compare: development releases first, post releases last. */
function suffixOf({ pre, post, dev }: Pep440): readonly Part[] {
  const early = pre === null ? (post === null && dev !== null ? ['0', 0n] : ['z', 0n]) : pre
  return [...early, post === null ? -1n : post, dev === null ? 2n ** 200n : dev]
}

export function orderVersions(a: Pep440, b: Pep440): number {
  return (
    order(a.epoch, b.epoch) ||
    orderLists(trimmed(a.release), trimmed(b.release)) ||
    orderLists(suffixOf(a), suffixOf(b)) ||
    orderLists(a.local ?? [], b.local ?? [])
  )
}

const publicOf = (version: Pep440): Pep440 => ({ ...version, local: null })
const baseOf = (version: Pep440): Pep440 => ({ ...version, pre: null, post: null, dev: null, local: null })

/** One clause of a specifier. */
export interface Clause {
  readonly operator: string
  readonly text: string
}

/** Null where it is no specifier. */
export function readSpecifier(text: string): readonly Clause[] | null {
  const clauses = text.split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]))
  const read = clauses.map((part) => /^(===|==|~=|!=|<=|>=|<|>)\s*(\S+)$/.exec(part))
  if (read.includes(null)) return null
  return read.map((found) => ({ operator: found?.[1] ?? '', text: found?.[2] ?? '' }))
}

function startsWith(version: Pep440, prefix: Pep440): boolean {
  if (version.epoch !== prefix.epoch) return false
  return prefix.release.every((number, index) => (version.release[index] ?? 0n) === number)
}

/** Whether a version is what a clause asks for, early or not. */
export function isAsked(version: Pep440, text: string, { operator, text: wanted }: Clause): boolean {
  if (operator === '===') return text.toLowerCase() === wanted.toLowerCase()
  const spec = readVersion(wanted.replace(/\.\*$/, ''))
  if (spec === null) return false
  const found = orderVersions(publicOf(version), spec)
  const isSameBase = orderVersions(baseOf(version), baseOf(spec)) === 0
  const isEqual = wanted.endsWith('.*')
    ? startsWith(version, spec)
    : orderVersions(spec.local === null ? publicOf(version) : version, spec) === 0
  switch (operator) {
    case '==':
      return isEqual
    case '!=':
      return !isEqual
    case '>=':
      return found >= 0
    case '<=':
      return found <= 0
    case '<':
      return orderVersions(version, spec) < 0 && !(!isEarly(spec) && isEarly(version) && isSameBase)
    case '>':
      return (
        orderVersions(version, spec) > 0 &&
        !(spec.post === null && version.post !== null && isSameBase) &&
        !(version.local !== null && isSameBase)
      )
    default:
      return found >= 0 && startsWith(version, { ...spec, release: spec.release.slice(0, -1) })
  }
}
