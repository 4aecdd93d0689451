import { inCohort } from '../cohort/bucket.ts'
import type { Explanation } from '../rollout/explanation.ts'
import type { RolloutState } from '../rollout/state.ts'

export interface WhyOfKey {
  /** True when unpinned installs under the key get the candidate. */
  readonly inside: boolean
  readonly groups: readonly string[]
  readonly sentence: string
}

/** The answer to "why do I get this version": by the end of the rollout, by a group, or by the bucket. */
export function whyOfKey(
  state: RolloutState,
  explanation: Explanation,
  key: string,
  bucket: number,
): WhyOfKey {
  const { percent, phase } = explanation
  const candidates = state.members.map((member) => member.candidate).join(', ')
  const stages = state.policy?.stages.slice(0, state.stageIndex + 1) ?? []
  const groups = Object.entries(state.policy?.groups ?? {})
    .filter(([name, keys]) => keys.includes(key) && stages.some((stage) => stage.groups.includes(name)))
    .map(([name]) => name)
  if (phase === 'completed') {
    return { inside: true, groups, sentence: `In: ${candidates} is completed, everybody gets it.` }
  }
  if (state.end !== null) {
    return {
      inside: false,
      groups,
      sentence: `Out: the rollout of ${candidates} is ${phase}; only exact pins get it.`,
    }
  }
  if (state.startedAt !== null && groups.length > 0) {
    return { inside: true, groups, sentence: `In: the key is in the group ${groups.join(', ')}.` }
  }
  const basisPoints = Math.round(percent * 100)
  const inside = inCohort(bucket, basisPoints)
  const place = `the key falls into bucket ${bucket} of 10000 and ${percent} % means the buckets below ${basisPoints}`
  return { inside, groups, sentence: `${inside ? 'In' : 'Out'}: ${place}.` }
}
