import { randomBytes } from 'node:crypto'
import type { Hono } from 'hono'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { epochWord } from '../../ports/checkpoint-log.ts'
import type { Env, ServerParts } from '../server-parts.ts'
import type { Documents } from '../views/documents.ts'
import { createEdgeKey, type EdgeKey, makeEdgeKey } from './edge-key.ts'
import { createEdgeRoutes } from './edge-routes.ts'
import { createEdgeRules, type EdgeRules } from './edge-rules.ts'

/** What an edge asks, with what says whose rules they are: the same for all processes over one storage. */
export function openEdge(
  parts: ServerParts<RolloutReader>,
  documents: Documents,
): { readonly rules: EdgeRules; readonly routes: Hono<Env> } {
  const own = new Map<string, Promise<string>>()
  const word = (name: string, make: () => string): Promise<string> => {
    const known = own.get(name) ?? parts.word?.(name, make) ?? Promise.resolve(make())
    own.set(name, known)
    // Storage that does not answer now may answer later.
    known.catch(() => own.delete(name))
    return known
  }
  let key: Promise<EdgeKey> | null = null
  const rules = createEdgeRules({
    ...parts,
    documents,
    epoch: () => word(epochWord, () => randomBytes(12).toString('hex')),
  })
  const routes = createEdgeRoutes(rules, () => {
    key ??= word('edge-key', makeEdgeKey).then(createEdgeKey)
    key.catch(() => {
      key = null
    })
    return key
  })
  return { rules, routes }
}
