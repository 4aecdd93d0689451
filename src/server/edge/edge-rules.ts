import { hash } from 'node:crypto'
import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { messageOf } from '../../engine/core/log.ts'
import type { RolloutReader } from '../../engine/roles/rollout-reader.ts'
import { isLive } from '../../rollout/history/phase.ts'
import { type PackageId, packageIdOf } from '../../versions/release.ts'
import type { ServerParts } from '../server-parts.ts'
import type { Documents } from '../views/documents.ts'
import {
  type EdgeHead,
  headOf,
  type PackageRules,
  packageRules,
  type RulesDocument,
} from './rules-document.ts'

/** The rules as they go over the wire. Equal tags mean equal rules, whenever they were written. */
export interface WrittenRules {
  readonly document: RulesDocument
  readonly body: string
  readonly etag: string
}

/** What an edge is told, kept up to date. */
export interface EdgeRules {
  written(): Promise<WrittenRules>
  /** Resolves with the next change, or after so many milliseconds. */
  changed(withinMs: number): Promise<void>
  /** To be called for each package whose record changed. */
  touched(id: PackageId): void
}

/** An edge may show a kept document of a package as long as this when it cannot ask; until then it is listed. */
const listedMs = 24 * 60 * 60_000
/** An edge takes rules that are ten minutes old for none, so the time in them moves. */
const writtenAnewMs = 30_000
/** Many changes at once are told as one. */
const gatherMs = 50

const sha256 = (text: string) => hash('sha256', text, 'hex')

interface Listed {
  readonly rules: PackageRules
  /** What it was read from, where it comes from another index. */
  readonly overlaid: OverlaidPackage | null
  /** When what people see of it changed last, as this process noticed, integer ms. */
  readonly changedAt: number
}

type RulesParts = Pick<ServerParts<RolloutReader>, 'engine' | 'overlay' | 'clock' | 'settings' | 'log'> & {
  readonly documents: Documents
  /** Of the storage (`EdgeHead`). */
  readonly epoch: () => Promise<string>
}

/** Begins with what is live and what changed lately; each change of a rollout or record is looked at once. */
export function createEdgeRules(parts: RulesParts): EdgeRules {
  const { engine, clock, settings } = parts
  const list = createPackageList(parts)
  const changes = createWaiting()
  let newest: WrittenRules | null = null
  let writing: Promise<unknown> = Promise.resolve()

  const touched = (id: PackageId) => {
    list.touch(id)
    changes.tell()
  }
  engine.onChange(({ state }) => {
    for (const { candidate } of state.members) touched(packageIdOf(candidate))
  })

  async function write(): Promise<WrittenRules> {
    const changed = await list.lookAgain()
    const at = clock.now()
    const head = headOf(settings, { epoch: await parts.epoch(), position: engine.position(), at })
    const known = newest?.document
    const isCurrent = known?.position === head.position && at - known.at < writtenAnewMs
    if (newest === null || changed || !isCurrent) newest = writtenRules(head, list.listed)
    return newest
  }

  return {
    written() {
      // One after the other: who asks after a change gets rules that were read after it.
      const written = writing.then(write)
      writing = written.catch(() => {})
      return written
    },
    changed: changes.next,
    touched,
  }
}

/** Who waits for a change. */
function createWaiting() {
  const waiting: (() => void)[] = []
  let isTelling = false
  return {
    tell() {
      if (isTelling) return
      isTelling = true
      setTimeout(() => {
        isTelling = false
        for (const resolve of waiting.splice(0)) resolve()
      }, gatherMs)
    },
    next(withinMs: number): Promise<void> {
      return new Promise((resolve) => {
        const timer = setTimeout(resolve, withinMs)
        waiting.push(() => {
          clearTimeout(timer)
          resolve()
        })
      })
    },
  }
}

/** The packages that rules name. */
function createPackageList({ engine, overlay, documents, clock, log }: RulesParts) {
  const listed = new Map<PackageId, Listed>()
  const dirty = new Set<PackageId>()
  for (const state of engine.all()) {
    const since = clock.now() - (state.transitions.at(-1)?.at ?? state.reservedAt)
    if (!isLive(state) && since >= listedMs) continue
    for (const { candidate } of state.members) dirty.add(packageIdOf(candidate))
  }

  async function look(id: PackageId): Promise<Listed> {
    const opened = await documents.open(id, { kind: 'stable' })
    const overlaid = opened?.overlaid ?? null
    const rules = opened === null ? nothing : packageRules(opened.views, overlaid, sha256)
    const known = listed.get(id)
    const changedAt = known?.rules.doc === rules.doc ? known.changedAt : clock.now()
    return { rules, overlaid, changedAt }
  }

  return {
    listed: listed as ReadonlyMap<PackageId, Listed>,
    touch: (id: PackageId) => void dirty.add(id),
    /** Whether anything is other than it was. A package that cannot be read now is shown as full releases only. */
    async lookAgain(): Promise<boolean> {
      for (const [id, { overlaid }] of listed) {
        const now = overlaid === null ? null : (overlay?.peek(id) ?? null)
        if (now !== null && now.package !== overlaid) dirty.add(id)
      }
      const before = new Map(listed)
      for (const id of [...dirty]) {
        // What changes while it is read is looked at again.
        dirty.delete(id)
        try {
          listed.set(id, await look(id))
        } catch (error) {
          dirty.add(id)
          if (listed.get(id)?.rules !== nothing)
            log.warn('an edge is not told of a package', { package: id, why: messageOf(error) })
          listed.set(id, { rules: nothing, overlaid: null, changedAt: clock.now() })
        }
      }
      for (const [id, { rules, changedAt }] of listed) {
        if (rules.live.length === 0 && clock.now() - changedAt >= listedMs) listed.delete(id)
      }
      const isSame = (id: PackageId) => listed.get(id)?.rules.doc === before.get(id)?.rules.doc
      return [...before.keys(), ...listed.keys()].some((id) => !isSame(id))
    },
  }
}

/** Nothing is left of it, or nothing is known: whatever an edge has of it is old. */
const nothing: PackageRules = { doc: '0'.repeat(16), live: [] }

function writtenRules(head: EdgeHead, listed: ReadonlyMap<PackageId, Listed>): WrittenRules {
  const packages = Object.fromEntries(
    [...listed]
      .map(([id, { rules }]) => [id.replace(':', '/'), rules] as const)
      .sort(([left], [right]) => (left < right ? -1 : 1)),
  )
  const document = { ...head, packages }
  const tag = sha256(JSON.stringify({ ...document, at: 0 })).slice(0, 32)
  return { document, body: `${JSON.stringify(document)}\n`, etag: `"${tag}"` }
}
