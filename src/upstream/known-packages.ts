import type { OverlaidPackage } from '../catalog/overlaid/overlaid-package.ts'
import type { Withdrawal } from '../ports/upstream.ts'
import type { PackageId } from '../versions/release.ts'
import { type FetchedPackage, fetchPackage } from './fetch-package.ts'
import { emptyNote, note, noteChanges, wholePackage } from './noting/note-changes.ts'
import { notedKey } from './noting/noted-package.ts'
import { asShown, notedAs } from './noting/shown-package.ts'
import { type Look, saidOf, type Withdrawals, withdrawalsAfter } from './noting/withdrawals.ts'
import { defaultGoneBlocksMs, type OverlayParts } from './overlay-parts.ts'
import { readAside } from './read-aside.ts'
import { createReadPackages, type ReadPackage, type ReadPackages } from './read-packages.ts'
import type { RuleOf } from './rule-finder.ts'
import type { UpstreamCounter } from './upstream-counter.ts'
import type { UpstreamHealth } from './upstream-health.ts'
import { UpstreamUnavailable } from './upstream-unavailable.ts'

/** Packages as they were read last, and how to read one again. */
export interface KnownPackages {
  readonly memory: ReadPackages
  /** From memory, else from the disk; null when nothing is known. Asks no upstream. */
  recall(id: PackageId): Promise<ReadPackage | null>
  /** Asks the upstream. Rejects with `UpstreamUnavailable` when nothing is known and nothing comes. */
  ask(id: PackageId): Promise<ReadPackage>
}

interface Tools {
  readonly parts: OverlayParts
  readonly counter: UpstreamCounter
  readonly health: UpstreamHealth
  readonly ruleOf: RuleOf
  /** Counts a block by withdrawal; false when there were too many of late. */
  readonly mayBlock: () => boolean
  /** Called with each package whose document is new. */
  readonly onNew: (id: PackageId) => void
  /** Called with each package that is to be looked at again soon. */
  readonly onDoubt: (id: PackageId) => void
}

/** Where the last document that had what is withdrawn now is kept. */
const withdrawnKey = (id: PackageId) => `withdrawn ${id}`

/** Knows nothing at first. */
export function createKnownPackages(tools: Tools): KnownPackages {
  const { parts } = tools
  const memory = createReadPackages(parts.limits.memoryBytes)
  const recall = async (id: PackageId): Promise<ReadPackage | null> => {
    const read = memory.get(id)
    if (read !== undefined) return read
    const document = await parts.cache.get(id)
    const reading = document === null ? null : await readAside(id, document)
    if (document === null || !reading?.ok) return null
    const { etag, lastModified, fetchedAt } = document
    const last =
      (await parts.notes.get(id))?.withdrawals === undefined ? null : await lastWithWithdrawn(parts, id)
    const shown = await asShown(tools, id, { plain: reading.value, before: last, isCurrent: false })
    // Somebody may have fetched it meanwhile.
    const now = memory.get(id)
    if (now !== undefined) return now
    const recalled = {
      ...shown,
      validators: { etag, lastModified },
      checkedAt: fetchedAt,
      failedAt: 0,
      status: null,
    }
    memory.set(id, recalled)
    return recalled
  }
  const ask = async (id: PackageId): Promise<ReadPackage> => {
    const read = await asked(tools, id, await recall(id))
    memory.set(id, read)
    if (read.isNew === true) tools.onNew(id)
    return read
  }
  return { memory, recall, ask }
}

/** One question to the upstream, and what is known of the package then. */
async function asked(tools: Tools, id: PackageId, before: ReadPackage | null): Promise<ReadPackage> {
  const { parts, counter, health } = tools
  const fetched = await fetchPackage(parts, counter, id, before?.validators ?? null)
  const now = parts.clock.now()
  if (fetched.kind === 'new') {
    const doubt = before?.package ? shorterThan(before, fetched) : null
    if (doubt === null) return take(tools, id, before, fetched)
    const isMany = health.refused(id, 'gives much less than before')
    if (doubt.isTwice && !isMany) return take(tools, id, before, fetched)
    if (!isMany) health.failed(id, doubt.why)
    parts.log.warn('an upstream gave much less of a package than before', { package: id, why: doubt.why })
    if (!doubt.isTwice) tools.onDoubt(id)
    return { ...doubt.before, failedAt: now, shorter: doubt.shorter }
  }
  if (fetched.kind === 'refused') {
    const { status } = fetched
    if (!before?.package) {
      return { package: null, validators: null, checkedAt: now, failedAt: 0, status }
    }
    if (!health.refused(id, `answers ${status}`)) return refusedName(tools, id, before, status)
    const why = `it answers ${status}, for this name among many`
    parts.log.warn('an upstream did not give a document', { package: id, why })
    // It was doubted when it was one name alone.
    await forgetRefusal(parts, id)
    return { ...(await shownAgain(tools, id, before, false)), checkedAt: before.checkedAt, failedAt: now }
  }
  if (fetched.kind === 'unchanged' && before?.package) {
    health.answered(id)
    const remembered = await parts.notes.get(id)
    const isMissing = Object.keys(remembered?.withdrawals ?? {}).length > 0
    if (isMissing) await lookAgain(tools, id, before.package)
    return shownAgain(tools, id, before, true)
  }
  const why = fetched.kind === 'failed' ? fetched.why : 'it says "unchanged" of what was never read'
  health.failed(id, why)
  parts.log.warn('an upstream did not give a document', { package: id, why })
  if (before?.package) return { ...before, failedAt: now }
  throw new UpstreamUnavailable(`The upstream of ${id} gives no answer: ${why}.`)
}

type Fetched = Extract<FetchedPackage, { kind: 'new' }>

/**
 * A document with less than two thirds of the versions, or a page that ends early and lacks some, is believed when the
 * upstream says the same twice, and not of many names.
 */
function shorterThan(before: ReadPackage, { package: fresh, document }: Fetched) {
  // It says itself why.
  if (saidOf(fresh).said !== undefined) return null
  const then = Object.keys(before.package?.record.versions ?? {})
  const versions = Object.keys(fresh.record.versions)
  const lacksSome = then.some((version) => !Object.hasOwn(fresh.record.versions, version))
  if (versions.length * 3 >= then.length * 2 && !(lacksSome && isCut(document))) return null
  const shorter = JSON.stringify(versions)
  const why = `it names ${versions.length} of ${then.length} versions`
  return { before, shorter, why, isTwice: before.shorter === shorter }
}

/** Whether a page in HTML ends before its end. */
function isCut({ body, contentType }: Fetched['document']): boolean {
  if (!/html/i.test(contentType)) return false
  const end = new TextDecoder().decode(body.subarray(-1000))
  return !/<\/html\s*>\s*(?:<!--.*-->\s*)?$/is.test(end)
}

/** Takes a sound document: keeps it, and marks what it no longer has. */
async function take(
  tools: Tools,
  id: PackageId,
  before: ReadPackage | null,
  { package: fresh, document }: Fetched,
): Promise<ReadPackage> {
  const { parts, health, ruleOf } = tools
  health.answered(id)
  const known = (await parts.notes.get(id))?.withdrawals ?? {}
  if (before?.package) await noteChanges(tools, id, before.package, fresh, ruleOf(id) !== null)
  const withdrawals = before?.package
    ? await look(tools, id, { before: before.package, after: fresh, status: null })
    : known
  const isFirst = Object.keys(known).length === 0 && Object.keys(withdrawals).length > 0
  // Before the new document takes its place: a crash in between keeps one too many.
  const last = isFirst ? await parts.cache.get(id) : null
  if (last !== null) await parts.cache.put(withdrawnKey(id), last)
  await parts.cache.put(id, document)
  const shown = await asShown(tools, id, {
    plain: fresh,
    before: before?.package ?? null,
    isCurrent: true,
  })
  const { etag, lastModified } = document
  const now = parts.clock.now()
  return {
    ...shown,
    validators: { etag, lastModified },
    checkedAt: now,
    failedAt: 0,
    status: null,
    isNew: true,
  }
}

/** The upstream refuses a name that it gave before: its versions stay listed, marked. */
async function refusedName(
  tools: Tools,
  id: PackageId,
  before: ReadPackage,
  status: number,
): Promise<ReadPackage> {
  if (before.package === null) return before
  const known = (await tools.parts.notes.get(id))?.withdrawals ?? {}
  if (Object.values(known).every((one) => one.status === null))
    await note(tools, id, [{ ...wholePackage, detail: `it answers ${status}` }])
  await look(tools, id, { before: before.package, after: null, status })
  return shownAgain(tools, id, before, false)
}

/** Refusals that were not believed yet are none, when the upstream refuses many names. */
async function forgetRefusal({ notes }: OverlayParts, id: PackageId): Promise<void> {
  const known = (await notes.get(id))?.withdrawals ?? {}
  const left = Object.entries(known).filter(([, { state, status }]) => state !== 'doubted' || status === null)
  if (left.length === Object.keys(known).length) return
  await notes.update(id, (note) => ({
    ...(note ?? emptyNote(id)),
    withdrawals: Object.fromEntries(left),
  }))
}

/** "Unchanged": what was missing is missing still. */
async function lookAgain(tools: Tools, id: PackageId, before: OverlaidPackage): Promise<void> {
  const plain = await keptPlain(tools.parts, id)
  if (plain !== null) await look(tools, id, { before, after: plain, status: null })
}

/** The same document, marked by what is noted now. The same object stays, so that what was rendered from it stays too. */
async function shownAgain(
  tools: Tools,
  id: PackageId,
  before: ReadPackage,
  isCurrent: boolean,
): Promise<ReadPackage> {
  const checked = { ...before, checkedAt: tools.parts.clock.now(), failedAt: 0, shorter: null, isNew: false }
  if (before.package === null) return checked
  const noted = await notedAs(tools, id, before.package, isCurrent)
  if (notedKey(id, noted) === before.noted) return checked
  const plain = await keptPlain(tools.parts, id)
  if (plain === null) return checked
  // What is withdrawn, and whether that is believed, may be news.
  const shown = await asShown(tools, id, { plain, before: before.package, isCurrent })
  return { ...checked, ...shown, isNew: true }
}

async function keptPlain(parts: OverlayParts, id: PackageId): Promise<OverlaidPackage | null> {
  const document = await parts.cache.get(id)
  const reading = document === null ? null : await readAside(id, document)
  return reading?.ok ? reading.value : null
}

/** Counts one look and remembers what it found; a first doubt is looked at again soon. */
async function look(
  tools: Tools,
  id: PackageId,
  found: Pick<Look, 'before' | 'after' | 'status'>,
): Promise<Withdrawals> {
  const { parts, health, onDoubt } = tools
  const now = parts.clock.now()
  const known = (await parts.notes.get(id))?.withdrawals ?? {}
  const withdrawals = withdrawalsAfter(known, {
    ...found,
    now,
    answeredOthersSince: (since) => health.answeredOthersSince(id, since),
    fateOf: (version, withdrawal) => fateOf(tools, found.before, version, withdrawal),
  })
  if (JSON.stringify(withdrawals) === JSON.stringify(known)) return known
  for (const [state, versions] of newStates(known, withdrawals)) {
    const named = { versions: versions.slice(0, 20), count: versions.length }
    parts.log.warn('an upstream withdrew versions', { package: id, state, status: found.status, ...named })
  }
  await parts.notes.update(id, (note) => ({ ...(note ?? emptyNote(id)), withdrawals }))
  if (Object.values(withdrawals).some(({ state }) => state === 'doubted')) onDoubt(id)
  return withdrawals
}

/** The versions that are in another state than before, by state. */
function newStates(
  known: Withdrawals,
  withdrawals: Withdrawals,
): ReadonlyMap<Withdrawal['state'], readonly string[]> {
  const found = new Map<Withdrawal['state'], string[]>()
  for (const [version, { state }] of Object.entries(withdrawals)) {
    if (known[version]?.state !== state) found.set(state, [...(found.get(state) ?? []), version])
  }
  return found
}

/** Young releases that vanish are quarantined ones; older ones that were served before stay for pins. */
function fateOf(
  { parts, ruleOf, mayBlock }: Tools,
  { record, uploadedAt }: OverlaidPackage,
  version: string,
  { status, said }: Parameters<Look['fateOf']>[1],
): 'kept' | 'blocked' | 'waits' {
  const rule = ruleOf(record.id)
  // A permission that was lost says nothing about the bytes.
  if (rule?.gone === 'keep' || (status === 403 && rule?.gone !== 'block')) return 'kept'
  const at = uploadedAt.get(version)
  const isYoung = at !== undefined && parts.clock.now() - at < (rule?.goneBlocksMs ?? defaultGoneBlocksMs)
  const isTaken = status === 451 || said !== undefined
  if (rule?.gone !== 'block' && !isTaken && !isYoung) return 'kept'
  return mayBlock() ? 'blocked' : 'waits'
}

/** The last document that had what is withdrawn now. */
async function lastWithWithdrawn(parts: OverlayParts, id: PackageId): Promise<OverlaidPackage | null> {
  const last = await parts.cache.get(withdrawnKey(id))
  const before = last === null ? null : await readAside(id, last)
  return before?.ok ? before.value : null
}
