/** Measures one rollout with 10,000 canaries and two tries each in this process and prints ms as JSON. */
import { evaluate } from '../src/rollout/deciding/evaluate.ts'
import type { RolloutEvent } from '../src/rollout/history/event.ts'
import { replay } from '../src/rollout/history/evolve.ts'
import { isLive } from '../src/rollout/history/phase.ts'
import { canary, ID, NOON, pair, startedStory, system } from '../test/rollout/builders.ts'
import { median } from './median.ts'

const roster = Array.from({ length: 10_000 }, (_, number) =>
  canary({ id: String(5_000_000_000 + number), repo: `o/r${number}` }),
)
const results = roster.flatMap(({ id }) =>
  [1, 2].flatMap((number) => pair('fail', 'pass', { canary: id, try: number })),
)
const events: readonly RolloutEvent[] = [
  ...startedStory({ roster }).events,
  ...results.map(
    (fact) => ({ v: 1, at: NOON, actor: system, reason: '', type: 'result-recorded', fact }) as const,
  ),
]
const state = replay(ID, events)
if (state === null || !isLive(state)) throw new Error('not live')
const times = Array.from({ length: 20 }, () => {
  const begin = performance.now()
  evaluate(state, NOON)
  return performance.now() - begin
})
process.stdout.write(JSON.stringify(median(times)))
