import type { Engine } from '../engine/core/engine.ts'
import { type Log, messageOf } from '../engine/core/log.ts'
import type { CheckpointLog } from '../ports/checkpoint-log.ts'
import type { Clock } from '../ports/clock.ts'
import type { Damage } from '../ports/damage.ts'
import type { NoteKey } from '../stores/checkpoints/signed-note.ts'
import { checkpointKey, writeCheckpoints } from '../stores/checkpoints/write-checkpoints.ts'
import { readCheckpointFile, writeCheckpointFile } from '../stores/safekeeping/checkpoint-file.ts'
import { verifyStores } from '../stores/safekeeping/verify-stores.ts'
import type { Stores } from '../stores/stores.ts'

/** What is known of the log since the process began. */
export type LogTrust = 'unchecked' | 'whole' | 'degraded'

export interface LogWatch {
  trust(): LogTrust
  /** The newest signed note; null before the first. */
  checkpoint(): string | null
  /** Signs what came last and stops. */
  close(): Promise<void>
}

interface WatchParts {
  readonly stores: Stores
  readonly engine: Pick<Engine, 'onChange' | 'distrust'>
  readonly folder: string
  /** PEM of a key that lives outside; null: one of the server's own. */
  readonly keyPem: string | null
  readonly clock: Clock
  readonly log: Log
}

const hourMs = 60 * 60 * 1000
/** Ends that come together share a checkpoint. */
const afterEndMs = 300

/**
 * Checks the log against its signed heads in the background, and signs new ones: hourly, and within a second of
 * each end. A log that is shorter or other than it was is not signed again and not trusted.
 */
export async function watchLog(parts: WatchParts): Promise<LogWatch> {
  const { stores, engine, folder, log } = parts
  const tree = stores.checkpoints
  if (tree === null) return { trust: () => 'whole', checkpoint: () => null, close: async () => {} }
  const key: NoteKey = await checkpointKey(tree, parts.keyPem)
  const signer = createSigner(
    parts,
    tree,
    key,
    (await tree.newest())?.note ?? (await readCheckpointFile(folder)),
  )
  let trust: LogTrust = 'unchecked'
  let closed = false

  function lose(problem: Damage): void {
    stores.damage.note(problem)
    if (problem.kind !== 'checkpoint') return
    trust = 'degraded'
    engine.distrust(problem.what)
  }

  const signSoon = async (): Promise<void> => {
    if (trust === 'whole') await signer.sign()
  }

  async function check(): Promise<void> {
    const kept = await readCheckpointFile(folder)
    const witnesses = kept === null ? [] : [{ note: kept, from: 'the checkpoint file of the data folder' }]
    try {
      for await (const problem of verifyStores(stores, { witnesses, keyPem: parts.keyPem, files: false })) {
        if (closed) return
        lose(problem)
      }
      if (trust === 'unchecked') trust = 'whole'
      await signSoon()
    } catch (error) {
      log.error('the log could not be checked', { why: messageOf(error) })
    }
  }

  const checking = check()
  const hourly = setInterval(() => void signSoon(), hourMs)
  hourly.unref()
  let soon: NodeJS.Timeout | null = null
  const stopListening = engine.onChange(({ state, events }) => {
    if (state.end === null || events.length === 0 || soon !== null) return
    soon = setTimeout(() => {
      soon = null
      void signSoon()
    }, afterEndMs)
    soon.unref()
  })
  return {
    trust: () => trust,
    checkpoint: signer.note,
    async close() {
      closed = true
      stopListening()
      clearInterval(hourly)
      if (soon !== null) clearTimeout(soon)
      await checking
      await signSoon()
    },
  }
}

/** Signs one head after the other and keeps the newest beside the database as well. */
function createSigner(
  { folder, clock, log }: WatchParts,
  tree: CheckpointLog,
  key: NoteKey,
  newest: string | null,
) {
  let note = newest
  let writing: Promise<void> = Promise.resolve()
  const write = async (): Promise<void> => {
    try {
      const next = await writeCheckpoints(tree, key, clock)
      if (next.note === note && (await readCheckpointFile(folder)) === note) return
      note = next.note
      await writeCheckpointFile(folder, next.note)
    } catch (error) {
      log.error('a checkpoint could not be written; tried again with the next', { why: messageOf(error) })
    }
  }
  return {
    note: () => note,
    sign: () => {
      writing = writing.then(write)
      return writing
    },
  }
}
