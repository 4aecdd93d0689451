/** Names that are published here and turn up at the index behind: whoever asks that one gets another package. */
import { expect, it } from 'vitest'
import { publishNpm } from '../server/running-server.ts'
import { startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream } from './tiny-upstream.ts'

it('a name of ours that the upstream gets, too, is told, and no longer when it has it not', async () => {
  const upstream = await startTinyUpstream()
  const index = await startOverlaid(`upstreams: { npm: { url: "${upstream.url}" } }\nhosted: ["@acme/*"]`)
  for (const name of ['own', 'meant', '@acme/kept']) {
    await publishNpm(index, name, '1.0.0')
    await index.ask('POST', '/api/v1/rollouts', { releases: [`npm:${name}@1.0.0`] })
  }
  await index.ask('PUT', '/api/v1/packages/npm/meant/shadow', { shadow: true })
  await index.adopt()
  expect(index.said.join()).not.toContain('is at the upstream, too')
  for (const name of ['own', 'meant', '@acme/kept']) givePackument(upstream, name, { '9.9.9': 1 })
  await index.adopt()
  expect(index.said.join(), 'asked about a moment ago').not.toContain('is at the upstream, too')
  await index.wait(25 * 60 * 60_000)
  for (let pass = 0; pass < 2; pass += 1) await index.adopt()
  const told = index.said.filter((line) => line.includes('is at the upstream, too'))
  expect(told.map((line) => /npm:[^"]*/.exec(line)?.[0]).sort()).toEqual(['npm:@acme/kept', 'npm:own'])
  const found = { alsoUpstream: { at: expect.any(Number) } }
  expect((await index.get('/api/v1/packages/npm/own/upstream')).json).toMatchObject(found)
  expect((await index.get('/packages/npm/own')).text).toContain(
    'the upstream has a package of this name, too',
  )
  expect((await index.get('/metrics')).text).toContain('slipway_upstream_own_names 2')
  expect((await index.get('/npm/own')).text).not.toContain('9.9.9')
  upstream.answers.delete('/own')
  await index.wait(25 * 60 * 60_000)
  await index.adopt()
  expect((await index.get('/packages/npm/own')).text).not.toContain('the upstream has')
  expect((await index.get('/metrics')).text).toContain('slipway_upstream_own_names 1')
  expect(index.errors).toEqual([])
  await index.close()
  await upstream.close()
})
