import { randomBytes } from 'node:crypto'
import type { CheckpointLog, StoredCheckpoint } from '../../ports/checkpoint-log.ts'
import type { Clock } from '../../ports/clock.ts'
import { writeCheckpoint } from './checkpoint-text.ts'
import { addLeaf, emptyFrontier, readFrontier, rootOf, writeFrontier } from './merkle-tree.ts'
import { makeKey, type NoteKey, readKey, signNote } from './signed-note.ts'

/** Events numbered in one transaction. */
const eventsPerStep = 500

/** The key that signs this server's checkpoints. `pem` null: its own, kept in the storage. */
export async function checkpointKey(log: CheckpointLog, pem: string | null): Promise<NoteKey> {
  const id = await log.word('server-id', () => randomBytes(8).toString('hex'))
  return readKey(`slipway/${id}`, pem ?? (await log.word('checkpoint-key', makeKey)))
}

/**
 * Numbers every event that has no number yet and signs the new head; the newest head when nothing came. Several
 * processes may do so at once: one of them is faster, and the others go on from there.
 */
export async function writeCheckpoints(
  log: CheckpointLog,
  key: NoteKey,
  clock: Clock,
): Promise<StoredCheckpoint> {
  for (;;) {
    const newest = await log.newest()
    const events = await log.unnumbered(eventsPerStep)
    if (events.length === 0 && newest !== null) return newest
    let frontier = newest === null ? emptyFrontier : readFrontier(newest.size, newest.frontier)
    const first = frontier.size
    for (const { hash } of events) frontier = addLeaf(frontier, Buffer.from(hash, 'hex'))
    const root = rootOf(frontier).toString('base64')
    const text = writeCheckpoint({ origin: key.name, size: frontier.size, root })
    const next: StoredCheckpoint = {
      size: frontier.size,
      at: clock.now(),
      note: signNote(text, key),
      frontier: writeFrontier(frontier),
    }
    if ((await log.add(first, events, next)) && events.length < eventsPerStep) return next
    await new Promise((resolve) => setImmediate(resolve))
  }
}
