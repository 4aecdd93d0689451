import type { Policy } from '../../gates/policy.ts'
import { ownEntry } from '../../versions/own-entry.ts'
import type { Refusal } from '../deciding/refusal.ts'
import { refuse } from '../deciding/refuse.ts'

/** What every ladder must be, whoever wrote it; null when it is. Text is checked earlier, with line and column. */
export function checkPolicy(policy: Policy): Refusal | null {
  const { stages } = policy
  const ladder = stages.map(({ basisPoints }) => basisPoints)
  const rises = ladder.every((points, index) => index === 0 || points > (ladder[index - 1] ?? points))
  if (!rises || ladder[0] !== 0 || ladder.at(-1) !== 10_000 || !ladder.every(Number.isInteger)) {
    const expected = 'basis points that rise from 0 to 10000'
    return refuse('invalid', 'The ladder is no ladder.', 'stages', ladder, expected)
  }
  for (const [index, stage] of stages.entries()) {
    if (!Number.isSafeInteger(stage.bakeMs) || stage.bakeMs < 0) {
      const field = `stages[${index}].bake`
      return refuse(
        'invalid',
        'The bake is no duration.',
        field,
        stage.bakeMs,
        'whole milliseconds, 0 or more',
      )
    }
    const { bakeLeastMs: least } = stage
    if (least !== undefined && !(Number.isSafeInteger(least) && least >= 0 && least <= stage.bakeMs)) {
      const field = `stages[${index}].bake.least`
      return refuse(
        'invalid',
        'The least bake is none.',
        field,
        least,
        'whole milliseconds, at most the bake',
      )
    }
    const stranger = stage.groups.find((group) => ownEntry(policy.groups, group) === undefined)
    if (stranger !== undefined) {
      const expected = 'a name under groups'
      return refuse('invalid', 'The group does not exist.', `stages[${index}].groups`, stranger, expected)
    }
  }
  return null
}
