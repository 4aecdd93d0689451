import { createHash } from 'node:crypto'
import type { CheckpointLog } from '../../ports/checkpoint-log.ts'
import type { Damage } from '../../ports/damage.ts'
import type { EventStore } from '../../ports/event-store.ts'
import { CHAIN_START, chainEvents } from '../../rollout/history/chain.ts'
import { readCheckpoint } from '../checkpoints/checkpoint-text.ts'
import { addLeaf, emptyFrontier, rootOf } from '../checkpoints/merkle-tree.ts'
import { type NoteKey, openNote } from '../checkpoints/signed-note.ts'

const eventsPerRead = 200
const sha256Hex = (text: string) => createHash('sha256').update(text).digest('hex')
const breathe = () => new Promise<void>((resolve) => setImmediate(resolve))

/** Every event against the one before it in its stream and against its own hash. One problem for each stream. */
export async function* verifyChains(events: EventStore): AsyncGenerator<Damage> {
  const heads = new Map<string, { readonly head: string; readonly count: number }>()
  const named = new Set<string>()
  let position = 0
  for (;;) {
    const page = await events.readAll(position, eventsPerRead)
    for (const { stream, version, position: at, event } of page) {
      position = at
      const { head, count } = heads.get(stream) ?? { head: CHAIN_START, count: 0 }
      const what = event === null ? 'it cannot be read' : linkProblem(event, head, version, count)
      if (what !== null && !named.has(stream)) {
        named.add(stream)
        yield { kind: 'event', stream, position: at, what: `event ${version}: ${what}` }
      }
      heads.set(stream, { head: event?.hash ?? head, count: version + 1 })
    }
    if (page.length < eventsPerRead) return
    await breathe()
  }
}

function linkProblem(
  {
    hash,
    previous,
    ...body
  }: { readonly hash: string; readonly previous: string } & Parameters<typeof chainEvents>[2][number],
  head: string,
  version: number,
  count: number,
): string | null {
  if (version !== count) return `events ${count} to ${version - 1} are gone`
  if (previous !== head) return 'it does not follow the one before it'
  const [again] = chainEvents(sha256Hex, head, [body])
  return again?.hash === hash ? null : 'it does not match its hash'
}

/** What an outside witness says, or what the data folder remembers: a checkpoint and where it is from. */
export interface Witness {
  readonly note: string
  readonly from: string
}

/** The tree over all numbered events against every head that was signed, here and by witnesses. */
export async function* verifyTree(
  log: CheckpointLog,
  key: NoteKey,
  witnesses: readonly Witness[],
): AsyncGenerator<Damage> {
  const claims = new Map<number, { readonly root: string; readonly from: string }[]>()
  let known = 0
  for (;;) {
    const page = await log.after(known, 500)
    for (const { size, note } of page) {
      known = size
      const problem = claim(claims, key, { note, from: `the checkpoint of ${size} events` })
      if (problem !== null) yield problem
    }
    if (page.length === 0) break
  }
  for (const witness of witnesses) {
    const problem = claim(claims, key, witness)
    if (problem !== null) yield problem
  }
  let frontier = emptyFrontier
  for (;;) {
    const page = await log.leaves(frontier.size, eventsPerRead)
    for (const { leaf, position, stream, hash } of page) {
      if (leaf !== frontier.size) {
        const what = `leaves ${frontier.size} to ${leaf - 1} are gone from the log`
        yield { kind: 'checkpoint', stream, position, what }
        return
      }
      frontier = addLeaf(frontier, Buffer.from(hash, 'hex'))
      for (const { root: said, from } of claims.get(frontier.size) ?? []) {
        const root = rootOf(frontier).toString('base64')
        if (said === root) continue
        const what = `${from} has the root ${said}, the log of ${frontier.size} events now has ${root}: something in it was changed`
        yield { kind: 'checkpoint', stream: '', position: frontier.size, what }
        return
      }
    }
    if (page.length < eventsPerRead) break
    await breathe()
  }
  yield* tooShort(claims, frontier.size)
}

function claim(
  claims: Map<number, { readonly root: string; readonly from: string }[]>,
  key: NoteKey,
  { note, from }: Witness,
): Damage | null {
  const text = openNote(note, key)
  const head = text === null ? null : readCheckpoint(text)
  if (head === null || head.origin !== key.name) {
    const what = `${from} is no checkpoint signed by this server (${key.name})`
    return { kind: 'checkpoint', stream: '', position: null, what }
  }
  claims.set(head.size, [...(claims.get(head.size) ?? []), { root: head.root, from }])
  return null
}

function* tooShort(
  claims: ReadonlyMap<number, readonly { readonly from: string }[]>,
  size: number,
): Generator<Damage> {
  const longest = Math.max(0, ...claims.keys())
  if (longest <= size) return
  const from = claims.get(longest)?.[0]?.from
  const what = `${from} is of ${longest} events, the log has ${size}: ${longest - size} at its end are lost`
  yield { kind: 'checkpoint', stream: '', position: size, what }
}
