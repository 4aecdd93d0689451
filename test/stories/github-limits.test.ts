import { afterAll, beforeAll, expect, it } from 'vitest'
import { createGithubForge } from '../../src/github/calls/forge.ts'
import type { Repository } from '../../src/ports/forge.ts'
import { appKey, type Rig, startRig } from '../github-stand-in/rig.ts'

const workflow = `
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ run: "true" }] } }
`
const dispatchRoute = 'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches'

let rig: Rig
let late = 0
/** A forge with the queue as it is in earnest, whose clock a test may put forward. */
const forgeOf = (throttle: boolean) =>
  createGithubForge({
    appId: 77,
    privateKey: appKey,
    apiUrl: rig.github.url,
    clock: { now: () => Date.now() + late },
    throttle,
  })

beforeAll(async () => {
  rig = await startRig()
  const files = { '.github/workflows/canary.yml': workflow }
  for (let number = 1; number <= 6; number += 1)
    await rig.github.createRepository({ fullName: `acme/app-${number}`, files })
})
afterAll(() => rig.close())

async function repositories(forge: ReturnType<typeof forgeOf>): Promise<readonly Repository[]> {
  const listed = await forge.repositories()
  if (!listed.ok) throw new Error(listed.failure.message)
  return listed.value
}
const count = (operation: string) => rig.github.operations().get(operation) ?? 0
const start = (forge: ReturnType<typeof forgeOf>, to: Repository, nonce: string) =>
  forge.dispatch(to, 'canary.yml', 'main', { slipway: JSON.stringify({ nonce }) }, nonce)

it.each([
  ['retry-after', 403, { 'retry-after': '40' }, 40_000],
  ['the hourly limit', 429, { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': 'soon' }, 60_000],
  ['no time at all', 403, {}, 60_000],
] as const)('a dispatch that is limited (%s) happens later, once', async (name, status, headers, most) => {
  const forge = forgeOf(false)
  const [repository] = await repositories(forge)
  if (repository === undefined) throw new Error('nothing is there')
  const reset = { 'x-ratelimit-reset': String(Math.ceil((Date.now() + late + 50_000) / 1000)) }
  const told = 'x-ratelimit-reset' in headers ? { ...headers, ...reset } : headers
  rig.github.limitNext({ operation: dispatchRoute, status, headers: told })
  const before = { posts: count(dispatchRoute), runs: rig.github.runs().length }
  const nonce = `n-${status}-${name.length}`
  const first = await start(forge, repository, nonce)
  if (first.ok) throw new Error('it was not limited')
  expect(first.failure.kind).toBe('limited')
  const wait = (first.failure.retryAt ?? 0) - Date.now() - late
  expect(wait).toBeGreaterThan(most - 21_000)
  expect(wait).toBeLessThanOrEqual(most)
  // Asked again too early, nothing leaves this machine.
  expect(await start(forge, repository, nonce)).toMatchObject({ ok: false, failure: { kind: 'limited' } })
  expect(count(dispatchRoute) - before.posts).toBe(1)
  late += wait + 1000
  expect(await start(forge, repository, nonce)).toMatchObject({ ok: true })
  await rig.github.settled()
  expect(rig.github.runs().length - before.runs).toBe(1)
  expect(await forge.findRun(repository, 'canary.yml', nonce)).toEqual({
    ok: true,
    value: rig.github.runs().at(-1)?.id,
  })
})

it('a dispatch costs one request, and one for its token', async () => {
  const forge = forgeOf(false)
  const all = await repositories(forge)
  const before = new Map(rig.github.operations())
  for (const [index, repository] of all.entries()) await start(forge, repository, `cost-${index}`)
  const cost = [...rig.github.operations()]
    .map(([name, total]) => [name, total - (before.get(name) ?? 0)] as const)
    .filter(([, number]) => number > 0)
  expect(Object.fromEntries(cost)).toEqual({
    [dispatchRoute]: all.length,
    'POST /app/installations/{installation_id}/access_tokens': all.length,
  })
  await rig.github.settled()
})

it('writes come apart from each other', async () => {
  const forge = forgeOf(true)
  const [repository] = await repositories(forge)
  if (repository === undefined) throw new Error('nothing is there')
  const since = Date.now()
  await Promise.all([1, 2, 3].map((number) => start(forge, repository, `apart-${number}`)))
  expect(Date.now() - since).toBeGreaterThanOrEqual(1500)
  await rig.github.settled()
})
