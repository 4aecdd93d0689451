import { readDistributionMetadata } from '../archives/distribution-metadata.ts'
import { type PythonMetadata, readPythonMetadata } from '../archives/python-metadata.ts'
import { type Dependency, dependenciesOf } from '../catalog/dependencies.ts'
import { isMapping } from '../catalog/mapping.ts'
import { asksOf } from '../catalog/overlaid/family.ts'
import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { OverlaidProject, ProjectFile } from '../catalog/overlaid/overlaid-project.ts'
import type { Overlay } from '../ports/upstream.ts'
import type { OverlayParts } from './overlay-parts.ts'
import { hasDigest, metadataUrl } from './proxied-files.ts'
import type { UpstreamCounter } from './upstream-counter.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** Core metadata is a few kilobytes; descriptions make it some hundred. */
const mostMetadataBytes = 5_000_000
/** Larger wheels are not fetched for their metadata alone. */
const mostWheelBytes = 100_000_000
/** Releases whose needs are kept: a wheel is not fetched again for each look. */
const mostKept = 500

/**
 * What a version of a package of another index asks for. Rejects with `UpstreamUnavailable` while that cannot be found
 * out; an index that says it nowhere is taken at its word.
 */
export type ReleaseNeeds = (overlaid: OverlaidPackage, version: string) => Promise<readonly Dependency[]>

/**
 * npm's documents say it themselves. For PyPI the metadata beside a file does (PEP 658), or the JSON API, or, at indexes
 * that have neither, a wheel.
 */
export function createReleaseNeeds(
  { clients }: Pick<OverlayParts, 'clients'>,
  counter: UpstreamCounter,
  pass: Overlay['pass'],
): ReleaseNeeds {
  const fetched = async (url: string, limitBytes: number): Promise<Uint8Array | null> => {
    const answer = await clients.pypi?.get({ url, headers: {}, limitBytes, undecoded: url.endsWith('.whl') })
    counter.request('pypi', answer?.kind ?? 'refused')
    if (answer === undefined || answer.kind === 'refused' || answer.kind === 'not-modified') return null
    if (answer.kind === 'failed') throw new UpstreamUnavailable(`${url} cannot be fetched: ${answer.why}.`)
    return answer.body
  }
  const beside = async (file: ProjectFile): Promise<readonly string[] | null> => {
    const body = await fetched(metadataUrl(file.url), mostMetadataBytes)
    if (body === null || (file.metadataDigest && !hasDigest(body, file.metadataDigest))) return null
    return requirementsIn(readPythonMetadata(new TextDecoder().decode(body)))
  }
  const inWheel = async (file: ProjectFile): Promise<readonly string[] | null> => {
    const body = await fetched(file.url, mostWheelBytes)
    if (body === null || (file.digest !== null && !hasDigest(body, file.digest))) return null
    const read = await readDistributionMetadata(body, file.name)
    return read.ok ? requirementsIn(read.value.metadata) : null
  }
  const ofProject = async (project: OverlaidProject, version: string): Promise<readonly string[]> => {
    const files = project.projectFiles.filter((file) => file.version === version)
    const wheels = files.filter(({ name }) => name.endsWith('.whl'))
    const described = [...wheels, ...files].find(({ metadataDigest }) => metadataDigest !== null)
    const first = wheels[0]
    return (
      (described === undefined ? null : await beside(described)) ??
      (await inJson(pass, project, version)) ??
      (first === undefined ? null : await inWheel(first)) ??
      []
    )
  }
  const kept = new Map<string, readonly string[]>()
  return async (overlaid, version) => {
    if (overlaid.kind === 'npm') return asksOf(overlaid, version)
    const release = `${overlaid.record.id}@${version}`
    const lines = kept.get(release) ?? (await ofProject(overlaid, version))
    kept.set(release, lines)
    for (const old of kept.keys()) if (kept.size > mostKept) kept.delete(old)
    return dependenciesOf('pypi', { manifest: { requires_dist: lines } })
  }
}

const requirementsIn = ({ headers }: PythonMetadata) =>
  headers.flatMap(({ name, value }) => (name === 'requires-dist' ? [value] : []))

/** Null where the index has no such document. */
async function inJson(
  pass: Overlay['pass'],
  { record }: OverlaidProject,
  version: string,
): Promise<readonly string[] | null> {
  const document = await pass('pypi', `/../pypi/${record.id.slice('pypi:'.length)}/${version}/json`)
  if (!isMapping(document?.info)) return null
  const given: readonly unknown[] = Array.isArray(document.info.requires_dist)
    ? document.info.requires_dist
    : []
  return given.filter((line) => typeof line === 'string')
}
