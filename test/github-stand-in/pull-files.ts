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
