import type {
  AppendBatch,
  AppendOutcome,
  EventStore,
  StoredEvent,
  StreamAppend,
} from '../../ports/event-store.ts'
import type { GitFile, GitRemote, RefMove } from '../../ports/git-remote.ts'
import type { RecordedEvent } from '../../rollout/history/event.ts'
import { checkBatch } from '../check-batch.ts'
import { jsonCopy } from '../memory/json-copy.ts'
import { eventMessage, readEventLines, writeEventLines } from './git-event-lines.ts'
import { emptyLog, type GitLog, type LoggedStream, logFile, logRef, readLog, writeLog } from './git-log.ts'
import { oneAfterAnother } from './one-after-another.ts'

export interface GitStoreOptions {
  readonly remote: GitRemote
  /** A word that nobody else writes: two commits that are alike to the byte would be one. */
  readonly nonce: () => string
  /** What a stream comes to, as JSON for people who look at the ref. */
  readonly stateOf: (stream: string, events: readonly RecordedEvent[]) => unknown
  /** How often an append begins anew because another writer was faster. */
  readonly attempts?: number
  /** Waits before another attempt. */
  readonly pause?: (attempt: number) => Promise<void>
}

const defaultAttempts = 40
/** More events than this in one append share one commit: a commit costs two requests. */
const mostCommits = 20
const streamPattern = /^ro-[a-z0-9-]{1,60}$/

type Conflict = (AppendOutcome & { ok: false })['conflict']

/**
 * Events in the refs of a git repository. `refs/slipway/log` decides: an append is one compare-and-swap of it, and
 * its tree names every stream's newest commit, the claims and the order over all streams. `refs/slipway/<stream>`
 * has one commit per event and moves with it; its tree holds the events and the state. The log's commits have the
 * streams' commits as parents, so nothing that counts can be collected as garbage.
 */
export function createGitEventStore(options: GitStoreOptions): EventStore {
  const { attempts = defaultAttempts, pause = async () => {} } = options
  const turns = oneAfterAnother()
  const reader = createReader(options.remote)

  async function tryUntilSettled(batch: AppendBatch): Promise<AppendOutcome> {
    let fresh = false
    for (let attempt = 0; attempt < attempts; attempt += 1) {
      const log = fresh || reader.known.commit === null ? await reader.refresh() : reader.known
      const conflict = conflictOf(log, batch)
      // Streams only grow, so a stream that is too long already is a conflict whatever has happened since.
      if (conflict !== null && (fresh || isPassed(log, batch))) return { ok: false, conflict }
      fresh = true
      if (conflict !== null) continue
      const written = await tryAppend(options, reader, log, batch)
      if (written !== null) return { ok: true, events: written }
      await pause(attempt)
    }
    return { ok: false, conflict: { kind: 'version', name: logRef } }
  }

  return {
    async append(batch) {
      checkBatch(batch)
      for (const { stream } of batch.streams) checkStream(stream)
      return turns(() => tryUntilSettled(batch))
    },
    read: async (stream) => [...(await reader.eventsOf(await reader.refresh(), stream))],
    async readAll(afterPosition, limit) {
      const log = await reader.refresh()
      if (log.position <= afterPosition) return []
      const all: StoredEvent[] = []
      for (const stream of log.streams.keys()) all.push(...(await reader.eventsOf(log, stream)))
      return all
        .filter(({ position }) => position > afterPosition)
        .sort((a, b) => a.position - b.position)
        .slice(0, limit)
    },
    claimedBy: async (claim) => (await reader.refresh()).claims.get(claim) ?? null,
  }
}

/** The newest log that was seen, and the contents that it names. */
interface Reader {
  known: GitLog
  refresh(): Promise<GitLog>
  eventsOf(log: GitLog, stream: string): Promise<readonly StoredEvent[]>
  /** Contents that were written here and need not be read. */
  keep(stream: string, content: string, events: readonly StoredEvent[]): void
}

function createReader(remote: GitRemote): Reader {
  const contents = new Map<string, readonly StoredEvent[]>()
  const keep: Reader['keep'] = (stream, content, events) => {
    contents.set(`${stream} ${content}`, events)
  }
  const reader: Reader = {
    known: emptyLog,
    keep,
    /** Hosts answer from replicas: what is older than what was seen here before is not believed. */
    async refresh() {
      const commit = await remote.ref(logRef)
      if (commit === null || commit === reader.known.commit) return reader.known
      const log = await readLog(remote, commit)
      if (log.position >= reader.known.position) reader.known = log
      return reader.known
    },
    async eventsOf(log, stream) {
      const logged = log.streams.get(stream)
      if (logged === undefined) return []
      const kept = contents.get(`${stream} ${logged.events}`)
      if (kept !== undefined) return kept
      const read = readEventLines(stream, await remote.text(logged.events), logged)
      keep(stream, logged.events, read)
      return read
    },
  }
  return reader
}

/** Writes everything and moves the refs; null when somebody else was faster, and then nothing counts. */
async function tryAppend(
  options: GitStoreOptions,
  reader: Reader,
  log: GitLog,
  batch: AppendBatch,
): Promise<readonly StoredEvent[] | null> {
  const { remote } = options
  const streams = new Map(log.streams)
  const moves: RefMove[] = []
  const files: GitFile[] = []
  const written: StoredEvent[] = []
  for (const append of batch.streams) {
    if (append.events.length === 0) continue
    const before = await reader.eventsOf(log, append.stream)
    const added = numbered(append, log.position + written.length)
    const head = log.streams.get(append.stream)?.head ?? null
    const logged = await writeStream(options, head, before, added)
    reader.keep(append.stream, logged.events, [...before, ...added])
    streams.set(append.stream, logged)
    files.push({ path: `${append.stream}.jsonl`, sha: logged.events })
    moves.push({ name: `refs/slipway/${append.stream}`, before: head, after: logged.head })
    written.push(...added)
  }
  const root = log.commit ?? (await writeRoot(options))
  const next = { position: log.position + written.length, streams, claims: claimsAfter(log, batch) }
  const tree = await remote.writeFiles([{ path: logFile, text: writeLog(next) }, ...files], root)
  const after = await remote.writeCommit({
    tree: tree.tree,
    parents: [root, ...moves.map((move) => move.after)],
    message: withNonce(options, logMessage(batch)),
    at: written.at(-1)?.event.at ?? 0,
  })
  if (!(await remote.move([{ name: logRef, before: log.commit, after }, ...moves]))) return null
  reader.known = { ...next, commit: after }
  return written
}

function checkStream(stream: string): void {
  if (!streamPattern.test(stream)) {
    throw new Error(`stream: got ${JSON.stringify(stream)}, expected ro- and a-z, 0-9, "-", the end of a ref`)
  }
}

function conflictOf(log: GitLog, batch: AppendBatch): Conflict | null {
  for (const { stream, expectedVersion } of batch.streams) {
    if ((log.streams.get(stream)?.count ?? 0) !== expectedVersion) return { kind: 'version', name: stream }
  }
  for (const { claim, expected } of batch.claims) {
    if ((log.claims.get(claim) ?? null) !== expected) return { kind: 'claim', name: claim }
  }
  return null
}

function isPassed(log: GitLog, batch: AppendBatch): boolean {
  return batch.streams.some(
    ({ stream, expectedVersion }) => (log.streams.get(stream)?.count ?? 0) > expectedVersion,
  )
}

function claimsAfter(log: GitLog, batch: AppendBatch): ReadonlyMap<string, string> {
  const claims = new Map(log.claims)
  for (const { claim, stream } of batch.claims) {
    if (stream === null) claims.delete(claim)
    else claims.set(claim, stream)
  }
  return claims
}

function numbered({ stream, expectedVersion, events }: StreamAppend, position: number): StoredEvent[] {
  return events.map((event, index) => ({
    stream,
    version: expectedVersion + index,
    position: position + index + 1,
    event: jsonCopy(event),
  }))
}

/** The log begins with a commit of its own, so that its first parents are the log and nothing else. */
async function writeRoot(options: GitStoreOptions): Promise<string> {
  const { tree } = await options.remote.writeFiles([{ path: logFile, text: writeLog(emptyLog) }], null)
  const message = withNonce(options, 'Slipway keeps what happened to releases in refs/slipway')
  return options.remote.writeCommit({ tree, parents: [], message, at: 0 })
}

/** One commit per event, each with the events up to it; very many at once share one. */
async function writeStream(
  options: GitStoreOptions,
  head: string | null,
  before: readonly StoredEvent[],
  added: readonly StoredEvent[],
): Promise<LoggedStream> {
  const steps = added.length > mostCommits ? [added] : added.map((event) => [event])
  let parent = head
  let upTo = before
  let events = ''
  for (const step of steps) {
    upTo = [...upTo, ...step]
    const [{ stream } = { stream: '' }] = step
    const state = options.stateOf(
      stream,
      upTo.map(({ event }) => event),
    )
    const written = await options.remote.writeFiles(
      [
        { path: 'events.jsonl', text: writeEventLines(upTo) },
        { path: 'state.json', text: `${JSON.stringify(state, null, 1)}\n` },
      ],
      null,
    )
    events = written.files.find(({ path }) => path === 'events.jsonl')?.sha ?? ''
    parent = await options.remote.writeCommit({
      tree: written.tree,
      parents: parent === null ? [] : [parent],
      message: withNonce(options, messageOf(stream, step)),
      at: step.at(-1)?.event.at ?? 0,
    })
  }
  if (parent === null) throw new Error('a stream without events was written')
  return { head: parent, count: upTo.length, events }
}

function messageOf(stream: string, step: readonly StoredEvent[]): string {
  const [first] = step
  if (first !== undefined && step.length === 1) return eventMessage(stream, first)
  return `${stream} ${first?.version}: ${step.length} events`
}

function logMessage(batch: AppendBatch): string {
  const streams = batch.streams.map(({ stream, events }) => {
    const types = events.slice(0, mostCommits).map(({ type }) => type.replaceAll('-', ' '))
    return `${stream}: ${types.join(', ')}${events.length > types.length ? ', …' : ''}`
  })
  const claims = batch.claims.map(({ claim, stream }) => `claim ${claim}: ${stream ?? 'given back'}`)
  const [title = 'nothing', ...rest] = [...streams, ...claims]
  return [title, ...(rest.length === 0 ? [] : ['', ...rest])].join('\n')
}

function withNonce({ nonce }: GitStoreOptions, message: string): string {
  return `${message}\n\nSlipway-Nonce: ${nonce()}\n`
}
