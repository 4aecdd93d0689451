import { describe, expect, it } from 'vitest'
import { withHttpGate } from '../../src/main/with-http-gate.ts'
import type { EffectContext, Effector } from '../../src/ports/effector.ts'
import type { Effect } from '../../src/rollout/effects/effect.ts'
import { explain } from '../../src/rollout/explaining/explain.ts'
import { createHttpGate } from '../../src/upstream/http-gate.ts'
import { ID, NOON, startedStory } from '../rollout/builders.ts'

const state = startedStory().live
const context: EffectContext = {
  state,
  explanation: explain(state, NOON),
  now: NOON,
  applied: null,
  siblings: [],
  repository: null,
  nonce: () => '',
  clusterOf: () => '',
}
const rule = { url: 'https://judge.example:8443/ask?key=secret', timeoutMs: 1000 }
const question: Effect & { kind: 'ask-http' } = {
  kind: 'ask-http',
  mode: 'standing',
  key: 'k',
  rollout: ID,
  stage: 0,
  rule,
  digest: '0',
}
const comment: Effect = {
  kind: 'transition-comment',
  mode: 'standing',
  digest: 'done',
  key: 'k',
  rollout: ID,
  version: 1,
}

function github() {
  const applied: string[] = []
  const done = { ok: true, place: {}, signals: [] } as const
  const effector: Effector = {
    apply: async ({ kind }) => {
      applied.push(kind)
      return done
    },
    tellFile: async () => {
      applied.push('file')
      return done
    },
  }
  return { effector, applied }
}

describe('the effector of a server that may ask http gates', () => {
  it('says what is to be set where its operator allows no host, and asks nobody', async () => {
    const outcome = await withHttpGate(null, createHttpGate({ hosts: [] })).apply(question, context)
    const [signal] = outcome.signals
    expect(signal).toMatchObject({
      kind: 'http-answer',
      answer: {
        answer: 'hold',
        sentence:
          'it was not asked: judge.example:8443 is to be added to httpGateHosts in slipway.server.yml first',
      },
    })
    expect(JSON.stringify(outcome)).not.toContain('secret')
  })

  it('leaves everything else to GitHub, and questions to the gate', async () => {
    const { effector, applied } = github()
    const asked: string[] = []
    const gate = {
      ask: async ({ rule: { url } }: typeof question) => {
        asked.push(url)
        return { ok: true, place: {}, signals: [] } as const
      },
    }
    const both = withHttpGate(effector, gate)
    await both.apply(comment, context)
    await both.apply(question, context)
    expect([applied, asked]).toEqual([['transition-comment'], [rule.url]])
  })

  it('keeps for later what needs GitHub where none is configured', async () => {
    const alone = withHttpGate(null, createHttpGate({ hosts: [] }))
    expect(await alone.apply(comment, context)).toMatchObject({
      ok: false,
      final: false,
      failure: { kind: 'broken', message: 'no GitHub is configured', retryAt: NOON + 15 * 60_000 },
    })
  })
})
