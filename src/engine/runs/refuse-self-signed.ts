import { givenAway } from '../../config/canaries/check-workflow.ts'
import { explainProblems } from '../../config/reading/explain-problems.ts'
import type { RosterEntry } from '../../gates/evidence.ts'
import type { Refusal } from '../../rollout/deciding/refusal.ts'
import { refuse } from '../../rollout/deciding/refuse.ts'
import type { EngineCore } from '../core/engine-core.ts'
import type { CanaryReport } from './canary-report.ts'

/**
 * Refuses a report of a run in which the candidate could have signed it: the workflow's file is read at the commit that
 * ran. A file that cannot be read now (no App there, GitHub away) keeps no answer out; it was read when it was offered.
 */
export async function refuseSelfSigned(
  { parts }: EngineCore,
  entry: RosterEntry,
  { identity }: CanaryReport,
): Promise<Refusal | null> {
  const { forge, offers, log } = parts
  const { workflow = entry.workflow, commit, repositoryId } = identity
  if (forge === null || entry.mode === 'observe' || workflow === '' || commit === undefined) return null
  const seen = (await offers.get(repositoryId, 'file'))?.repository
  const repository =
    seen === undefined ? await forge.repository(repositoryId) : { ok: true as const, value: seen }
  const path = `.github/workflows/${workflow}`
  const read = repository.ok ? await forge.file(repository.value, path, commit) : repository
  if (!read.ok) {
    log.info('the workflow of a report was not read', { repositoryId, why: read.failure.message })
    return null
  }
  const given = read.value === null ? [] : givenAway(read.value)
  if (given.length === 0) return null
  const why = `The candidate could have made up this report, for what its workflow gives it at ${commit.slice(0, 12)}: ${explainProblems(path, given.slice(0, 3))}.`
  return refuse('invalid', why, 'workflow', workflow, 'one that docs/action.md, canary, shows')
}
