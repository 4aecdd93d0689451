import type { Command } from 'commander'
import {
  type PublishProgress,
  publishFiles,
  readRelease,
  sayUploaded,
} from '../../registries/slipway-index/publish-files.ts'
import { rolloutPage } from '../../registries/slipway-index/rollout-document.ts'
import { sayProblem } from '../../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { paintFor } from '../paint.ts'
import { accessOf, printJson, type ServerOptions, stopFor, withServer } from '../server-options.ts'
import { printStatus } from './print-rollout.ts'

interface PublishOptions extends ServerOptions {
  readonly package: readonly string[]
  readonly reason?: string
  readonly meant: readonly string[]
}

/** `publish FILE...`: reads and checks every file, uploads them, starts the rollout. */
export function addPublish(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('publish')
      .description('upload npm tarballs, wheels and source distributions and start their rollout')
      .argument('<file...>', 'files or patterns')
      .option(
        '--package <id>',
        'a package that must be among the files, and no other (repeatable)',
        (id: string, ids: readonly string[]) => [...ids, id],
        [],
      )
      .option('--reason <text>', 'why, for the history')
      .option(
        '--meant <finding>',
        'what it takes away on purpose, as compare names it: "name-removed: x" (repeatable)',
        (one: string, all: readonly string[]) => [...all, one],
        [],
      ),
  ).action(async (patterns: string[], options: PublishOptions) => {
    const access = accessOf(options, context)
    const read = await readRelease(patterns, context.cwd, options.package)
    if (!read.ok) throw new CommandStop(EXIT.usage, read.problems.map(sayProblem).join('\n'))
    const outcome = await publishFiles(access, read.files, {
      start: {
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.meant.length === 0 ? {} : { meant: options.meant }),
      },
      env: context.env,
      onProgress: (progress) => showProgress(progress, context),
    })
    if (!outcome.ok) throw stopFor(outcome.failure, sayUploaded(outcome.uploaded, outcome.missing))
    const { releases, uploaded, rollout } = outcome
    if (options.json) printJson(context, { releases, uploaded, rollout })
    else if (rollout === null)
      context.out(
        `${releases.join(', ')} is a pre-release of no stream: visible to those who ask for it, no rollout.\n`,
      )
    else
      context.out(
        `${printStatus(rollout, paintFor(context.colour), context.now())}\n  ${rolloutPage(access.server, rollout)}\n`,
      )
    finish(rollout?.phase === 'rolled-back' ? EXIT.refused : EXIT.done)
  })
}

/** Progress goes to standard error: one line that is rewritten on a terminal, a line per file elsewhere. */
function showProgress(progress: PublishProgress, context: CliContext): void {
  if ('releases' in progress) {
    context.err(`${progress.step} ${progress.releases.join(', ')}\n`)
    return
  }
  const done = progress.step !== 'uploading'
  const line = `${progress.step} ${progress.index}/${progress.of} ${progress.file}`
  if (context.live) context.err(`\r\u001b[K${line}${done ? '\n' : ''}`)
  else if (done) context.err(`${line}\n`)
}
