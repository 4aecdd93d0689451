import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeEach(async () => {
  upstream = await startTinyUpstream()
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}" } }
adopt:
  - { match: "patient-*", cadence: yearly }
  - { match: "*", cadence: yearly, policy: { profile: cautious }, urgent: { profile: rapid, by: maintain } }
`)
})
afterEach(async () => {
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})

const address = '/api/v1/packages/npm/lib/advisories'
const advisory = { id: 'GHSA-1', affected: '<1.1.0', summary: 'reads too much' }

/** 1.0.0 is old; 1.1.0 comes after what `before` does, and is looked at after some days. */
async function adopt(before: () => Promise<unknown>, days = 400) {
  givePackument(upstream, 'lib', { '1.0.0': 100 })
  await index.get('/npm/lib')
  await before()
  givePackument(upstream, 'lib', { '1.0.0': 100, '1.1.0': 1 })
  await index.wait(days * 24 * 60 * 60_000)
  await index.adopt()
  const { json } = await index.get('/api/v1/rollouts/npm:lib@1.1.0')
  return json
}

describe('an adopted release that fixes an advisory', () => {
  it('takes the urgent ladder of its adopt rule', async () => {
    const begun = await adopt(() => index.ask('PUT', address, { advisories: [advisory] }))
    expect(begun).toMatchObject({
      releases: [{ candidate: '1.1.0', baseline: '1.0.0' }],
      policySource: {
        kind: 'adopt',
        detail: 'the adopt rule for *; its urgent ladder, because the release fixes GHSA-1',
        urgent: ['GHSA-1'],
      },
      explanation: { stages: [{ percent: 0 }, { percent: 10 }, { percent: 50 }, { percent: 100 }] },
    })
    expect((await index.get(address)).json).toMatchObject({ advisories: [{ id: 'GHSA-1', url: null }] })
  })

  it('takes the usual one where the advisory is about something else', async () => {
    const other = { ...advisory, affected: '>=2.0.0' }
    const begun = await adopt(() => index.ask('PUT', address, { advisories: [other] }))
    expect(begun).toMatchObject({
      policySource: { kind: 'adopt', detail: 'the adopt rule for *' },
      explanation: { stages: { length: 8 } },
    })
  })

  it('does not wait for the next date of its cadence', async () => {
    const begun = await adopt(() => index.ask('PUT', address, { advisories: [advisory] }), 1)
    // Begun at once, and held for the approval that its ladder asks for.
    expect(begun).toMatchObject({
      phase: 'held',
      policySource: { urgent: ['GHSA-1'] },
      explanation: {
        sentence: expect.stringContaining('Waiting for the approval of somebody with maintain'),
      },
    })
  })

  it.each([
    ['it fixes nothing', 'lib', { ...advisory, affected: '*' }],
    ['nothing hurries its policy', 'patient-lib', advisory],
  ])('waits for that date where %s', async (_, name, known) => {
    givePackument(upstream, name, { '1.0.0': 100 })
    await index.get(`/npm/${name}`)
    expect((await index.ask('PUT', address.replace('lib', name), { advisories: [known] })).status).toBe(200)
    givePackument(upstream, name, { '1.0.0': 100, '1.1.0': 1 })
    await index.wait(24 * 60 * 60_000)
    await index.adopt()
    expect(index.engine.all()).toEqual([])
    await index.wait(400 * 24 * 60 * 60_000)
    await index.adopt()
    expect(index.engine.all()).toHaveLength(1)
  })

  it('knows nothing against a package that no upstream has', async () => {
    const nobody = address.replace('lib', 'nobody')
    expect((await index.ask('PUT', nobody, { advisories: [advisory] })).status).toBe(404)
  })
})
