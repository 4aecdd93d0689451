import { canariesGate } from './canaries/canaries.ts'
import { labelWhenAsked } from './canaries/canary-label.ts'
import { judge } from './canaries/comparison.ts'
import { contentsGate } from './contents/contents-gate.ts'
import type { GateFacts } from './evidence.ts'
import { advisoriesGate } from './kinds/advisories.ts'
import { approvalGate } from './kinds/approval.ts'
import { bakeGate } from './kinds/bake.ts'
import { blockersGate } from './kinds/blockers.ts'
import { checksGate } from './kinds/checks.ts'
import { exposureGate } from './kinds/exposure.ts'
import { holdsGate } from './kinds/holds.ts'
import { httpGate } from './kinds/http.ts'
import { publicationGate } from './kinds/publication.ts'
import { windowGate } from './kinds/window.ts'
import type { CanariesRule, Stage } from './policy.ts'
import { strongest, type Verdict } from './verdict.ts'

/** The gates of one stage together. */
export interface Evaluation {
  readonly answer: Verdict['answer']
  /** One verdict for each gate asked, in the order bake, canaries, checks, blockers, exposure, advisories, approval, http, window, publication, contents, trust, holds. */
  readonly verdicts: readonly Verdict[]
}

/**
 * Asks every gate of a stage. `sameRepository` is the id of the repository whose people read the sentences:
 * its own private canaries are named, others are not.
 */
export function evaluateGates(
  stage: Stage,
  facts: GateFacts,
  now: number,
  sameRepository: string | null,
): Evaluation {
  const labelOf = labelWhenAsked(facts.canaries, sameRepository)
  const { canaries, checks, blockers, exposure, advisories, approval, http, window } = stage.gates
  const verdicts = [bakeGate(stage, facts, now)]
  if (canaries !== undefined) verdicts.push(canariesGate(canaries, facts, now, labelOf))
  if (checks !== undefined) verdicts.push(checksGate(checks, facts))
  if (blockers !== undefined) verdicts.push(blockersGate(blockers, facts))
  if (exposure !== undefined) verdicts.push(exposureGate(exposure, stage, facts, now))
  if (advisories !== undefined) verdicts.push(advisoriesGate(facts))
  if (approval !== undefined) verdicts.push(approvalGate(approval, facts))
  if (http !== undefined) verdicts.push(httpGate(http, facts, now))
  if (window !== undefined && !(window.unlessTested && isTested(stage.gates.canaries, facts, verdicts)))
    verdicts.push(windowGate(window, stage, now))
  const publication = publicationGate(facts)
  if (publication !== null) verdicts.push(publication)
  for (const found of [contentsGate('contents', facts), contentsGate('trust', facts)])
    if (found !== null) verdicts.push(found)
  const holds = holdsGate(facts, now, labelOf)
  if (holds !== null) verdicts.push(holds)
  return { answer: strongest(verdicts), verdicts }
}

/** Whether the canaries let it go, and at least one of them has tried it. */
function isTested(rule: CanariesRule | undefined, facts: GateFacts, verdicts: readonly Verdict[]): boolean {
  const isFree = verdicts.some(({ gate, answer }) => gate === 'canaries' && answer === 'pass')
  if (rule === undefined || !isFree) return false
  return Object.values(facts.canaries).some((canary) => {
    if (canary.entry.admission === 'none') return false
    const { kind } = judge(canary, facts.releases, rule, facts.stageEnteredAt)
    return kind === 'same-pass' || kind === 'fixed'
  })
}
