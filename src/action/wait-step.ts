import { apiClient } from '../registries/slipway-index/api-client.ts'
import { accessInput, rolloutInput } from './action-input.ts'
import { showRollout } from './rollout-output.ts'
import { waitInRefs } from './serverless/steer-in-refs.ts'
import { isServerless } from './serverless/world-of-run.ts'
import { waitUntil } from './wait-until.ts'

/**
 * `wait`: blocks until a phase or percent. Green when it is reached; red with exit code 1 when the rollout ended
 * elsewhere or the deadline passed, with 3 when the server could not be reached.
 */
export async function waitStep(): Promise<void> {
  if (isServerless()) return waitInRefs()
  const access = accessInput()
  const client = apiClient(access)
  const id = rolloutInput()
  await waitUntil(
    id,
    () => client.rollout(id),
    (rollout) => showRollout(access.server, rollout),
  )
}
