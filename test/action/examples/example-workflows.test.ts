import { readdir, readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { checkCanaryWorkflow } from '../../../src/config/canaries/check-workflow.ts'
import { type Rig, startRig } from '../../github-stand-in/rig.ts'
import { parseWorkflow } from '../../github-stand-in/runner/workflow.ts'
import { hasVerdaccio, startVerdaccio, type Verdaccio } from '../../registries/verdaccio.ts'

const folder = new URL('../../../examples/workflows/', import.meta.url)
const root = new URL('../../../', import.meta.url)
const names = (await readdir(folder)).filter((name) => name.endsWith('.yml'))
const textOf = (name: string) => readFile(new URL(name, folder), 'utf8')
const action = parse(await readFile(new URL('action.yml', root), 'utf8')) as {
  inputs: Record<string, { required?: boolean }>
}

type Permissions = Readonly<Record<string, string>>

const signs = { 'id-token': 'write' }
/** What each command needs of its job, and nothing more; nothing signs where a candidate runs. */
const needs: Readonly<Record<string, Readonly<Record<string, Permissions>>>> = {
  'maintainer-with-server.yml': { publish: { contents: 'read', ...signs } },
  'maintainer-without-server.yml': { publish: { contents: 'write', issues: 'write' } },
  'maintainer-tick.yml': { tick: { contents: 'write', issues: 'write' } },
  'dependent-dispatch.yml': { test: { contents: 'read' }, report: signs },
  'dependent-pull.yml': { ask: signs, test: { contents: 'read' }, report: signs },
  'dependent-pull-without-server.yml': { canary: { contents: 'read' } },
  'platform-team.yml': { test: { contents: 'read', ...signs } },
}

interface Step {
  readonly uses?: string
  readonly with?: Record<string, string>
}

describe('examples/workflows', () => {
  it('has a table row for each', async () => {
    expect(names.toSorted()).toEqual(Object.keys(needs).toSorted())
    const readme = await textOf('README.md')
    for (const name of names) expect(readme).toContain(`\`${name}\``)
  })

  it.each(names)('%s parses, asks for no more than it needs, and names inputs that exist', async (name) => {
    const text = await textOf(name)
    expect(parseWorkflow(text, name).jobs).toHaveLength(Object.keys(needs[name] ?? {}).length)
    const workflow = parse(text) as {
      permissions: unknown
      jobs: Record<string, { permissions: unknown; steps: Step[] }>
    }
    expect(workflow.permissions).toEqual({ contents: 'read' })
    const permissions = Object.entries(workflow.jobs).map(([job, fields]) => [job, fields.permissions])
    expect(Object.fromEntries(permissions)).toEqual(needs[name])
    for (const job of Object.values(workflow.jobs)) {
      const steps = job.steps.filter(({ uses }) => uses === 'slipway/slipway@v1')
      expect(steps).toHaveLength(1)
      for (const given of Object.keys(steps[0]?.with ?? {}))
        expect(Object.keys(action.inputs)).toContain(given)
      expect(steps[0]?.with).toHaveProperty('command')
    }
  })
})

it.each(names.filter((name) => name.startsWith('dependent-')))(
  '%s is as tight as check-config asks of a workflow that runs unreleased code',
  async (name) => {
    expect(checkCanaryWorkflow(await textOf(name))).toEqual({ ok: true, canary: true, warnings: [] })
  },
)

const isThere = hasVerdaccio()
if (!isThere) console.log('left out: Verdaccio is not installed (npm ci --prefix bench)')

describe.runIf(isThere)('the maintainer without a server, by the shipped bundle', () => {
  let rig: Rig
  let verdaccio: Verdaccio
  beforeAll(async () => {
    ;[rig, verdaccio] = await Promise.all([startRig(), startVerdaccio()])
  })
  afterAll(async () => {
    await Promise.all([rig.close(), verdaccio.close()])
  })

  it('publishes as next, ticks to latest and tells its issue', async () => {
    const at = (text: string) =>
      text.replace(/^( +)(npm-token: .*)$/m, `$1$2\n$1npm-registry: ${verdaccio.url}`)
    const fullName = 'acme/walk'
    await verdaccio.publish('walk', '1.0.0', 'latest')
    await rig.github.createRepository({
      fullName,
      secrets: { NPM_TOKEN: verdaccio.token },
      files: {
        '.github/slipway.yml':
          'releases:\n  - package: npm:walk\n    gates: {}\n    stages: [{ percent: 0, bake: 8s }, { percent: 100, bake: 1s }]\n',
        '.github/workflows/release.yml': at(await textOf('maintainer-without-server.yml')),
        '.github/workflows/tick.yml': at(await textOf('maintainer-tick.yml')),
        'package.json': '{"name":"walk","version":"1.1.0","license":"MIT"}',
        'index.js': 'module.exports = 1\n',
      },
    })
    const dispatch = async (file: string) => {
      const path = `/repos/${fullName}/actions/workflows/${file}/dispatches`
      const body = { ref: 'main', return_run_details: true }
      const started = await rig.call('POST', path, body, await rig.installationToken('acme'))
      await rig.github.settled()
      const id = Number(started.body.workflow_run_id)
      const { body: run } = await rig.call('GET', `/repos/${fullName}/actions/runs/${id}`)
      return { conclusion: run.conclusion, log: rig.github.log(id) }
    }
    const released = await dispatch('release.yml')
    expect(released.log).toContain('published walk-1.1.0.tgz as next')
    expect(released.conclusion, released.log).toBe('success')
    expect(await verdaccio.tags('walk')).toMatchObject({ latest: '1.0.0', next: '1.1.0' })
    await new Promise((resolve) => setTimeout(resolve, 8100))
    const ticked = await dispatch('tick.yml')
    expect(ticked.conclusion, ticked.log).toBe('success')
    expect(ticked.log).toContain('npm:walk@1.1.0: rolling, 100 %')
    expect((await verdaccio.tags('walk')).latest).toBe('1.1.0')
    const [issue] = await rig.github.issues(fullName)
    const comments = await rig.github.comments(fullName, issue?.number ?? 0)
    expect(comments.map(({ body }) => body).join()).toContain('npm confirms')
    expect(released.log + ticked.log).not.toContain(verdaccio.token)
  })
})
