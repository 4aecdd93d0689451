import { beforeEach, describe, expect, it } from 'vitest'
import type { CanaryReport } from '../../../src/engine/runs/canary-report.ts'
import { actionWorkflow, canaryId, maintainer, ownerId, ownersFile, reportOf } from '../../engine/world.ts'
import { createPaperWorld, type PaperWorld } from '../paper-world.ts'

const liar = '66'
const offer = {
  '.github/slipway.yml': 'canaries:\n  - { for: "npm:demo", workflow: ci.yml }\n',
  '.github/workflows/ci.yml': actionWorkflow,
}

let told: PaperWorld

/** A report of any repository on the roster for its newest try; by default the canary fails with the candidate only. */
function reportBy(id: string, change: Partial<CanaryReport> = {}): CanaryReport {
  const { canaries, id: rollout } = told.state()
  const number = Math.max(1, ...Object.keys(canaries[id]?.tries ?? {}).map(Number))
  const runId = canaries[id]?.tries[number]?.dispatches.both?.runId ?? 0
  const nonce = told.world.engine.nonceOf(rollout, id, number)
  const plain = reportOf(told.world, told.state(), { candidate: 'fail', baseline: 'pass' })
  const identity = { repositoryId: id, runId, runAttempt: 1, url: null }
  return { ...plain, try: number, nonce, identity, ...change }
}

const refused = (report: CanaryReport) =>
  told.world.engine.report(report).then((answer) => (answer.ok ? 'taken' : answer.refusal.field))

beforeEach(async () => {
  told = await createPaperWorld({ [liar]: ['other/liar', offer] })
  const admits = ownersFile.replace(
    'acme/app, required: true }',
    'acme/app, required: true }\n      - { repo: other/liar }',
  )
  told.world.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', admits)
  await told.world.upload('npm:demo@1.1.0')
})

describe('a dependent reports false failures', () => {
  it('and, admitted as advisory, neither holds nor takes back; everybody sees what it says', async () => {
    expect(told.state().canaries[liar]?.entry.admission).toBe('advisory')
    for (let tries = 0; tries < 2; tries += 1) {
      expect(await refused(reportBy(liar))).toBe('taken')
      await told.pass(1)
    }
    await told.world.engine.report(
      reportOf(told.world, told.state(), { candidate: 'pass', baseline: 'pass' }),
    )
    await told.pass(1500)
    expect(told.state()).toMatchObject({ end: null, heldSince: null, stageIndex: 1 })
    expect(told.written().join('\n')).toMatch(/`other\/liar` \| regressed \(advisory\)/)
  })

  it('and, required, counts only when both arms are shown to have had their version on', async () => {
    const [first] = reportBy(canaryId).legs
    const empty = Object.fromEntries(
      Object.entries(first?.arms ?? {}).map(([arm, result]) => [
        arm,
        { ...result, installed: ['npm:other@9.9.9'] },
      ]),
    )
    expect(await refused(reportBy(canaryId, { legs: [{ leg: 'default', arms: empty }] }))).toBe('taken')
    await told.pass(1500)
    expect(told.state().end).toBeNull()
    expect(
      told.world.engine.explain(told.state()).canaries.map(({ comparison }) => comparison.kind),
    ).toContain('not-exercised')
    expect(told.state().stageIndex).toBe(0)
  })

  it('and, required, takes it back: that is what required means; no longer admitted, it counts for nothing', async () => {
    for (let tries = 0; tries < 2; tries += 1) {
      await told.world.engine.report(reportBy(canaryId))
      await told.pass(1)
    }
    expect(told.state().end).toMatchObject({ kind: 'rolled-back', automatic: true })
    const without = ownersFile.replace(/ {4}canaries:\n {6}- .*\n/, '')
    told.world.forge.repositories.get(ownerId)?.files.set('.github/slipway.yml', without)
    const request = { releases: ['npm:demo@1.1.0'], policy: null, restart: true, origin: null }
    const who = { ...maintainer, reason: 'acme/app reports what is not so' }
    expect(await told.world.engine.start({ ...request, who })).toMatchObject({ ok: true })
    expect(told.state().canaries[canaryId]?.entry.admission).toBe('none')
    await told.pass(1500)
    expect(told.state()).toMatchObject({ end: null, heldSince: null, stageIndex: 1 })
  })

  it('and cannot speak for another canary, another run, another attempt or a fork of itself', async () => {
    const rightly = reportBy(liar)
    const { identity } = rightly
    const others = reportBy(canaryId)
    expect(await refused({ ...rightly, nonce: others.nonce })).toBe('nonce')
    expect(await refused({ ...others, identity })).toBe('nonce')
    expect(await refused({ ...rightly, identity: { ...identity, runId: identity.runId + 1000 } })).toBe('run')
    expect(await refused({ ...rightly, identity: { ...identity, repositoryId: '6600' } })).toBe('canary')
    expect(await refused({ ...rightly, identity: { ...identity, workflow: 'other.yml' } })).toBe('workflow')
    expect(told.state().canaries[canaryId]?.tries[1]?.legs).toEqual({})
    expect(await refused(rightly)).toBe('taken')
    expect(await refused({ ...reportBy(liar), ...rightly, legs: [{ leg: 'default', arms: {} }] })).toBe(
      'legs',
    )
    const contrary = reportOf(told.world, told.state(), { candidate: 'pass', baseline: 'pass' })
    expect(await refused({ ...rightly, legs: contrary.legs })).toBe('nonce')
  })
})
