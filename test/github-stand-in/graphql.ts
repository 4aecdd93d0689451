import type { GitData, RefUpdate } from './git-data.ts'
import type { Fields, Layer, LayerRequest } from './layer.ts'
import { Refused } from './layer.ts'

/** The one mutation of GraphQL that is here. Its input is checked by hand against the published schema 15.26.1. */
export async function answerUpdateRefs(
  layer: Layer,
  git: GitData,
  authorization: string | undefined,
  body: Fields,
): Promise<{ status: number; body: Fields }> {
  const input = (body.variables as Fields | undefined)?.input as Fields | undefined
  const updates = (input?.refUpdates ?? []) as RefUpdate[]
  const known = ['name', 'beforeOid', 'afterOid', 'force']
  const odd = updates.flatMap((update) => Object.keys(update)).find((name) => !known.includes(name))
  const shas = updates.flatMap(({ beforeOid, afterOid }) => [
    afterOid,
    ...(beforeOid == null ? [] : [beforeOid]),
  ])
  if (odd !== undefined || shas.some((sha) => !/^[0-9a-f]{40}$/.test(sha)) || updates.length === 0)
    return failed(`Variable $input of type UpdateRefsInput! was provided invalid value ${odd ?? ''}`)
  try {
    layer.requireKnown(authorization)
    const request = await requestFor(layer, authorization, String(input?.repositoryId))
    if (request === null) return failed('Could not resolve to a node with the given global id')
    const problem = await git.updateRefs(request, updates)
    return problem === null
      ? { status: 200, body: { data: { updateRefs: { clientMutationId: null } } } }
      : failed(problem)
  } catch (error) {
    if (error instanceof Refused && error.status === 401)
      return { status: 401, body: { message: error.message } }
    if (error instanceof Refused) return failed(error.message)
    throw error
  }
}

function failed(message: string): { status: number; body: Fields } {
  return { status: 200, body: { data: { updateRefs: null }, errors: [{ type: 'UNPROCESSABLE', message }] } }
}

async function requestFor(
  layer: Layer,
  authorization: string | undefined,
  nodeId: string,
): Promise<LayerRequest | null> {
  for (const fullName of layer.repositories) {
    if ((await layer.repository(fullName)).node_id !== nodeId) continue
    const [owner = '', repo = ''] = fullName.split('/')
    const operation = { name: 'updateRefs', method: 'POST', template: '/graphql', params: { owner, repo } }
    return { operation, query: new URLSearchParams(), body: {}, authorization, accept: undefined }
  }
  return null
}
