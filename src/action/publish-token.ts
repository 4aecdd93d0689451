import { getIDToken, getInput, info, setSecret } from '@actions/core'
import { trustedToken } from '../registries/slipway-index/trusted-token.ts'
import { StepFailure } from './action-input.ts'

/**
 * The token to publish with: the input `token`, else one for this workflow where the server trusts it. Null where
 * the job may not ask for an identity (`permissions: id-token: write`): then the server says what is missing.
 */
export async function publishToken(server: string): Promise<string | null> {
  const given = getInput('token')
  if (given !== '') {
    setSecret(given)
    return given
  }
  if (!process.env.ACTIONS_ID_TOKEN_REQUEST_URL) return null
  const minted = await trustedToken(server, getIDToken)
  if (!minted.ok)
    throw new StepFailure(`No token is given, and this workflow gets none: ${minted.failure.message}`)
  setSecret(minted.value)
  info('Publishing with a token for this workflow.')
  return minted.value
}
