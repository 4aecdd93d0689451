import type { EngineCore } from '../core/engine-core.ts'
import { again, drifted } from './effect-pass.ts'
import type { Reconciler } from './reconcile.ts'

/** Effects that are kept true for as long as they are wanted; the others happen once. */
const standing = ['tracking-issue', 'pull-request-comment', 'label', 'check-run', 'deployment']
/** Once posted, these stay: one that is gone is posted again under the same marker. */
const posted = ['transition-comment']

/** Marks what stands at a place as to be applied again, where it belongs to a rollout, and has that done. */
export async function noteDrift(
  { parts, memory }: EngineCore,
  reconciler: Pick<Reconciler, 'noted'>,
  place: Readonly<Record<string, string | number>>,
): Promise<void> {
  for (const applied of await parts.effects.findByPlace(place)) {
    const [id = '', kind = ''] = applied.key.split('/')
    const digest = standing.includes(kind) ? drifted : posted.includes(kind) ? again : null
    if (digest === null || memory.get(id) === null || applied.digest === digest) continue
    const changed = { ...applied, digest, at: parts.clock.now() }
    await parts.effects.put(changed)
    reconciler.noted(id, changed)
  }
}
