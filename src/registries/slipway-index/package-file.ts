import { readFile } from 'node:fs/promises'
import { basename } from 'node:path'
import { readDistributionMetadata } from '../../archives/distribution-metadata.ts'
import { readTarballManifest } from '../../archives/npm-manifest.ts'
import { metadataValue, type PythonMetadata } from '../../archives/python-metadata.ts'
import { isMapping } from '../../catalog/mapping.ts'
import type { Problem, Result } from '../../versions/problem.ts'
import { showValue } from '../../versions/problem.ts'
import type { Release } from '../../versions/release.ts'
import { namedRelease } from './named-release.ts'

interface AnyFile {
  readonly path: string
  readonly name: string
  readonly bytes: Uint8Array
  readonly release: Release
}

export interface NpmFile extends AnyFile {
  readonly kind: 'npm'
  /** `publishConfig.tag`, when the package asks for one. */
  readonly distTag: string | null
}

export interface PythonFile extends AnyFile {
  readonly kind: 'wheel' | 'sdist'
  readonly metadata: PythonMetadata
  /** The wheel's python tag (`py3`), `source` for a source distribution. */
  readonly pythonTag: string
  /** The attestations lying beside the file (PEP 740), as the JSON list that the upload form takes; null for none. */
  readonly attestations: string | null
}

/** What attestations beside a file are called, as twine and others write them. */
export const ATTESTATION_END = '.publish.attestation'

/** A file that can be published, with what it says about itself. */
export type PackageFile = NpmFile | PythonFile

const EXPECTED = 'an npm tarball (.tgz), a wheel (.whl) or a source distribution (.tar.gz)'

/**
 * Reads a file and what it says about itself; nothing is taken from its name except the kind, and the name
 * has to agree. Problems name the file as `field`.
 */
export async function readPackageFile(path: string): Promise<Result<PackageFile>> {
  const name = basename(path)
  const read = readerOf(name)
  if (read === null) return problem(path, name, EXPECTED)
  let bytes: Uint8Array
  try {
    bytes = await readFile(path)
  } catch (error) {
    return problem(path, sayReadError(error), 'a file that can be read')
  }
  return read(path, name, bytes)
}

type Reader = (path: string, name: string, bytes: Uint8Array) => Promise<Result<PackageFile>>

function readerOf(name: string): Reader | null {
  if (name.endsWith('.whl')) return readWheel
  if (name.endsWith('.tgz')) return readNpmTarball
  return name.endsWith('.tar.gz') ? readSourceArchive : null
}

async function readNpmTarball(path: string, name: string, bytes: Uint8Array): Promise<Result<PackageFile>> {
  const read = await readTarballManifest(bytes)
  if (!read.ok) return phrase(path, read.problem.value, read.problem.expected)
  const { manifest } = read.value
  const release = namedRelease('npm', String(manifest.name ?? ''), String(manifest.version ?? ''))
  if (!release.ok) return inFile(path, 'package.json', release.problem)
  const config = manifest.publishConfig
  const distTag = isMapping(config) && typeof config.tag === 'string' ? config.tag : null
  return { ok: true, value: { kind: 'npm', path, name, bytes, release: release.value, distTag } }
}

/** A `.tar.gz` is a source distribution when it has `PKG-INFO`; npm also packs under that ending. */
const readSourceArchive: Reader = (path, name, bytes) =>
  pythonFile(path, name, bytes, {
    kind: 'sdist',
    pythonTag: 'source',
    stem: name.slice(0, -'.tar.gz'.length),
  })

const readWheel: Reader = async (path, name, bytes) => {
  const parts = name.slice(0, -'.whl'.length).split('-')
  if (parts.length < 5 || parts.length > 6)
    return problem(path, name, 'a wheel name such as demo_lib-1.0.0-py3-none-any.whl')
  const [stem, pythonTag = ''] = [`${parts[0]}-${parts[1]}`, parts.at(-3)]
  return pythonFile(path, name, bytes, { kind: 'wheel', pythonTag, stem })
}

async function pythonFile(
  path: string,
  name: string,
  bytes: Uint8Array,
  { kind, pythonTag, stem }: { kind: 'wheel' | 'sdist'; pythonTag: string; stem: string },
): Promise<Result<PackageFile>> {
  const read = await readDistributionMetadata(bytes, name)
  if (!read.ok) return phrase(path, read.problem.value, read.problem.expected)
  const { metadata } = read.value
  const release = namedRelease(
    'pypi',
    metadataValue(metadata, 'name') ?? '',
    metadataValue(metadata, 'version') ?? '',
  )
  if (!release.ok) return inFile(path, kind === 'wheel' ? 'METADATA' : 'PKG-INFO', release.problem)
  const dash = stem.lastIndexOf('-')
  const named = namedRelease('pypi', stem.slice(0, dash), stem.slice(dash + 1))
  const { value } = release
  if (!named.ok || named.value.name !== value.name || named.value.version !== value.version)
    return problem(path, name, `a file name that agrees with its metadata (${value.name} ${value.version})`)
  const attestations = await attestationsOf(path)
  if (!attestations.ok) return attestations
  const found = { kind, path, name, bytes, release: value, metadata, pythonTag }
  return { ok: true, value: { ...found, attestations: attestations.value } }
}

/** One attestation, or a list of them, in the file beside. */
async function attestationsOf(path: string): Promise<Result<string | null>> {
  const beside = `${path}${ATTESTATION_END}`
  const text = await readFile(beside, 'utf8').catch(() => null)
  if (text === null) return { ok: true, value: null }
  try {
    const json: unknown = JSON.parse(text)
    return { ok: true, value: JSON.stringify(Array.isArray(json) ? json : [json]) }
  } catch {
    return problem(beside, 'no JSON', 'an attestation as JSON (PEP 740)')
  }
}

function inFile(path: string, member: string, found: Problem): Result<never> {
  return {
    ok: false,
    problem: { field: `${path}: ${member}: ${found.field}`, value: found.value, expected: found.expected },
  }
}

function problem(field: string, value: string, expected: string): Result<never> {
  return phrase(field, value.startsWith('no ') ? value : showValue(value), expected)
}

/** The same for a value that says in words what is there. */
function phrase(field: string, value: string, expected: string): Result<never> {
  return { ok: false, problem: { field, value, expected } }
}

function sayReadError(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error)
}
