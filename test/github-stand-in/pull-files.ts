import type { Fields, Handler, Layer } from './layer.ts'
import { page } from './layer.ts'

/** What a pull request changes, with diffs; the emulator makes names up. */
export function pullFileHandlers(layer: Layer): [string, Handler][] {
  const files: Handler = async (request) => {
    const repository = await layer.visibleRepository(request)
    layer.requirePermission(request, repository, 'pull_requests', 'read')
    const path = `/pulls/${request.operation.params.pull_number}`
    const pull = await layer.asOwner<{ base: { sha: string }; head: { sha: string } }>(
      repository.full_name,
      'GET',
      path,
    )
    const compared = await layer.asOwner<{ files: Fields[] }>(
      repository.full_name,
      'GET',
      `/compare/${pull.base.sha}...${pull.head.sha}`,
    )
    const { entries, headers } = page(request, layer.origin, compared.files)
    return { status: 200, body: entries, headers }
  }
  return [['GET /repos/{owner}/{repo}/pulls/{pull_number}/files', files]]
}

/** Opens a pull request of a branch to `main`; its number. */
export async function openPull(
  layer: Layer,
  fullName: string,
  what: { readonly title: string; readonly branch: string },
): Promise<number> {
  const body = { title: what.title, head: what.branch, base: 'main', body: '' }
  return (await layer.asOwner<{ number: number }>(fullName, 'POST', '/pulls', body)).number
}

/** Merges it; the commit on `main`. */
export async function mergePull(layer: Layer, fullName: string, number: number): Promise<string> {
  return (await layer.asOwner<{ sha: string }>(fullName, 'PUT', `/pulls/${number}/merge`, {})).sha
}
