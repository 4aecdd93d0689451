import { afterAll, beforeAll, expect, it } from 'vitest'
import { publishNpm } from '../server/running-server.ts'
import { type OverlaidIndex, startOverlaid } from './overlaid-index.ts'
import { givePackument, startTinyUpstream, type TinyUpstream } from './tiny-upstream.ts'

let upstream: TinyUpstream
let index: OverlaidIndex
beforeAll(async () => {
  upstream = await startTinyUpstream()
  const policy = 'policy: { stages: [{ percent: 0, bake: 30d }, { percent: 100, bake: 1d }], gates: {} }'
  index = await startOverlaid(`
upstreams: { npm: { url: "${upstream.url}" } }
hosted: ["npm:@acme/*", "npm:inside"]
adopt: [{ match: "npm:left", ${policy} }]
`)
})
afterAll(async () => {
  await index.close()
  await upstream.close()
})

const found = async (text: string, more = '') => {
  const { json } = await index.get(`/npm/-/v1/search?text=${encodeURIComponent(text)}${more}`)
  return [json.objects].flat().map((hit) => {
    const { name, version } = Object(hit).package
    return `${name}@${version}`
  })
}
const asked = () => upstream.asked.filter((line) => line.includes('/-/v1/search'))

it('npm search passes words on, and names the version that the asker is shown', async () => {
  givePackument(upstream, 'left', { '1.0.0': 400, '1.1.0': 1 })
  await index.get('/npm/left')
  await index.adopt()
  const package_ = (name: string) => ({ package: { name, version: '1.1.0', links: {} }, score: { final: 1 } })
  const body = JSON.stringify({ objects: [package_('left'), package_('lefty')], total: 2 })
  upstream.answers.set('/-/v1/search?text=lefts&size=20&from=0', { type: 'application/json', body })
  expect(await found('lefts')).toEqual(['left@1.0.0', 'lefty@1.1.0'])
  // Nobody's words are kept: they are any.
  upstream.answers.clear()
  expect(await found('lefts')).toEqual([])
})

it.each(['@acme/secret', 'paper @acme', 'inside', 'the INSIDE', 'hush'])(
  'npm search %s is not passed on',
  async (text) => {
    await publishNpm(index, '@acme/hush', '1.0.0')
    const before = asked().length
    expect(await found(text)).toEqual(text === 'hush' ? ['@acme/hush@1.0.0'] : [])
    expect(asked()).toHaveLength(before)
  },
)

it.each([
  ['an outage', 503, ''],
  ['a login page', 200, '<html>sign in</html>'],
  ['something else', 200, '{"objects":"none"}'],
])('npm search finds nothing while the upstream gives %s', async (_what, status, body) => {
  upstream.answers.set(
    '/-/v1/search?text=words&size=20&from=0',
    (_request, response) => void response.writeHead(status, { 'content-type': 'application/json' }).end(body),
  )
  expect(await found('words')).toEqual([])
  expect(index.errors).toEqual([])
})
