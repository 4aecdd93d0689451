import { beforeEach, describe, expect, it } from 'vitest'
import type { CanaryReport } from '../../../src/engine/runs/canary-report.ts'
import { actionWorkflow, reportOf } from '../../engine/world.ts'
import { createPaperWorld, type PaperWorld } from '../paper-world.ts'

const stranger = '66'
const offers = (text: string) => ({ '.github/slipway.yml': text, '.github/workflows/ci.yml': actionWorkflow })

let told: PaperWorld
const open = async (file: string) => {
  told = await createPaperWorld({ [stranger]: ['evil/thing', offers(file)] })
  await told.world.upload('npm:demo@1.1.0')
}

/** A report as the stranger's own workflow would send it. */
function strangersReport(): CanaryReport {
  const own = reportOf(told.world, told.state(), { candidate: 'fail', baseline: 'pass' })
  const nonce = told.world.engine.nonceOf(told.state().id, stranger, 1)
  return { ...own, try: 1, nonce, identity: { repositoryId: stranger, runId: 1, runAttempt: 1, url: null } }
}

describe('a stranger opts in with required: true', () => {
  beforeEach(() =>
    open('canaries:\n  - { for: "npm:demo", workflow: ci.yml, required: true, weight: 1000 }\n'),
  )

  it('and is on no roster: who counts is the policy, the file knows no such key', async () => {
    expect(Object.keys(told.state().canaries)).not.toContain(stranger)
    const answer = await told.world.engine.report(strangersReport())
    expect(answer).toMatchObject({ ok: false, refusal: { field: 'canary' } })
    expect(told.state().end).toBeNull()
  })
})

describe('a stranger opts in as the format asks', () => {
  beforeEach(() => open('canaries:\n  - { for: "npm:demo", workflow: ci.yml }\n'))

  it('and is shown with weight 0, is not started, and can neither hold nor take back', async () => {
    const entry = told.state().canaries[stranger]?.entry
    expect(entry).toMatchObject({ admission: 'none', weight: 0 })
    expect(told.paper.dispatched.map(({ workflow }) => workflow)).toHaveLength(1)
    for (let number = 1; number <= 2; number += 1) {
      const nonce = told.world.engine.nonceOf(told.state().id, stranger, number)
      await told.world.engine.report({ ...strangersReport(), try: number, nonce })
    }
    await told.world.engine.report(
      reportOf(told.world, told.state(), { candidate: 'pass', baseline: 'pass' }),
    )
    await told.pass(1500)
    expect(told.state().end).toBeNull()
    expect(told.state().heldSince).toBeNull()
    expect(told.state().stageIndex).toBe(1)
    const explanation = told.world.engine.explain(told.state())
    expect(explanation.coverage).toMatchObject({ decided: 1, admitted: 1 })
    expect(told.written().join('\n')).toContain('1 not admitted; it counts for nothing')
  })
})
