import { planAdoption } from '../../catalog/overlaid/plan-adoption.ts'
import type { AdoptRule, ExceptionRule } from '../../config/server/overlay-settings.ts'
import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { FoundReleaseStarter } from '../../ports/found-release-starter.ts'
import type { OverlayNotes } from '../../ports/upstream.ts'
import type { PackageId, ReleaseId } from '../../versions/release.ts'
import type { OverlaySource } from '../create-overlay.ts'
import { messageOf } from '../message-of.ts'
import type { OverlayLog } from '../overlay-parts.ts'
import { createExceptionNotice } from '../tell-exceptions.ts'
import { gatherFamily } from './gather-family.ts'

export interface AdopterParts {
  readonly overlay: Pick<
    OverlaySource,
    'lookAtOwnNames' | 'onNew' | 'open' | 'peek' | 'refresh' | 'ruleOf' | 'wasAskedSince'
  >
  readonly notes: OverlayNotes
  readonly advisories: Pick<AdvisoryStore, 'advisoriesOf'>
  readonly engine: FoundReleaseStarter
  readonly clock: Clock
  readonly log: OverlayLog
  readonly refreshMs: number
  readonly exceptions: readonly ExceptionRule[]
}

/** Stages releases of other indexes by the operator's rules. */
export interface Adopter {
  /** Looks at the adopted packages that are wanted: asks their upstream, then starts what is due; and at our names. */
  pass(): Promise<void>
  /** Passes from now on, and looks at a package whenever its document is new. The returned function stops it. */
  start(): () => Promise<void>
}

/** For how long after a client asked a package is looked at by itself; later when somebody asks again. */
const wantedMs = 3 * 24 * 60 * 60_000

/** Packages asked for at the same time during a pass. */
const atOnce = 4

/** Rollouts of adopted releases start without an upload: the files are already there, elsewhere. */
export function createAdopter(parts: AdopterParts): Adopter {
  const { overlay, notes, log } = parts
  const look = createLook(parts)
  const tellExceptions = createExceptionNotice(parts.exceptions, log)
  /** Somebody asked for it of late, or met it, or it has a release that is under way. */
  const isWanted = async (id: PackageId): Promise<boolean> => {
    const since = parts.clock.now() - wantedMs
    if (overlay.wasAskedSince(id, since)) return true
    if (parts.engine.rolloutsOf(id).some(({ end }) => end === null)) return true
    return ((await notes.get(id))?.firstSeenAt ?? 0) >= since
  }
  const pass = async () => {
    tellExceptions(parts.clock.now())
    await overlay
      .lookAtOwnNames()
      .catch((error: unknown) => log.warn('our names could not be looked at', { why: messageOf(error) }))
    const ids: PackageId[] = []
    for (const id of await notes.list()) {
      if (overlay.ruleOf(id) !== null && (await isWanted(id))) ids.push(id)
    }
    for (let start = 0; start < ids.length; start += atOnce) {
      await Promise.all(
        ids.slice(start, start + atOnce).map(async (id) => {
          try {
            await overlay.refresh(id)
            await look(id)
          } catch (error) {
            log.warn('an adopted package could not be looked at', { package: id, why: messageOf(error) })
          }
        }),
      )
    }
  }
  return {
    pass,
    start: () => {
      let running: Promise<void> = Promise.resolve()
      let stopped = false
      const soon = (work: () => Promise<void>) => {
        running = running
          .then(() => (stopped ? undefined : work()))
          .catch((error: unknown) => log.warn('adopting failed', { why: messageOf(error) }))
      }
      overlay.onNew((id) => soon(() => look(id)))
      soon(pass)
      const timer = setInterval(() => soon(pass), parts.refreshMs)
      timer.unref()
      return async () => {
        stopped = true
        clearInterval(timer)
        await running
      }
    },
  }
}

/** Starts the rollouts of one package that are due, together with its family. Each refusal is said once. */
function createLook(parts: AdopterParts) {
  const { overlay, engine, log } = parts
  const said = new Map<ReleaseId, string>()
  return async (id: PackageId): Promise<void> => {
    const due = await dueOf(parts, id)
    const [rule, own] = [overlay.ruleOf(id), overlay.peek(id)?.package]
    if (due === null || rule === null) return
    await engine.publicationChanged(id)
    for (const version of due) {
      const release = `${id}@${version}`
      const kin = own === undefined ? [] : await gatherFamily(parts, own, version)
      const members = [release, ...(await dueTogether(parts, kin, version))].sort()
      const started = await begin(parts, rule, members, kin)
      // What keeps one of them from beginning does not keep the others.
      const outcome = started.ok || members.length === 1 ? started : await begin(parts, rule, [release], kin)
      if (outcome.ok || said.get(release) === outcome.refusal.message) continue
      said.set(release, outcome.refusal.message)
      log.warn('an adopted release does not begin yet', { release, why: outcome.refusal.message })
    }
  }
}

/** The versions of a package that are due; null where no rule stages it, or it was never seen. */
async function dueOf(
  { overlay, notes, advisories, engine, clock }: AdopterParts,
  id: PackageId,
): Promise<readonly string[] | null> {
  const rule = overlay.ruleOf(id)
  const note = rule && (await notes.get(id))
  if (rule === null || note?.firstSeenAt == null) return null
  const overlaid = overlay.peek(id) ?? (await overlay.open(id))
  if (overlaid === null) return null
  return planAdoption({
    overlaid: overlaid.package,
    released: note.released,
    firstSeenAt: note.firstSeenAt,
    rollouts: engine.rolloutsOf(id),
    cadence: rule.cadence,
    advisories: rule.policy.urgent === undefined ? [] : await advisories.advisoriesOf(id),
    now: clock.now(),
  })
}

/** The releases of a family that may begin with it: due themselves, of packages that have something to fall back to. */
async function dueTogether(
  parts: AdopterParts,
  kin: readonly PackageId[],
  version: string,
): Promise<readonly ReleaseId[]> {
  const together: ReleaseId[] = []
  for (const id of kin) {
    const note = await parts.notes.get(id)
    if (note === null || note.released.length === 0) continue
    if ((await dueOf(parts, id))?.includes(version) === true) together.push(`${id}@${version}`)
  }
  return together
}

function begin(
  { engine }: AdopterParts,
  rule: AdoptRule,
  releases: readonly ReleaseId[],
  kin: readonly PackageId[],
) {
  return engine.start({ releases, kin, ...sourceOf(rule), ...asAdopted })
}

const asAdopted = {
  restart: false,
  origin: null,
  who: { actor: { kind: 'system' }, reason: 'new upstream' },
} as const

function sourceOf({ match, policy }: AdoptRule) {
  return { policy, policySource: { kind: 'adopt', detail: `the adopt rule for ${match}` } as const }
}
