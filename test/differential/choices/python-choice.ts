/** What pip and uv choose from a project page, by their rules (PEP 592 and their sources), not by our code. */
import {
  type Clause,
  isAsked,
  isEarly,
  orderVersions,
  type Pep440,
  readSpecifier,
  readVersion,
} from './pep440-rules.ts'

/** A file as a page in JSON lists it. */
export interface PageFile {
  readonly filename: string
  readonly url: string
  readonly yanked?: unknown
  readonly 'requires-python'?: unknown
}

export interface Choice {
  readonly file: PageFile
  /** The version that the client reads in the file's name. */
  readonly text: string
}

interface Candidate extends Choice {
  readonly version: Pep440
  readonly isYanked: boolean
}

/** The Python that asks. */
export const python = '3.12.0'

const canonical = (name: string) => name.replace(/[-_.]+/g, '-').toLowerCase()

const archives = [
  '.zip',
  '.whl',
  '.tar.gz',
  '.tgz',
  '.tar',
  '.tar.bz2',
  '.tbz',
  '.tar.xz',
  '.txz',
  '.tlz',
  '.tar.lz',
  '.tar.lzma',
]

const wheel =
  /^(?<name>[^\s-]+?)-(?<version>[^\s-]*?)(?:-(?<build>\d[^-]*?))?-(?<python>[^\s-]+?)-(?<abi>[^\s-]+?)-(?<platform>[^\s-]+?)\.whl$/

const pythonUnquote = (text: string) =>
  text.replace(/(?:%[0-9a-f]{2})+/gi, (escapes) =>
    Buffer.from(escapes.replaceAll('%', ''), 'hex').toString('utf8'),
  )

const baseName = (path: string) => path.replace(/\/+$/, '').split('/').at(-1) ?? ''

/** `name-version` of an archive's name; null for what is none of the project. */
function versionIn(stem: string, project: string): string | null {
  for (const [index, letter] of [...stem].entries()) {
    if (letter === '-' && canonical(stem.slice(0, index)) === project) return stem.slice(index + 1) || null
  }
  return null
}

const endOf = (name: string) =>
  archives.filter((end) => name.endsWith(end)).sort((a, b) => b.length - a.length)[0]

/** pip goes by the address: unquoted, without slashes behind it; wheels are unquoted once more. */
function pipReads({ url }: PageFile, project: string): string | null {
  const path = /^[a-z]+:\/\/[^/?#]*([^?#]*)/i.exec(url)?.[1] ?? ''
  const name = baseName(pythonUnquote(path))
  const end = endOf(name)
  if (end === undefined) return null
  if (end === '.whl') return wheelVersion(pythonUnquote(name), project)
  const version = versionIn(name.slice(0, -end.length), project)
  return version?.replace(/-py[123]\.?[0-9]?$/, '') ?? null
}

/** uv goes by the name that the page gives. */
function uvReads({ filename }: PageFile, project: string): string | null {
  const end = endOf(filename)
  if (end === undefined) return null
  return end === '.whl' ? wheelVersion(filename, project) : versionIn(filename.slice(0, -end.length), project)
}

function wheelVersion(name: string, project: string): string | null {
  const found = wheel.exec(name)?.groups
  return found?.name !== undefined && canonical(found.name) === project
    ? (found.version ?? '').replaceAll('_', '-')
    : null
}

function runsHere(file: PageFile): boolean {
  const given = file['requires-python']
  const clauses = typeof given === 'string' ? readSpecifier(given) : []
  const here = readVersion(python)
  // What is no specifier asks for nothing.
  if (
    clauses === null ||
    here === null ||
    clauses.some(({ text }) => readVersion(text.replace(/\.\*$/, '')) === null)
  )
    return true
  return clauses.every((clause) => isAsked(here, python, clause))
}

function candidatesOf(
  files: readonly PageFile[],
  reads: (file: PageFile) => string | null,
  clauses: readonly Clause[],
  fallsBack: boolean,
): readonly Candidate[] {
  const all = files.flatMap((file): Candidate[] => {
    const text = reads(file)
    const version = text === null ? null : readVersion(text)
    if (text === null || version === null || !runsHere(file)) return []
    return [{ file, text, version, isYanked: Boolean(file.yanked) }]
  })
  const asked = all.filter(({ version, text }) => clauses.every((clause) => isAsked(version, text, clause)))
  // A version that is named early asks for early ones.
  const namesEarly = clauses.some(({ operator, text }) => {
    const named = readVersion(text)
    return named !== null && isEarly(named) && !operator.startsWith('!')
  })
  const finals = namesEarly ? asked : asked.filter(({ version }) => !isEarly(version))
  const left = finals.length === 0 && fallsBack ? asked : finals
  return left.toSorted((a, b) => orderVersions(b.version, a.version))
}

/**
 * pip: what is yanked is taken for `==` and `===` only, and only where all that fits is yanked. `early`: whether a range
 * takes what is early where it admits nothing else, as new ones do; without a range all do.
 */
const pipChooses =
  (early: boolean): Chooses =>
  (files, project, specifier) => {
    const clauses = readSpecifier(specifier) ?? []
    const reads = (file: PageFile) => pipReads(file, project)
    const fitting = candidatesOf(files, reads, clauses, early || clauses.length === 0)
    const isPinned = clauses.some(isPin)
    const allYanked = fitting.every(({ isYanked }) => isYanked)
    return fitting.find(({ isYanked }) => !isYanked || (allYanked && isPinned)) ?? null
  }

/** uv: what is yanked is taken only for a requirement of one clause, which pins. */
const uvChooses: Chooses = (files, project, specifier) => {
  const clauses = readSpecifier(specifier) ?? []
  const isPinned = clauses.length === 1 && clauses.every(isPin)
  const fitting = candidatesOf(files, (file) => uvReads(file, project), clauses, true)
  return fitting.find(({ isYanked }) => !isYanked || isPinned) ?? null
}

type Chooses = (files: readonly PageFile[], project: string, specifier: string) => Choice | null

const isPin = ({ operator, text }: Clause) =>
  operator === '===' || (operator === '==' && !text.endsWith('.*'))

/** What each client takes for a specifier; null: it finds nothing. */
export const clients = { pip: pipChooses(false), 'newer pip': pipChooses(true), uv: uvChooses }
