import { mkdir, readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { pipeline } from 'node:stream/promises'
import type { Command } from 'commander'
import { extract } from 'tar'
import type { Damage } from '../../ports/damage.ts'
import { openDownload } from '../../registries/slipway-index/api-request.ts'
import { verifyServer } from '../../registries/slipway-index/verify-client.ts'
import { type CliContext, CommandStop, EXIT } from '../cli-context.ts'
import { readGivenFile } from '../given-file.ts'
import { plain } from '../paint.ts'
import {
  accessOf,
  folderOf,
  folderUnlessServer,
  printJson,
  type ServerOptions,
  stopFor,
  withServer,
} from '../server-options.ts'

const CHECKPOINT = 'a checkpoint, as /checkpoint of a server gives it'

interface DataOptions extends ServerOptions {
  readonly data?: string
}

/**
 * `backup`, `restore` and `verify`: of a data folder, or of a running server. What opens a folder is loaded
 * only by what needs one: databases and engine are heavy, and every other command starts without them.
 */
export function addSafekeeping(program: Command, context: CliContext, finish: (code: number) => void): void {
  addBackup(program, context, finish)
  addRestore(program, context, finish)
  addVerify(program, context, finish)
}

function addBackup(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('backup')
      .description('copy everything a server has stored, also while it runs; copying its folder is no backup')
      .argument('<dir>', 'where the backup goes; repeated into the same folder, only what is new is copied')
      .option('--data <dir>', 'the data folder on this machine; without it the server is asked'),
  ).action(async (dir: string, options: DataOptions) => {
    const data = folderUnlessServer(options, context)
    const done = await orStop(async () => {
      if (data === null) return fromServer(dir, options, context)
      const { backupFolder } = await import('../../stores/safekeeping/backup-folder.ts')
      const { blobs, events, damaged } = await backupFolder(data, resolve(context.cwd, dir), context.now())
      return { folder: dir, blobs, events, damaged }
    })
    if (options.json) printJson(context, done)
    else {
      context.out(`${plain(dir)}: ${done.events} events and ${done.blobs} files.\n`)
      for (const name of done.damaged) context.err(`file ${name} is damaged and is not in the backup\n`)
    }
    finish(done.damaged.length === 0 ? EXIT.done : EXIT.refused)
  })
}

/** The server sends its backup as a tar; what arrives is checked like a backup that was made here. */
async function fromServer(dir: string, options: DataOptions, context: CliContext) {
  const { server, token } = accessOf(options, context)
  const answer = await openDownload(`${server}/api/v1/backup`, token, 'application/x-tar')
  if (!answer.ok) throw stopFor(answer.failure)
  const folder = resolve(context.cwd, dir)
  await mkdir(folder, { recursive: true, mode: 0o700 })
  await pipeline(answer.value, extract({ cwd: folder }))
  const manifest = JSON.parse(await readFile(join(folder, 'backup.json'), 'utf8'))
  return {
    folder: dir,
    blobs: Number(manifest.blobs),
    events: Number(manifest.events),
    damaged: [] as string[],
  }
}

interface RestoreOptions {
  readonly data?: string
  readonly acceptLoss?: string
  readonly as?: string
  readonly reason?: string
  readonly json?: boolean
}

function addRestore(program: Command, context: CliContext, finish: (code: number) => void): void {
  program
    .command('restore')
    .description('put a backup where a stopped server starts from, or accept that its log lost something')
    .argument('[dir]', 'the backup')
    .option('--data <dir>', 'the data folder')
    .option('--accept-loss <checkpoint>', 'file with the checkpoint that the log no longer has')
    .option('--as <person>', 'who accepts the loss')
    .option('--reason <text>', 'why')
    .option('--json', 'print JSON instead of text')
    .action(async (dir: string | undefined, options: RestoreOptions) => {
      const data = folderOf(options, context)
      if (data === null)
        throw new CommandStop(EXIT.usage, 'data: got nothing, expected --data DIR of a stopped server')
      if (options.acceptLoss !== undefined) {
        const accepted = await orStop(() => accept(data, options, context))
        if (options.json) printJson(context, accepted)
        else context.out(accepted.note)
        finish(EXIT.done)
        return
      }
      if (dir === undefined)
        throw new CommandStop(EXIT.usage, 'dir: got nothing, expected the folder of a backup')
      const restored = await orStop(async () => {
        const { restoreFolder } = await import('../../stores/safekeeping/backup-folder.ts')
        return restoreFolder(resolve(context.cwd, dir), data, context.now())
      })
      if (options.json) printJson(context, restored)
      else {
        const { events, blobs, at, lost } = restored
        context.out(`${plain(data)}: ${events} events and ${blobs} files of ${new Date(at).toISOString()}.\n`)
        if (lost > 0) {
          context.out(
            `${lost} events after them are lost, as the checkpoint in the folder says. Until you accept that, everything live is hidden:\n  slipway restore --accept-loss ${plain(data)}/checkpoint --data ${plain(data)} --as <you> --reason <why>\n`,
          )
        }
      }
      finish(EXIT.done)
    })
}

async function accept(data: string, options: RestoreOptions, context: CliContext) {
  const { as, reason } = options
  if (!as || !reason) {
    throw new CommandStop(
      EXIT.usage,
      'accept-loss: expected --as PERSON and --reason TEXT, which are written into a signed note',
    )
  }
  const checkpoint = await readGivenFile('accept-loss', options.acceptLoss ?? '', CHECKPOINT, context)
  const { acceptFolderLoss } = await import('./data-folder.ts')
  const keyPem = context.env.SLIPWAY_CHECKPOINT_KEY ?? null
  return acceptFolderLoss(data, { checkpoint, keyPem, as, reason })
}

interface VerifyOptions extends DataOptions {
  readonly against?: readonly string[]
}

function addVerify(program: Command, context: CliContext, finish: (code: number) => void): void {
  withServer(
    program
      .command('verify')
      .description('look at everything stored: 0 it is whole, 1 something is damaged or the log is short')
      .option('--data <dir>', 'the data folder on this machine; without it the server is asked')
      .option('--against <checkpoint...>', 'files with checkpoints that were kept elsewhere'),
  ).action(async (options: VerifyOptions) => {
    const problems = await orStop(() => verifyOf(options, context))
    const ok = problems.length === 0
    if (options.json) printJson(context, { ok, problems })
    else if (ok) context.out('Everything is whole.\n')
    else
      for (const { kind, stream, position, what } of problems) {
        context.out(`${kind} ${plain(stream)}${position === null ? '' : ` at ${position}`}: ${plain(what)}\n`)
      }
    finish(ok ? EXIT.done : EXIT.refused)
  })
}

async function verifyOf(options: VerifyOptions, context: CliContext): Promise<readonly Damage[]> {
  const witnesses = await Promise.all(
    (options.against ?? []).map(async (path) => ({
      note: await readGivenFile('against', path, CHECKPOINT, context),
      from: `the checkpoint ${path}`,
    })),
  )
  const data = folderUnlessServer(options, context)
  if (data === null) {
    const answer = await verifyServer(accessOf(options, context), witnesses)
    if (!answer.ok) throw stopFor(answer.failure)
    return answer.value.problems
  }
  const { verifyFolder } = await import('./data-folder.ts')
  return verifyFolder(data, witnesses, context.env.SLIPWAY_CHECKPOINT_KEY ?? null)
}

/** What cannot be used or opened, in one sentence instead of a stack. */
async function orStop<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof CommandStop) throw error
    throw new CommandStop(EXIT.refused, error instanceof Error ? error.message : String(error))
  }
}
