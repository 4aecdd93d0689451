import { stat } from 'node:fs/promises'
import { basename, resolve } from 'node:path'
import { type ReleaseTrust, unknownTrust } from '../../catalog/trust/release-trust.ts'
import { chooseFiles } from '../../contents/choose-files.ts'
import type { Dependent } from '../../contents/compare-releases.ts'
import { type ArchiveContents, type ReleaseContents, textIn } from '../../contents/contents.ts'
import { readContents } from '../../contents/read-contents.ts'
import {
  fetchFile,
  type ListedFile,
  listRelease,
  type RegistryAddresses,
  type TakenRelease,
} from '../../registries/taken-release.ts'
import { parseDistributionName } from '../../versions/distribution-name.ts'
import { sayProblem } from '../../versions/problem.ts'
import { formatReleaseId, parseReleaseId, type Release } from '../../versions/release.ts'
import type { Ecosystem } from '../../versions/version-scheme.ts'
import { CommandStop, EXIT } from '../cli-context.ts'

/** Two releases, read and ready to be compared. `from` and `to` are release ids. */
export interface Compared {
  readonly ecosystem: Ecosystem
  readonly from: string
  readonly to: string
  readonly before: ReleaseContents
  readonly after: ReleaseContents
  /** What registries say of who made each; of a file of this machine nothing is known. */
  readonly trust: readonly [before: ReleaseTrust, after: ReleaseTrust]
  /** When the candidate came, integer ms: now for one that nobody has yet. */
  readonly at: number
}

interface Reading {
  readonly addresses: RegistryAddresses
  readonly cwd: string
}

/** A release of a registry, with what it lists; or a file of this machine, already read. */
type Subject =
  | ({ readonly kind: 'listed'; readonly release: Release } & Omit<Extract<TakenRelease, { ok: true }>, 'ok'>)
  | { readonly kind: 'file'; readonly release: Release; readonly archive: ArchiveContents }

/** Reads what two arguments name: releases of a registry, files of this machine, or one of each. */
export async function loadPair(baseline: string, candidate: string, reading: Reading): Promise<Compared> {
  const [old, now] = [
    await findSubject('baseline', baseline, reading),
    await findSubject('candidate', candidate, reading),
  ]
  const { ecosystem, name } = now.release
  if (old.release.ecosystem !== ecosystem || old.release.name !== name)
    throw new CommandStop(
      EXIT.usage,
      `candidate: got ${formatReleaseId(now.release)}, expected a release of ${old.release.ecosystem}:${old.release.name}`,
    )
  const pair = chooseFiles(filesOf(old), filesOf(now))
  if (pair === null)
    throw new CommandStop(
      EXIT.refused,
      `${baseline} and ${candidate} have no files that are alike: a wheel each, a .tar.gz each, or a .tgz each`,
    )
  return {
    ecosystem,
    from: formatReleaseId(old.release),
    to: formatReleaseId(now.release),
    before: await contentsOf(old, now, pair[0]),
    after: await contentsOf(now, old, pair[1]),
    trust: [trustOf(old), trustOf(now)],
    at: (now.kind === 'listed' ? now.at : null) ?? Date.now(),
  }
}

/** Reads the code of one dependent. */
export async function loadSubject(given: string, ecosystem: Ecosystem, reading: Reading): Promise<Dependent> {
  const subject = await findSubject('used-by', given, reading)
  if (subject.release.ecosystem !== ecosystem)
    throw new CommandStop(EXIT.usage, `used-by: got ${given}, expected something of ${ecosystem}`)
  const release = formatReleaseId(subject.release)
  if (subject.kind === 'file') return { release, archive: subject.archive }
  const pair = chooseFiles(filesOf(subject), filesOf(subject))
  const file = subject.files.find(({ name }) => name === pair?.[0])
  if (file === undefined)
    throw new CommandStop(EXIT.refused, `used-by: ${given} has no wheel, .tar.gz or .tgz`)
  return { release, archive: await taken(file) }
}

const trustOf = (subject: Subject): ReleaseTrust => (subject.kind === 'listed' ? subject.trust : unknownTrust)

const filesOf = (subject: Subject): readonly { name: string; requiresPython: string | null }[] =>
  subject.kind === 'listed' ? subject.files : [{ name: subject.archive.name, requiresPython: null }]

/** Which other files a release has says nothing where the other side is one file of this machine. */
async function contentsOf(own: Subject, other: Subject, chosen: string): Promise<ReleaseContents> {
  const isWhole = own.kind === 'listed' && other.kind === 'listed'
  const listed = own.kind === 'listed' ? own.files.find(({ name }) => name === chosen) : undefined
  const archive = own.kind === 'file' ? own.archive : listed === undefined ? null : await taken(listed)
  return { version: own.release.version, files: isWhole ? own.files : [], archive }
}

async function taken(file: ListedFile): Promise<ArchiveContents> {
  try {
    return await readContents(await fetchFile(file), file.name)
  } catch (error) {
    throw new CommandStop(EXIT.unreachable, error instanceof Error ? error.message : String(error))
  }
}

async function findSubject(field: string, given: string, reading: Reading): Promise<Subject> {
  const path = resolve(reading.cwd, given)
  const found = await stat(path).catch(() => null)
  if (found?.isFile()) return fileSubject(field, path)
  if (found?.isDirectory())
    throw new CommandStop(
      EXIT.usage,
      `${field}: got the folder ${given}, expected what would be published from it: npm pack or python -m build packs it`,
    )
  if (/^[a-z+]+:\/\//i.test(given))
    throw new CommandStop(
      EXIT.usage,
      `${field}: got the address ${given}, expected a release such as pypi:demo-lib@1.3.0, or a file that was downloaded`,
    )
  const parsed = parseReleaseId(given)
  if (!parsed.ok)
    throw new CommandStop(
      EXIT.usage,
      `${field}: no file ${given}, and no release: ${sayProblem(parsed.problem)}`,
    )
  const listed = await listRelease(reading.addresses, parsed.value)
  if (listed.ok) return { ...listed, kind: 'listed', release: parsed.value }
  throw new CommandStop(listed.unreachable ? EXIT.unreachable : EXIT.refused, `${field}: ${listed.message}`)
}

async function fileSubject(field: string, path: string): Promise<Subject> {
  const archive = await readContents(path, basename(path))
  const [problem] = archive.sizes.size === 0 ? archive.unread : []
  if (problem !== undefined) throw new CommandStop(EXIT.refused, `${field}: ${problem.file}: ${problem.why}`)
  const release = releaseOf(archive)
  if (release === null)
    throw new CommandStop(
      EXIT.usage,
      `${field}: got ${archive.name}, expected a wheel, an sdist or an npm tarball that names itself`,
    )
  return { kind: 'file', release, archive }
}

/** An npm tarball says what it is inside, a wheel or sdist by its name. */
function releaseOf(archive: ArchiveContents): Release | null {
  const [named] = parseDistributionName(archive.name)
  const text = archive.name.endsWith('.whl') ? null : textIn(archive, 'package.json')
  if (text !== null) {
    try {
      const { name, version } = JSON.parse(text) as { name?: unknown; version?: unknown }
      const parsed = parseReleaseId(`npm:${String(name)}@${String(version)}`)
      return parsed.ok ? parsed.value : null
    } catch {
      return null
    }
  }
  return named === undefined ? null : { ecosystem: 'pypi', name: named.name, version: named.version }
}
