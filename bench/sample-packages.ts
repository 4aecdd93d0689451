import { createHash } from 'node:crypto'
import type { FileRecord, PackageRecord, VersionRecord } from '../src/ports/package-store.ts'
import type { PackageId } from '../src/versions/release.ts'

/** A package as it is before its candidate comes. */
export interface SamplePackage {
  readonly id: PackageId
  readonly baseline: string
  readonly candidate: string
  /** Versions that nobody stages: pre-releases, as nightly builds are. */
  readonly nightlies: number
  /** Files of each version. */
  readonly filesEach: number
  /** Dependencies of each version, which make up its size. */
  readonly dependencies: number
  /** Text of the README, which is part of full npm documents only. */
  readonly readmeBytes: number
}

const day = 24 * 60 * 60_000

/** A version record of a sample package; its digests are real, of its name. */
export function sampleVersion(sample: SamplePackage, version: string, at: number): VersionRecord {
  const name = sample.id.slice(sample.id.indexOf(':') + 1)
  const npm = sample.id.startsWith('npm:')
  const files = Array.from({ length: sample.filesEach }, (_, index) =>
    sampleFile(npm ? `${name}-${version}.tgz` : wheelName(name, version, index), at, npm),
  )
  return {
    version,
    files,
    manifest: npm
      ? manifestOf(sample, name, version)
      : { name, version, summary: 'A package to measure with' },
    withdrawn: null,
    createdAt: at,
  }
}

/** The record with its nightlies and, where asked for, its baseline. */
export function samplePackage(sample: SamplePackage, now: number): PackageRecord {
  const at = now - 400 * day
  const nightly = sample.id.startsWith('npm:') ? '0.9.0-nightly.' : '0.9.0.dev'
  const versions = Array.from({ length: sample.nightlies }, (_, index) =>
    sampleVersion(sample, `${nightly}${index}`, at + index * 60_000),
  )
  return {
    id: sample.id,
    versions: Object.fromEntries(versions.map((version) => [version.version, version])),
    tags: {},
    extra: sample.id.startsWith('npm:') ? { readme: 'x'.repeat(sample.readmeBytes), license: 'MIT' } : {},
    createdAt: at,
    modifiedAt: at,
    revision: 1,
  }
}

function sampleFile(name: string, uploadedAt: number, npm: boolean): FileRecord {
  const digest = (algorithm: string) => createHash(algorithm).update(name).digest('hex')
  return {
    name,
    sha256: digest('sha256'),
    sha1: digest('sha1'),
    sha512: digest('sha512'),
    md5: digest('md5'),
    blake2b256: digest('sha256'),
    size: 12_345,
    uploadedAt,
    kind: npm ? 'tarball' : name.endsWith('.whl') ? 'bdist_wheel' : 'sdist',
    requiresPython: npm ? null : '>=3.9',
    metadataSha256: npm || name.endsWith('.tar.gz') ? null : digest('sha256'),
  }
}

function wheelName(name: string, version: string, index: number): string {
  const stem = `${name.replaceAll('-', '_')}-${version}`
  if (index === 0) return `${stem}.tar.gz`
  return index === 1
    ? `${stem}-py3-none-any.whl`
    : `${stem}-cp3${index}-cp3${index}-manylinux_2_17_x86_64.whl`
}

function manifestOf(sample: SamplePackage, name: string, version: string): Readonly<Record<string, unknown>> {
  const dependencies = Object.fromEntries(
    Array.from({ length: sample.dependencies }, (_, index) => [
      `@measured/dependency-${index}`,
      `^${index}.0.0`,
    ]),
  )
  return {
    name,
    version,
    description: 'A package to measure with',
    main: 'index.js',
    license: 'MIT',
    engines: { node: '>=20' },
    ...(sample.dependencies > 0 && { dependencies }),
  }
}

const base = {
  baseline: '1.0.0',
  candidate: '1.1.0',
  nightlies: 0,
  filesEach: 1,
  dependencies: 0,
  readmeBytes: 0,
}

/** The documents that the issue names, by their size. */
export const samples = {
  /** 1.5 kB abbreviated. */
  small: { ...base, id: 'npm:small-document', dependencies: 10 },
  /** 565 kB full. */
  medium: { ...base, id: 'npm:medium-packument', nightlies: 291, dependencies: 40 },
  /** 21 MB full. */
  large: { ...base, id: 'npm:large-packument', nightlies: 2900, dependencies: 183 },
  /** 60 files. */
  project: { ...base, id: 'pypi:sixty-files', nightlies: 13, filesEach: 4 },
} as const satisfies Readonly<Record<string, SamplePackage>>
