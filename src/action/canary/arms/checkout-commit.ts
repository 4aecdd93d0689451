import { context } from '@actions/github'
import { runProgram } from '../../../registries/slipway-index/run-program.ts'

const GIT_TIMEOUT_MS = 30_000

/** The commit that is checked out; where there is no git, the commit the run was started for. */
export async function commitOf(project: string): Promise<string | null> {
  const end = await runProgram({
    program: 'git',
    args: ['-c', 'safe.directory=*', 'rev-parse', 'HEAD'],
    cwd: project,
    env: process.env,
    timeoutMs: GIT_TIMEOUT_MS,
  })
  const sha = end.stdout.trim()
  if (end.code === 0 && /^[0-9a-f]{40,64}$/.test(sha)) return sha
  return context.sha === undefined || context.sha === '' ? null : context.sha
}
