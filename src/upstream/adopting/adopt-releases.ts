import type { OverlaidPackage } from '../../catalog/overlaid/overlaid-package.ts'
import { planAdoption } from '../../catalog/overlaid/plan-adoption.ts'
import type { AdoptRule, ExceptionRule } from '../../config/server/overlay-settings.ts'
import type { Policy } from '../../gates/policy.ts'
import type { AdvisoryStore } from '../../ports/advisory-store.ts'
import type { Clock } from '../../ports/clock.ts'
import type { Begun, FoundReleaseStarter } from '../../ports/found-release-starter.ts'
import type { OverlayNotes } from '../../ports/upstream.ts'
import type { Need } from '../../rollout/history/event.ts'
import { isLive } from '../../rollout/history/phase.ts'
import type { RolloutState } from '../../rollout/history/state.ts'
import { rolloutOf } from '../../rollout/starting/line-history.ts'
import { type PackageId, packageIdOf, type ReleaseId } from '../../versions/release.ts'
import type { OverlaySource } from '../create-overlay.ts'
import { messageOf } from '../message-of.ts'
import type { OverlayLog } from '../overlay-parts.ts'
import { createExceptionNotice } from '../tell-exceptions.ts'
import { gatherFamily, readNeeded } from './gather-family.ts'

export interface AdopterParts {
  readonly overlay: Pick<
    OverlaySource,
    'lookAtOwnNames' | 'needsOf' | 'onNew' | 'open' | 'peek' | 'refresh' | 'ruleOf' | 'wasAskedSince'
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

type Look = (id: PackageId, asking?: readonly PackageId[]) => Promise<void>

/** Starts the rollouts of one package that are due, together with its family. Each refusal is said once. */
function createLook(parts: AdopterParts): Look {
  const { overlay, engine, log } = parts
  const said = new Map<ReleaseId, string>()
  const alone = oneAtATime()
  const look: Look = async (id, asking = []) => {
    const [rule, own] = [overlay.ruleOf(id), (await seen(parts, id))?.package]
    if (rule === null || own === undefined) return
    await engine.publicationChanged(id)
    const due = await dueOf(parts, id, rule.cadence)
    for (const version of await dueOf(parts, id, 'every release')) {
      const release = `${id}@${version}`
      const asks = await overlay.needsOf(own, version)
      // What it cannot do without begins first, so that it meets the same users.
      const needed = await readNeeded(parts, asks)
      for (const other of needed)
        if (other !== id && !asking.includes(other)) await look(other, [...asking, id])
      const outcome = await alone(() =>
        beginOne({ parts, rule, own, release, version, isDue: due.includes(version) }),
      )
      if (outcome === null || outcome.ok || said.get(release) === outcome.refusal.message) continue
      said.set(release, outcome.refusal.message)
      log.warn('an adopted release does not begin yet', { release, why: outcome.refusal.message })
    }
  }
  return look
}

/** Two that begin at once would each miss that the other one is of its family. */
function oneAtATime(): <Value>(work: () => Promise<Value>) => Promise<Value> {
  let last: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = last.then(work)
    last = mine.catch(() => null)
    return mine
  }
}

interface DueRelease {
  readonly parts: AdopterParts
  readonly rule: AdoptRule
  readonly own: OverlaidPackage
  readonly release: ReleaseId
  readonly version: string
  /** By the rule's cadence. */
  readonly isDue: boolean
}

/**
 * Begins a release with those of its family that are due, or takes it to where its family is already. A family that is
 * under way takes it along whatever the rule's cadence; null: by that, it is not due yet.
 */
async function beginOne({ parts, rule, own, release, version, isDue }: DueRelease): Promise<Begun | null> {
  const { engine, clock } = parts
  const kin = await gatherFamily(parts, own, version)
  const family = familyUnderWay(engine, kin, version)
  if (family !== null && isLive(family)) {
    const since = Math.min(own.uploadedAt.get(version) ?? clock.now(), clock.now())
    return engine.board(family.id, release, since)
  }
  if (family === null && !isDue) return null
  if (family?.end != null && family.end.kind !== 'completed') {
    const names = family.members.map(({ candidate }) => candidate).join(', ')
    return {
      ok: false,
      refusal: {
        message: `Of its family ${names} is ${family.end.kind}; it is shown with it or not at all.`,
      },
    }
  }
  const policy = family === null ? rule.policy : toEverybody(rule.policy)
  const members = [release, ...(await dueTogether(parts, kin, version))].sort()
  const started = await begin(parts, { ...rule, policy }, members, kin)
  // What keeps one of them from beginning does not keep the others.
  return started.ok || members.length === 1 ? started : begin(parts, { ...rule, policy }, [release], kin)
}

/** The rollout that has the same version of its family: a live one, else one that everybody has, else one that ended otherwise. */
function familyUnderWay(
  engine: FoundReleaseStarter,
  kin: readonly PackageId[],
  version: string,
): RolloutState | null {
  const states = kin.flatMap((id) => rolloutOf(engine.rolloutsOf(id), `${id}@${version}`) ?? [])
  const adopted = states.filter(({ policySource }) => policySource?.kind === 'adopt')
  const begun = adopted.filter(({ startedAt }) => startedAt !== null)
  return begun.find(isLive) ?? begun.find(({ end }) => end?.kind === 'completed') ?? begun[0] ?? null
}

/** The ladder of what is found when everybody has the rest of its family: its first stage, then the last. */
function toEverybody(policy: Policy): Policy {
  const ends = <Ladder extends Pick<Policy, 'stages'>>(ladder: Ladder): Ladder => ({
    ...ladder,
    stages: ladder.stages.filter((_, index, all) => index === 0 || index === all.length - 1),
  })
  const { byChange } = policy
  if (byChange === undefined) return ends(policy)
  const { major, minor, patch } = byChange
  return { ...ends(policy), byChange: { major: ends(major), minor: ends(minor), patch: ends(patch) } }
}

/** What is known of a package that a rule stages and that was seen before; null for any other. */
async function seen({ overlay, notes }: AdopterParts, id: PackageId) {
  const note = overlay.ruleOf(id) && (await notes.get(id))
  if (note?.firstSeenAt == null) return null
  return overlay.peek(id) ?? (await overlay.open(id))
}

/** The versions of a package that are due; none where no rule stages it, or it was never seen. */
async function dueOf(
  parts: AdopterParts,
  id: PackageId,
  cadence: AdoptRule['cadence'],
): Promise<readonly string[]> {
  const { overlay, notes, advisories, engine, clock } = parts
  const rule = overlay.ruleOf(id)
  const note = rule && (await notes.get(id))
  const overlaid = await seen(parts, id)
  if (rule === null || note?.firstSeenAt == null || overlaid === null) return []
  return planAdoption({
    overlaid: overlaid.package,
    released: note.released,
    firstSeenAt: note.firstSeenAt,
    rollouts: engine.rolloutsOf(id),
    cadence,
    advisories: rule.policy.urgent === undefined ? [] : await advisories.advisoriesOf(id),
    now: clock.now(),
  })
}

/** The releases of a family that begin with it: new themselves, of packages that have something to fall back to. */
async function dueTogether(
  parts: AdopterParts,
  kin: readonly PackageId[],
  version: string,
): Promise<readonly ReleaseId[]> {
  const together: ReleaseId[] = []
  for (const id of kin) {
    const note = await parts.notes.get(id)
    if (note === null || note.released.length === 0) continue
    if ((await dueOf(parts, id, 'every release')).includes(version)) together.push(`${id}@${version}`)
  }
  return together
}

async function begin(
  { engine, overlay }: AdopterParts,
  rule: AdoptRule,
  releases: readonly ReleaseId[],
  kin: readonly PackageId[],
): Promise<Begun> {
  const needs: Need[] = []
  for (const release of releases) {
    const id = packageIdOf(release)
    const own = overlay.peek(id)?.package
    if (own === undefined) continue
    for (const { package: on, range, optional } of await overlay.needsOf(own, release.slice(id.length + 1)))
      if (!optional) needs.push({ release, package: on, range })
  }
  return engine.start({ releases, kin, needs, ...sourceOf(rule), ...asAdopted })
}

const asAdopted = {
  restart: false,
  origin: null,
  who: { actor: { kind: 'system' }, reason: 'new upstream' },
} as const

function sourceOf({ match, policy }: AdoptRule) {
  return { policy, policySource: { kind: 'adopt', detail: `the adopt rule for ${match}` } as const }
}
