import { canaryLabels, isSecret } from '../../gates/canaries/canary-label.ts'
import type { RolloutState } from '../history/state.ts'

/**
 * A rollout whose reasons name no canary that is kept from this reader. What was written down while a repository was
 * public still has its name, and the history is never changed: whoever shows it takes the name out.
 */
export function withoutNames(state: RolloutState, reader: string | null): RolloutState {
  const secret = Object.values(state.canaries).filter(({ entry }) => isSecret(entry, reader))
  if (secret.length === 0) return state
  const labels = canaryLabels(state.canaries, reader)
  const mask = (text: string): string =>
    secret.reduce(
      (masked, { entry }) => masked.replace(nameIn(entry.repo), labels.get(entry.id) ?? 'a private canary'),
      text,
    )
  return { ...state, transitions: state.transitions.map((one) => ({ ...one, reason: mask(one.reason) })) }
}

/** The name as a word of its own: `acme/app` is not in `acme/app-two`. */
function nameIn(repo: string): RegExp {
  const literal = repo.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
  return new RegExp(`(?<![\\w./-])${literal}(?![\\w/-]|\\.\\w)`, 'gi')
}
