import { readFile } from 'node:fs/promises'
import type { Command } from 'commander'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { plain } from '../paint.ts'
import { printJson } from '../server-options.ts'
import { withInstaller } from './env-options.ts'
import { type FollowOptions, followRollout } from './follow-rollout.ts'

/** `env follow`: brings a machine to the version that its key gets, and tells the rollout how its test went. */
export function addEnvFollow(group: Command, context: CliContext, finish: (code: number) => void): void {
  withInstaller(
    group
      .command('follow')
      .description('promote or roll back this machine by the percent of the rollout')
      .argument('<package>', 'such as demo-lib')
      .option('--key <key>', 'what the machine is in the rollout (without it: made once, kept in the root)')
      .option('--ring <group>', 'a group of the policy that this machine is in, such as early')
      .option('--test <command>', 'a shell command that has to end with 0 before a version is live')
      .option('--allow-failures <machines>', 'take up what failed on at most so many machines', '0')
      .option('--server <url>', 'the Slipway server (or SLIPWAY_SERVER)')
      .option('--token <secret>', 'with report scope (or SLIPWAY_TOKEN): test results are reported')
      .option(
        '--oidc-token <file>',
        'instead of it a token of an issuer that the server knows, read each time',
      ),
  ).action(async (name: string, options: FollowOptions & { oidcToken?: string }) => {
    const token = options.oidcToken === undefined ? options.token : await tokenIn(options.oidcToken)
    const followed = await followRollout(name, { ...options, ...(token !== undefined && { token }) }, context)
    if (options.json) printJson(context, followed)
    else context.out(`${plain(followed.sentence)}\n`)
    const isRefused = followed.action === 'test-failed' || followed.action === 'taken-back'
    finish(isRefused ? EXIT.refused : EXIT.done)
  })
}

/** What Kubernetes and clouds give a machine, and give anew before it expires. */
async function tokenIn(path: string): Promise<string> {
  try {
    return (await readFile(path, 'utf8')).trim()
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    throw new CommandStop(EXIT.usage, `oidc-token: got ${path}, expected a file that can be read: ${why}`)
  }
}
