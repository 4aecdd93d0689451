import { readPythonMetadata } from '../archives/python-metadata.ts'
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

/**
 * What a version of a package of another index asks for. Rejects with `UpstreamUnavailable` while that cannot be found
 * out; an index that says it nowhere is taken at its word.
 */
export type ReleaseNeeds = (overlaid: OverlaidPackage, version: string) => Promise<readonly Dependency[]>

/** npm's documents say it themselves; for PyPI the metadata beside a file (PEP 658) does, or the JSON API. */
export function createReleaseNeeds(
  { clients }: Pick<OverlayParts, 'clients'>,
  counter: UpstreamCounter,
  pass: Overlay['pass'],
): ReleaseNeeds {
  const beside = async (file: ProjectFile): Promise<readonly string[] | null> => {
    const url = metadataUrl(file.url)
    const answer = await clients.pypi?.get({ url, headers: {}, limitBytes: mostMetadataBytes })
    counter.request('pypi', answer?.kind ?? 'refused')
    if (answer === undefined || answer.kind === 'refused' || answer.kind === 'not-modified') return null
    if (answer.kind === 'failed') throw new UpstreamUnavailable(`${url} cannot be fetched: ${answer.why}.`)
    if (file.metadataDigest && !hasDigest(answer.body, file.metadataDigest)) return null
    const { headers } = readPythonMetadata(new TextDecoder().decode(answer.body))
    return headers.flatMap(({ name, value }) => (name === 'requires-dist' ? [value] : []))
  }
  return async (overlaid, version) => {
    if (overlaid.kind === 'npm') return asksOf(overlaid, version)
    const file = describedFile(overlaid, version)
    const lines = (file === null ? null : await beside(file)) ?? (await inJson(pass, overlaid, version))
    return dependenciesOf('pypi', { manifest: { requires_dist: lines } })
  }
}

/** A file of a version that has its metadata beside it; wheels first, whose metadata is final. */
function describedFile({ projectFiles }: OverlaidProject, version: string): ProjectFile | null {
  const files = projectFiles.filter((file) => file.version === version && file.metadataDigest !== null)
  return files.find(({ name }) => name.endsWith('.whl')) ?? files[0] ?? null
}

async function inJson(
  pass: Overlay['pass'],
  { record }: OverlaidProject,
  version: string,
): Promise<readonly string[]> {
  const document = await pass('pypi', `/../pypi/${record.id.slice('pypi:'.length)}/${version}/json`)
  const info = isMapping(document?.info) ? document.info : {}
  const given: readonly unknown[] = Array.isArray(info.requires_dist) ? info.requires_dist : []
  return given.filter((line) => typeof line === 'string')
}
