import type { Delivery } from '../ports/inbox.ts'
import type { PlaceInLine } from './inbox-worker.ts'

function numberAt(value: unknown, ...path: readonly string[]): number | null {
  let at: unknown = value
  for (const name of path) at = typeof at === 'object' && at !== null ? Reflect.get(at, name) : undefined
  return typeof at === 'number' ? at : null
}

/** Comments of one issue are heard in the order in which they were written; GitHub numbers them ascending. */
export function placeOfComment({ event, payload }: Delivery): PlaceInLine | null {
  if (event !== 'issue_comment') return null
  const body: unknown = JSON.parse(payload)
  const repository = numberAt(body, 'repository', 'id')
  const issue = numberAt(body, 'issue', 'number')
  const comment = numberAt(body, 'comment', 'id')
  if (repository === null || issue === null || comment === null) return null
  return { line: `${repository}#${issue}`, place: comment }
}
