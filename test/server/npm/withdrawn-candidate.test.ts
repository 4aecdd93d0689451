/** Publishers that take back by themselves what is rolling out. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { publishBegun } from '../pypi-form.ts'
import { npmDocumentOf, startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
})
afterAll(async () => {
  expect(index.errors.filter((line) => !line.includes('does not begin'))).toEqual([])
  await index.close()
})

const rollout = async (release: string) => (await index.ask('GET', `/api/v1/rollouts/${release}`)).json

const deprecate = async (name: string, messages: Readonly<Record<string, string>>) => {
  const document = await npmDocumentOf(index, '', name)
  const versions = Object.fromEntries(
    Object.entries(messages).map(([version, deprecated]) => [
      version,
      { ...document.versions[version], deprecated },
    ]),
  )
  return index.ask('PUT', `/npm/${name}`, { _id: name, name, versions })
}

describe('a candidate', () => {
  it('that is deprecated is held before the answer, and goes on when a person dismisses that', async () => {
    await withCandidate(index, 'worn')
    await index.wait(20 * 60_000)
    expect(await rollout('npm:worn@1.1.0')).toMatchObject({ phase: 'rolling', percent: 5 })
    expect((await deprecate('worn', { '1.1.0': 'use 1.0' })).status).toBe(200)
    expect(await rollout('npm:worn@1.1.0')).toMatchObject({ phase: 'held', percent: 5 })
    const path = '/api/v1/rollouts/npm:worn@1.1.0/dismiss'
    expect((await index.ask('POST', path, { reason: 'x', as: 'ada' })).json).toMatchObject({ field: 'code' })
    const done = await index.ask('POST', path, { code: 'deprecated', reason: 'old news', as: 'ada' })
    expect(done.status).toBe(200)
    await index.wait(1)
    expect(await rollout('npm:worn@1.1.0')).toMatchObject({ phase: 'rolling' })
  })

  it('that is deprecated with all other releases goes on, and says so', async () => {
    await withCandidate(index, 'given-up')
    await deprecate('given-up', { '1.0.0': 'bye', '1.1.0': 'bye' })
    const { json } = await index.ask('GET', '/api/v1/rollouts/npm:given-up@1.1.0')
    expect(json.phase).toBe('staged')
    expect(JSON.stringify(json.explanation)).toContain('deprecated all releases of the package')
  })

  it('of a project that an operator quarantines is taken back', async () => {
    await withCandidate(index, 'bad')
    await index.ask('PUT', '/api/v1/packages/npm/bad/status', { status: 'quarantined', reason: 'malware' })
    expect(await rollout('npm:bad@1.1.0')).toMatchObject({ phase: 'rolled-back', percent: 0 })
  })

  it('on PyPI that is yanked is taken back before the answer', async () => {
    await publishBegun(index, 'demo', '1.0.0')
    await publishBegun(index, 'demo', '1.1.0')
    expect(await rollout('pypi:demo@1.1.0')).toMatchObject({ phase: 'staged' })
    const yanked = await index.ask('POST', '/api/v1/packages/pypi/demo/yank', {
      version: '1.1.0',
      reason: 'oops',
    })
    expect(yanked.status).toBe(200)
    const { phase, explanation } = await rollout('pypi:demo@1.1.0')
    expect(phase).toBe('rolled-back')
    expect(JSON.stringify(explanation)).toContain('Its publisher yanked pypi:demo@1.1.0')
  })
})
