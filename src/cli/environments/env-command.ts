import type { Command } from 'commander'
import type { CliContext } from '../cli-context.ts'
import { addEnvFollow } from './env-follow-command.ts'
import { addEnvInstall } from './env-install-command.ts'
import { addEnvList } from './env-list-commands.ts'
import { addEnvLive } from './env-live-commands.ts'
import { addEnvRun } from './env-run-command.ts'

/** `env`: several versions of a package side by side on one machine. */
export function addEnv(program: Command, context: CliContext, finish: (code: number) => void): void {
  const group = program
    .command('env')
    .description('several versions of a package side by side on this machine')
    .enablePositionalOptions()
  addEnvInstall(group, context, finish)
  addEnvRun(group, context, finish)
  addEnvLive(group, context, finish)
  addEnvList(group, context, finish)
  addEnvFollow(group, context, finish)
}
