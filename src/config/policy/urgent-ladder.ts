import type { ProfileLadder, Stage, StageGates } from '../../gates/policy.ts'
import type { UrgentEntry } from './file-schema.ts'
import { profileStages } from './profiles.ts'

/**
 * The ladder of a security fix: percent and bake of a profile, with the gates of the release on each stage. It is
 * faster, not blind: canaries and blockers that only single stages of the usual ladder ask for are asked for too.
 * `by` waits for that person's yes before anybody sees the candidate. Groups come in no later than usual.
 */
export function urgentLadder(
  { profile = 'rapid', by }: UrgentEntry,
  usual: readonly Stage[],
  gates: StageGates,
): ProfileLadder {
  const canaries = gates.canaries ?? usual.find((stage) => stage.gates.canaries)?.gates.canaries
  const blockers = gates.blockers ?? usual.find((stage) => stage.gates.blockers)?.gates.blockers
  // What is hurried waits for no window.
  const { window: _, ...asked } = gates
  const kept = { ...asked, ...(canaries && { canaries }), ...(blockers && { blockers }) }
  const stages = profileStages(profile, kept).map((stage, index) => ({
    ...stage,
    groups: groupsUpTo(usual, stage.basisPoints),
    gates: index === 0 && by !== undefined ? { ...kept, approval: { by } } : kept,
  }))
  return { profile, stages }
}

function groupsUpTo(usual: readonly Stage[], basisPoints: number): readonly string[] {
  const reached = usual.filter((stage) => stage.basisPoints <= basisPoints)
  return [...new Set(reached.flatMap(({ groups }) => groups))]
}
