import { getIDToken, info, setSecret } from '@actions/core'
import { trustedToken } from '../registries/slipway-index/trusted-token.ts'
import { EXIT, isDryRun, StepFailure } from './action-input.ts'
import { mayIdentify, sayMissingPermission } from './missing-permission.ts'

/**
 * A short token for this workflow, where the server trusts it (trusted publishing: no stored secret). In a dry run
 * none is made. Fails, naming the line to add, where the job may not ask for its identity.
 */
export async function stepToken(server: string): Promise<string | null> {
  if (!mayIdentify())
    throw new StepFailure(`token: got nothing, and no identity either. ${sayMissingPermission('id-token')}`)
  if (isDryRun()) return null
  const minted = await trustedToken(server, getIDToken)
  if (!minted.ok) {
    const code = minted.failure.kind === 'unreachable' ? EXIT.unreachable : EXIT.refused
    throw new StepFailure(`No token is given, and this workflow gets none: ${minted.failure.message}`, code)
  }
  setSecret(minted.value)
  info('Using a token made for this workflow.')
  return minted.value
}
