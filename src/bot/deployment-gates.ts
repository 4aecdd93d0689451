import { needOf } from '../config/policy/needs-entry.ts'
import { parseSlipwayFile, slipwayFilePath } from '../config/policy/slipway-file.ts'
import { explainProblems } from '../config/reading/explain-problems.ts'
import { type Log, messageOf } from '../engine/core/log.ts'
import type { RolloutReader } from '../engine/roles/rollout-reader.ts'
import {
  gateBrokenText,
  gateClosedText,
  gateOpenText,
  gateUnknownText,
  gateUnsaidText,
  gateWaitsText,
} from '../github/words/gate-words.ts'
import type { AccessStore } from '../ports/access-store.ts'
import type { Clock } from '../ports/clock.ts'
import type { AppliedEffect, EffectLog } from '../ports/effect-log.ts'
import type { CommitMarker, Repository, RepositoryReader } from '../ports/forge.ts'
import { basisPointsOf } from '../rollout/history/phase.ts'
import type { RolloutState } from '../rollout/history/state.ts'
import { packageIdOf, parseReleaseId } from '../versions/release.ts'
import { must } from './bot-parts.ts'

export interface GateParts {
  readonly engine: RolloutReader
  readonly forge: RepositoryReader & CommitMarker
  readonly effects: EffectLog
  readonly access: Pick<AccessStore, 'ownerOf'>
  readonly clock: Clock
  readonly log: Log
  readonly publicUrl: string
}

/** A deployment that GitHub asks about: it waits for this App's rule at its environment. */
export interface AskedDeployment {
  readonly repository: Repository
  readonly runId: number
  readonly environment: string
}

const waiting = 'waiting'
const over = 'over'
/** GitHub ends a job that waited for so long. */
const keptMs = 31 * 24 * 3_600_000

/** GitHub asks: answered now where that is possible, else kept, and answered when the release is so far. */
export async function askGate(parts: GateParts, asked: AskedDeployment): Promise<void> {
  const { repository, runId, environment } = asked
  const text = must(await parts.forge.file(repository, slipwayFilePath, null))
  const review = async (answer: 'rejected' | null, comment: string) =>
    must(await parts.forge.reviewDeployment(repository, runId, { environment, answer, comment }))
  const parsed = parseSlipwayFile(text ?? '')
  if (text !== null && !parsed.ok)
    return review('rejected', gateBrokenText(explainProblems(slipwayFilePath, parsed.problems)))
  const need = parsed.ok ? needOf(parsed.file.needs, environment) : null
  if (need === null) return review('rejected', gateUnsaidText(environment))
  const gate: AppliedEffect = {
    key: `gate/${repository.id}/${runId}/${environment}`,
    digest: waiting,
    place: { repository: repository.id, runId, environment, ...need },
    at: parts.clock.now(),
  }
  if ((await parts.effects.get(gate.key)) !== null) return
  const { answer, comment } = await judge(parts, gate, repository)
  must(await parts.forge.reviewDeployment(repository, runId, { environment, answer, comment }))
  await parts.effects.put(answer === null ? gate : { ...gate, digest: answer })
}

/** One look at every deployment that waits. What GitHub does not take now is told at the next look. */
export async function lookAtGates(parts: GateParts): Promise<void> {
  for (const gate of await parts.effects.list('gate/')) {
    if (gate.digest !== waiting) continue
    try {
      await lookAt(parts, gate)
    } catch (error) {
      parts.log.warn('a deployment was not answered; tried again', { gate: gate.key, why: messageOf(error) })
    }
  }
}

async function lookAt(parts: GateParts, gate: AppliedEffect): Promise<void> {
  const end = (digest: string) => parts.effects.put({ ...gate, digest, at: parts.clock.now() })
  if (parts.clock.now() - gate.at > keptMs) return end(over)
  const found = await parts.forge.repository(String(gate.place.repository))
  if (!found.ok && found.failure.kind === 'gone') return end(over)
  const repository = must(found)
  const { answer, comment } = await judge(parts, gate, repository)
  if (answer === null) return
  const environment = String(gate.place.environment)
  const review = { environment, answer, comment }
  const reviewed = await parts.forge.reviewDeployment(repository, Number(gate.place.runId), review)
  // Its run was cancelled, or somebody with the right went past the rule.
  if (!reviewed.ok && ['gone', 'invalid'].includes(reviewed.failure.kind)) return end(over)
  must(reviewed)
  await end(answer)
}

interface Judged {
  readonly answer: 'approved' | 'rejected' | null
  readonly comment: string
}

async function judge(parts: GateParts, { place }: AppliedEffect, repository: Repository): Promise<Judged> {
  const release = String(place.release)
  const share = Number(place.basisPoints)
  const need = `\`${release}\` at ${share / 100} % or more`
  const state = parts.engine.find(release)
  if (state === null || !(await mayHear(parts, state, release, repository)))
    return { answer: null, comment: gateUnknownText(need) }
  const { sentence } = parts.engine.explain(state)
  const url = `${parts.publicUrl}/rollouts/${state.id}`
  if (basisPointsOf(state) >= share) return { answer: 'approved', comment: gateOpenText(need, sentence, url) }
  if (state.end === null) return { answer: null, comment: gateWaitsText(need, sentence, url) }
  return { answer: 'rejected', comment: gateClosedText(need, sentence, url) }
}

/** Who owns the package, tests it or is in the account of its owner; all others learn nothing. */
async function mayHear(
  { access }: GateParts,
  { canaries }: RolloutState,
  release: string,
  repository: Repository,
): Promise<boolean> {
  if (canaries[repository.id] !== undefined) return true
  const parsed = parseReleaseId(release)
  const owner = parsed.ok ? await access.ownerOf(packageIdOf(parsed.value)) : null
  return (
    owner?.repositoryId === repository.id || accountOf(owner?.repository) === accountOf(repository.fullName)
  )
}

function accountOf(fullName: string | undefined): string | null {
  return fullName?.split('/')[0]?.toLowerCase() ?? null
}

/** Looks every so often; resolves to what stops it. */
export function startGates(parts: GateParts, everyMs: number): () => Promise<void> {
  let running: Promise<void> = Promise.resolve()
  const look = () => {
    running = running
      .then(() => lookAtGates(parts))
      .catch((error: unknown) => parts.log.error('deployments were not looked at', { why: messageOf(error) }))
  }
  const timer = setInterval(look, everyMs)
  timer.unref()
  look()
  return async () => {
    clearInterval(timer)
    await running
  }
}
