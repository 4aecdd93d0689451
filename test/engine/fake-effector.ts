import type { EffectContext, EffectOutcome, Effector, FileReport } from '../../src/ports/effector.ts'
import type { Effect } from '../../src/rollout/effects/effect.ts'

/** Applies effects by noting them; dispatches answer with run numbers from 101 on. */
export interface FakeEffector {
  readonly effector: Effector
  /** Keys in the order in which they were applied, failures included. */
  readonly applied: string[]
  /** What was said of repositories' own files. */
  readonly told: FileReport[]
  /** Answers instead of the usual success; null: the usual. */
  answer: (effect: Effect, context: EffectContext) => EffectOutcome | null | Promise<EffectOutcome | null>
  dispatches(): readonly string[]
}

export function createFakeEffector(firstRunId = 101): FakeEffector {
  let runId = firstRunId
  const fake: FakeEffector = {
    told: [],
    applied: [],
    answer: () => null,
    dispatches: () => fake.applied.filter((key) => key.includes('/dispatch/')),
    effector: {
      async tellFile(report) {
        fake.told.push(report)
        return { ok: true, place: { issue: fake.told.length }, signals: [] }
      },
      async apply(effect, context) {
        fake.applied.push(effect.key)
        return (await fake.answer(effect, context)) ?? succeed(effect, context)
      },
    },
  }

  function succeed(effect: Effect, context: EffectContext): EffectOutcome {
    if (effect.kind === 'find-blockers') {
      return {
        ok: true,
        place: {},
        signals: [{ kind: 'blockers-searched', labels: effect.labels, at: context.now }],
      }
    }
    if (effect.kind === 'read-checks') {
      return { ok: true, place: {}, signals: [{ kind: 'checks-read', at: context.now }] }
    }
    if (effect.kind === 'read-advisories') {
      return { ok: true, place: {}, signals: [{ kind: 'advisories-read', at: context.now }] }
    }
    if (effect.kind === 'read-release') {
      return { ok: true, place: {}, signals: [{ kind: 'release-read', at: context.now, isThere: true }] }
    }
    if (effect.kind !== 'dispatch') return { ok: true, place: { kind: effect.kind }, signals: [] }
    const started = { runId: runId++, url: 'https://forge.test/run' }
    const dispatch = { arm: effect.arm, at: context.now, failure: null, ...started }
    const signal = { kind: 'dispatched', canary: effect.canary, try: effect.try, dispatch } as const
    return { ok: true, place: started, signals: [signal] }
  }
  return fake
}
