import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { signature } from '../../github-stand-in/webhooks.ts'
import { createStoryWorld, type StoryWorld } from '../story-world.ts'

const require = createRequire(import.meta.url)

interface Example {
  readonly event: string
  readonly payload: { readonly action?: string }
}

/** Every payload that GitHub's own examples show. */
const examples: readonly Example[] = (
  JSON.parse(readFileSync(require.resolve('@octokit/webhooks-examples'), 'utf8')) as {
    readonly name: string
    readonly examples: readonly Example['payload'][]
  }[]
).flatMap(({ name, examples: payloads }) => payloads.map((payload) => ({ event: name, payload })))

/** The repository that most of the examples are about. */
const busiest = { repositoryId: '186853002', repository: 'Codertocat/Hello-World' }

const policy = `
releases:
  - package: pypi:demo
    stages: [{ percent: 0, bake: 1h }, { percent: 100, bake: 1h }]
    gates: { blockers: { labels: [bug] }, checks: { required: [ci] }, canaries: { timeout: 6h } }
    canaries: [{ repo: acme/app, required: true }]
`
const dependent = {
  '.github/slipway.yml': 'canaries:\n  - { for: "pypi:demo", workflow: canary.yml }\n',
  '.github/workflows/canary.yml': `
run-name: slipway \${{ fromJSON(inputs.slipway).nonce }}
on: { workflow_dispatch: { inputs: { slipway: {} } } }
jobs: { test: { runs-on: ubuntu-latest, steps: [{ uses: acme/slipway@v1, with: { command: canary, run: pytest } }] } }
`,
}

let world: StoryWorld

beforeEach(async () => {
  world = await createStoryWorld()
  await world.repository('acme/lib', { '.github/slipway.yml': policy })
  await world.repository('acme/app', dependent)
  world.answers({ 'acme/app': 'silent' })
})
afterEach(() => world.close())

/** Delivers an example as GitHub does. Resolves to the status. */
async function deliver({ event, payload }: Example, guid: string = randomUUID()): Promise<number> {
  const body = JSON.stringify(payload)
  const { status } = await fetch(`${world.url}/api/github/webhooks`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'x-github-event': event,
      'x-github-delivery': guid,
      'x-hub-signature-256': signature(world.rig.secret, body),
    },
    body,
  })
  return status
}

const asked = () => new Map(world.rig.github.operations())

/** What was asked since, but for tokens, which every request needs. */
const askedSince = (before: ReadonlyMap<string, number>) =>
  [...asked()]
    .filter(([name, count]) => count > (before.get(name) ?? 0) && !name.endsWith('/access_tokens'))
    .map(([name]) => name)
    .sort()

const states = () => world.engine.all().map(({ id, version, end }) => ({ id, version, end }))

it('examples about strangers are taken, read at most a repository, and change nothing', {
  timeout: 120_000,
}, async () => {
  expect(examples.length).toBeGreaterThan(300)
  await world.own(['pypi:demo'])
  await world.release(['pypi:demo@1.0.0'])
  await world.settle()
  await world.release(['pypi:demo@1.1.0'])
  await world.settle()
  const [before, standing] = [asked(), states()]
  const guids = examples.map(() => randomUUID())
  for (const [index, example] of examples.entries()) {
    const what = `${example.event}.${example.payload.action}`
    expect([what, await deliver(example, guids[index])]).toEqual([what, 202])
  }
  await world.settle()
  expect(world.log).toEqual([])
  expect(askedSince(before)).toMatchInlineSnapshot(`
    [
      "GET /app/installations",
      "GET /installation/repositories",
      "GET /repos/{owner}/{repo}/installation",
    ]
  `)
  expect(states()).toEqual(standing)
  expect(await world.pending()).toBe(0)
  const again = asked()
  for (const [index, example] of examples.entries()) expect(await deliver(example, guids[index])).toBe(200)
  await world.settle()
  expect(asked()).toEqual(again)
})

it('examples about the repository that owns the package write nothing either', {
  timeout: 120_000,
}, async () => {
  await world.own(['pypi:demo'])
  await world.release(['pypi:demo@1.0.0'])
  await world.settle()
  await world.release(['pypi:demo@1.1.0'])
  await world.settle()
  await world.own(['pypi:demo'], busiest)
  const before = asked()
  for (const example of examples) await deliver(example)
  await world.settle()
  expect(world.log).toEqual([])
  expect(askedSince(before)).toMatchInlineSnapshot(`
    [
      "GET /app/installations",
      "GET /installation/repositories",
      "GET /repos/{owner}/{repo}/installation",
    ]
  `)
  expect(await world.pending()).toBe(0)
  // They did arrive: an issue of theirs was labelled as a blocker, and was deleted in the end.
  const known = Object.values(world.engine.find('pypi:demo@1.1.0')?.blockers ?? {})
  expect(known).toMatchObject([{ issue: 'Codertocat/Hello-World#1', labels: ['bug'], open: false }])
})
