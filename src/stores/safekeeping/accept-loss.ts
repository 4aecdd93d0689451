import { appendFile } from 'node:fs/promises'
import { join } from 'node:path'
import { epochWord } from '../../ports/checkpoint-log.ts'
import type { Clock } from '../../ports/clock.ts'
import { readCheckpoint } from '../checkpoints/checkpoint-text.ts'
import { openNote, signNote } from '../checkpoints/signed-note.ts'
import { checkpointKey, writeCheckpoints } from '../checkpoints/write-checkpoints.ts'
import { FolderUnusable } from '../disk/lock-folder.ts'
import type { Stores } from '../stores.ts'
import { writeCheckpointFile } from './checkpoint-file.ts'

/** Signed notes about losses, one after the other; kept for good. */
const lossesFileName = 'accepted-losses'

export interface AcceptedLoss {
  readonly before: { readonly size: number; readonly root: string }
  readonly after: { readonly size: number; readonly root: string }
  /** The signed note that names both. */
  readonly note: string
}

/**
 * Writes down that the log is no longer the one of `checkpoint` and goes on with what is there: a note that names
 * both roots, then a new head. Who calls this lowers what is live first: any of it may have been taken back.
 */
export async function acceptLoss(
  stores: Stores,
  folder: string,
  request: {
    readonly checkpoint: string
    readonly keyPem: string | null
    readonly as: string
    readonly reason: string
  },
  clock: Clock,
): Promise<AcceptedLoss> {
  const log = stores.checkpoints
  if (log === null) throw new FolderUnusable('data: this storage keeps no signed log')
  const key = await checkpointKey(log, request.keyPem)
  const text = openNote(request.checkpoint, key)
  const before = text === null ? null : readCheckpoint(text)
  if (before === null) {
    throw new FolderUnusable(`checkpoint: got something else, expected a checkpoint signed by ${key.name}`)
  }
  // Heads and numbers are made anew: what was signed over the old log says nothing of this one.
  await log.cut(0)
  await log.forgetWord(epochWord)
  const next = await writeCheckpoints(log, key, clock)
  const after = readCheckpoint(openNote(next.note, key) ?? '')
  if (after === null) throw new Error('a checkpoint that was just written cannot be read')
  const lines = [
    `${key.name}/accepted-loss`,
    `before ${before.size} ${before.root}`,
    `after ${after.size} ${after.root}`,
    `at ${new Date(clock.now()).toISOString()}`,
    `as ${oneLine(request.as)}`,
    `reason ${oneLine(request.reason)}`,
  ]
  const note = signNote(`${lines.join('\n')}\n`, key)
  await appendFile(join(folder, lossesFileName), `${note}\n`, { flush: true })
  await writeCheckpointFile(folder, next.note)
  return { before, after, note }
}

function oneLine(text: string): string {
  return text.replace(/\s+/g, ' ').trim().slice(0, 500)
}
