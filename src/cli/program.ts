import { Command, CommanderError } from 'commander'
import { misspeltSetting } from '../config/server/known-settings.ts'
import { type CliContext, CommandStop, EXIT } from './cli-context.ts'
import { addCompletion } from './completion-command.ts'
import { addDoctor } from './doctor/doctor-command.ts'
import { addEnv } from './environments/env-command.ts'
import { addCompare } from './evidence/compare-command.ts'
import { addDependents } from './evidence/dependents-command.ts'
import { whyUnreadable } from './given-file.ts'
import { addInit } from './init/init-command.ts'
import { addAudit } from './operating/audit-command.ts'
import { addAuditLog } from './operating/audit-log-command.ts'
import { addDemo } from './operating/demo-command.ts'
import { addPackage } from './operating/package-commands.ts'
import { addSafekeeping } from './operating/safekeeping-commands.ts'
import { addServe } from './operating/serve-command.ts'
import { addToken } from './operating/token-command.ts'
import { paintFor, plain } from './paint.ts'
import { addCalendar } from './planning/calendar-command.ts'
import { addCheckConfig } from './planning/check-config-command.ts'
import { addSimulate } from './planning/simulate-command.ts'
import { addActions } from './rollouts/action-commands.ts'
import { addList } from './rollouts/list-command.ts'
import { addOutdated } from './rollouts/outdated-command.ts'
import { addPublish } from './rollouts/publish-command.ts'
import { addStart, addStatus, addWhy } from './rollouts/rollout-commands.ts'
import { addWatch } from './rollouts/watch-command.ts'
import { sayUsage } from './say-usage.ts'
import { addSetup } from './setup/setup-command.ts'

/**
 * Runs one command line and gives its exit code: 0 done, 1 refused or rolled back, 2 usage, 3 unreachable.
 *
 * @param args arguments without the program's own name
 */
export async function runCli(args: readonly string[], context: CliContext): Promise<number> {
  let code: number = EXIT.done
  const program = buildProgram(context, (ended) => {
    code = ended
  })
  try {
    await program.parseAsync(args, { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage
    const stop = error instanceof CommandStop ? error : stopOfSystem(error)
    const paint = paintFor(context.colour)
    context.err(`${paint('red', 'slipway:')} ${stop.message}\n`)
    return stop.code
  }
}

/** A file or folder that the system does not give, as the end of a command; everything else is a bug and thrown on. */
function stopOfSystem(error: unknown): CommandStop {
  if (!(error instanceof Error && 'syscall' in error && 'path' in error)) throw error
  return new CommandStop(EXIT.refused, `${plain(String(error.path)).slice(0, 300)}: ${whyUnreadable(error)}`)
}

/** All commands, as they are on the command line. */
export function buildProgram(context: CliContext, finish: (code: number) => void): Command {
  const program = new Command('slipway')
    .description('Gradual package releases: tested by dependents, shown to a growing share of users.')
    .version(context.version)
    .exitOverride()
    .showSuggestionAfterError()
    .enablePositionalOptions()
    .configureOutput({
      writeOut: context.out,
      writeErr: context.err,
      getOutHasColors: () => context.colour,
      getErrHasColors: () => context.colour,
    })
    .addHelpText('after', '\nExit codes: 0 done, 1 refused or rolled back, 2 usage, 3 server not reachable.')
  addInit(program, context, finish)
  addServe(program, context, finish)
  addPublish(program, context, finish)
  addStart(program, context, finish)
  addList(program, context, finish)
  addStatus(program, context, finish)
  addWatch(program, context, finish)
  addWhy(program, context, finish)
  addOutdated(program, context, finish)
  addSetup(program, context, finish)
  addActions(program, context, finish)
  addPackage(program, context, finish)
  addAudit(program, context, finish)
  addAuditLog(program, context, finish)
  addSafekeeping(program, context, finish)
  addCheckConfig(program, context, finish)
  addSimulate(program, context, finish)
  addCalendar(program, context)
  addCompare(program, context, finish)
  addDependents(program, context, finish)
  addToken(program, context, finish)
  addEnv(program, context, finish)
  addDoctor(program, context, finish)
  addDemo(program, context, finish)
  addCompletion(program, context)
  program.hook('preAction', () => refuseMisspelt(context))
  for (const command of allOf(program))
    command.configureOutput({ outputError: (text, write) => write(sayUsage(text, command)) })
  return program
}

function allOf(command: Command): readonly Command[] {
  return [command, ...command.commands.flatMap(allOf)]
}

/** No command goes on without a setting that somebody believes to have given. */
function refuseMisspelt({ env }: CliContext): void {
  const misspelt = misspeltSetting(env)
  if (misspelt === null) return
  const { name, meant } = misspelt
  throw new CommandStop(EXIT.usage, `${plain(name)}: there is no such setting; did you mean ${meant}?`)
}
