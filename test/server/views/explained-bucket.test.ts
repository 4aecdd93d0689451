import { afterAll, beforeAll, expect, it } from 'vitest'
import { startIndex, type TestIndex, withCandidate } from '../running-server.ts'

let index: TestIndex
beforeAll(async () => {
  index = await startIndex()
  await withCandidate(index, 'told')
})
afterAll(() => index.close())

const bucketTold = async (path: string, headers = {}) =>
  (await fetch(`${index.url}${path}`, { headers })).headers.get('slipway-bucket')

it('tells the bucket to who asks for it, and to nobody else', async () => {
  const body = { to: 5, as: 'mia', reason: 'x' }
  await index.ask('POST', '/api/v1/rollouts/npm:told@1.1.0/advance', body)
  const { id } = (await index.ask('GET', '/api/v1/rollouts/npm:told@1.1.0')).json
  const why = await index.ask('GET', '/api/v1/why?rollout=npm:told@1.1.0&key=k1')
  const asked = { 'slipway-explain': '1' }
  expect(await bucketTold('/as/k1/npm/told', asked)).toBe(`${id}=${why.json.bucket}/500`)
  expect(await bucketTold('/as/k1/npm/told')).toBeNull()
  expect(await bucketTold('/channel/stable/npm/told', asked)).toBe('none')
})
