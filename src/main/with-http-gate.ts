import type { EffectOutcome, Effector } from '../ports/effector.ts'
import type { HttpGate } from '../upstream/http-gate.ts'

/** How long an effect that only GitHub could apply waits for one to be configured. */
const againMs = 15 * 60_000

/** The effector of a server that may ask `http` gates: GitHub's, where there is one, for everything else. */
export function withHttpGate(github: Effector | null, gate: Pick<HttpGate, 'ask'>): Effector {
  return {
    apply: (effect, context) => {
      if (effect.kind === 'ask-http') return gate.ask(effect, context)
      return github === null ? Promise.resolve(notHere(context.now + againMs)) : github.apply(effect, context)
    },
    tellFile: (report) => (github === null ? Promise.resolve(notHere(null)) : github.tellFile(report)),
  }
}

function notHere(retryAt: number | null): EffectOutcome {
  const failure = { kind: 'broken', message: 'no GitHub is configured', retryAt } as const
  return { ok: false, failure, final: false, signals: [] }
}
