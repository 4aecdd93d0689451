import type { ApiFailure } from '../registries/slipway-index/api-request.ts'

/**
 * What to type instead of what was refused; null where the refusal says it all. Nothing here is guessed: each line
 * answers one field or status of the server's refusal.
 *
 * @param typed the command as it was given, such as `advance ro-… --to 5`
 */
export function whatToType({ kind, status, field }: ApiFailure, typed = ''): string | null {
  if (status === 401) return 'give --token or set SLIPWAY_TOKEN'
  if (kind !== 'refused') return null
  const id = typed.split(' ')[1] ?? ''
  if (field === 'reason') return `slipway ${typed} --reason "why"`
  if (field === 'as') return `slipway ${typed} --as <person> --reason "why"`
  if (field === 'scope' || field === 'package')
    return 'slipway token create --scopes … --packages … makes one that may, with a token that may'
  if (status === 404 && field === 'id') return 'slipway list --all shows the rollouts that are there'
  if (id === '') return null
  if (field === 'canary') return `slipway why ${id} shows its canaries`
  if (field === 'to' || field === 'stage') return `slipway why ${id} shows its stages`
  if (status === 410 && field === 'rollout' && !typed.startsWith('restart'))
    return `slipway restart ${id} --reason "why" starts its releases again; slipway status ${id} says how it ended`
  return null
}
