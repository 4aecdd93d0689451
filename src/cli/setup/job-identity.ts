import { z } from 'zod'
import { runProgram } from '../../registries/slipway-index/run-program.ts'
import { innermostReason } from '../../registries/slipway-index/say-network-error.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'

const githubAnswer = z.looseObject({ value: z.string().min(1) })
const AGENT_TIMEOUT_MS = 30_000

/**
 * How the job that this runs in proves which project it is of, by a token for this server: the one that was given
 * (GitLab's `id_tokens:`, or any other CI's), else what GitHub's runner or Buildkite's agent gives out. Null where
 * nothing here could prove it.
 */
export function jobIdentity(
  server: string,
  given: string | undefined,
  { env, cwd }: CliContext,
): (() => Promise<string>) | null {
  const token = (given ?? env.SLIPWAY_ID_TOKEN ?? '').trim()
  if (token !== '' && !/^[\w-]+\.[\w-]+\.[\w-]+$/.test(token))
    throw new CommandStop(
      EXIT.usage,
      'id-token: expected a token of OpenID Connect: three words with dots between them, as the CI gives it',
    )
  if (token !== '') return async () => token
  const { ACTIONS_ID_TOKEN_REQUEST_URL: url, ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer } = env
  if (url && bearer) return () => askGithub(url, bearer, server)
  if (env.BUILDKITE === 'true') return () => askBuildkite(server, env, cwd)
  return null
}

async function askGithub(url: string, bearer: string, audience: string): Promise<string> {
  const address = `${url}&audience=${encodeURIComponent(audience)}`
  try {
    const response = await fetch(address, { headers: { authorization: `Bearer ${bearer}` } })
    return githubAnswer.parse(await response.json()).value
  } catch (error) {
    const why = error instanceof z.ZodError ? 'its answer holds no token' : innermostReason(error)
    throw new CommandStop(EXIT.unreachable, `GitHub gives this job no token: ${why}`)
  }
}

async function askBuildkite(audience: string, env: NodeJS.ProcessEnv, cwd: string): Promise<string> {
  const end = await runProgram({
    program: 'buildkite-agent',
    args: ['oidc', 'request-token', '--audience', audience],
    cwd,
    env,
    timeoutMs: AGENT_TIMEOUT_MS,
  })
  if (end.code === 0 && end.stdout.trim() !== '') return end.stdout.trim()
  throw new CommandStop(
    EXIT.refused,
    'buildkite-agent gives this job no token; put one into SLIPWAY_ID_TOKEN, or ask as a key with --key',
  )
}
