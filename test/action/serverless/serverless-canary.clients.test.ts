import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Rig, startRig } from '../../github-stand-in/rig.ts'
import { hasVerdaccio, startVerdaccio, type Verdaccio } from '../../registries/verdaccio.ts'

const example = (name: string) =>
  readFile(new URL(`../../../examples/workflows/${name}`, import.meta.url), 'utf8')
const isThere = hasVerdaccio()
if (!isThere) console.log('left out: Verdaccio is not installed (npm ci --prefix bench)')

/** Fails with every version but the one that is good. */
const only = (name: string, good: string) =>
  `node -e "process.exit(require('${name}/package.json').version === '${good}' ? 0 : 3)"`

describe.runIf(isThere)(
  'canaries without a server, by the shipped bundle and the example workflows',
  { timeout: 120_000 },
  () => {
    let rig: Rig
    let verdaccio: Verdaccio
    beforeAll(async () => {
      ;[rig, verdaccio] = await Promise.all([startRig(), startVerdaccio()])
    })
    afterAll(async () => {
      await Promise.all([rig.close(), verdaccio.close()])
    })

    const run = async (fullName: string, file: string, token?: string) => {
      const path = `/repos/${fullName}/actions/workflows/${file}/dispatches`
      const body = { ref: 'main', return_run_details: true }
      const started = await rig.call('POST', path, body, token ?? (await rig.installationToken('acme')))
      await rig.github.settled()
      const id = Number(started.body.workflow_run_id)
      const { body: run } = await rig.call('GET', `/repos/${fullName}/actions/runs/${id}`)
      expect(run.conclusion, rig.github.log(id)).toBe('success')
      return { id, log: rig.github.log(id) }
    }
    const toRegistry = (text: string) =>
      text.replace(/^( +)(command: .*)$/m, `$1$2\n$1npm-registry: ${verdaccio.url}`)

    /** A package at 1.0.0 with 1.1.0 as next, and two dependents whose tests say what they think of it. */
    async function world(name: string, tests: { readonly dispatch?: string; readonly pull: string }) {
      await verdaccio.publish(name, '1.0.0', 'latest')
      await verdaccio.publish(name, '1.1.0', 'next')
      const lib = `acme/${name}`
      const dependent = async (kind: 'dispatch' | 'pull', file: string, test: string) => {
        const text = toRegistry(await example(file)).replace('acme/demo-lib', lib)
        const fullName = `${lib}-${kind}`
        await rig.github.createRepository({
          fullName,
          files: {
            '.github/slipway.yml': `canaries:\n  - { for: "npm:${name}", mode: ${kind}, workflow: canary.yml }\n`,
            '.github/workflows/canary.yml': text.replace('npm:demo-lib', `npm:${name}`),
            'package.json': JSON.stringify({
              name: 'app',
              dependencies: { [name]: '^1.0.0' },
              scripts: { test },
            }),
          },
        })
        return fullName
      }
      const names = [await dependent('pull', 'dependent-pull-without-server.yml', tests.pull)]
      if (tests.dispatch !== undefined)
        names.push(await dependent('dispatch', 'dependent-dispatch.yml', tests.dispatch))
      const canaries = names.map((repo) => `{ repo: ${repo}, required: true }`)
      const start = (await example('maintainer-tick.yml')).replace(
        'command: tick',
        `command: start\n          releases: npm:${name}@1.1.0\n          canary-token: \${{ secrets.CANARY_TOKEN }}`,
      )
      const tick = (await example('maintainer-tick.yml')).replace(
        'command: tick',
        `command: tick\n          canary-token: \${{ secrets.CANARY_TOKEN }}`,
      )
      await rig.github.createRepository({
        fullName: lib,
        secrets: { NPM_TOKEN: verdaccio.token, CANARY_TOKEN: rig.github.token('github-root') },
        files: {
          '.github/slipway.yml': `releases:
  - package: npm:${name}
    canaries: [${canaries.join()}]
    gates: { canaries: { tries: 1 } }
    stages: [{ percent: 0, bake: 1s }, { percent: 100, bake: 1h }]
`,
          '.github/workflows/start.yml': toRegistry(start),
          '.github/workflows/tick.yml': toRegistry(tick),
        },
      })
      await run(lib, 'start.yml')
      await rig.github.settled()
      return { lib, pulling: names[0] ?? '' }
    }

    it('a release that every dependent can take becomes latest', async () => {
      const { lib, pulling } = await world('fine', { dispatch: 'node -p 1', pull: 'node -p 1' })
      const waits = await run(lib, 'tick.yml')
      expect(waits.log).toContain('npm:fine@1.1.0: staged, 0 %')
      const pulled = await run(pulling, 'canary.yml')
      expect(pulled.log).toContain('baseline: npm:fine@1.0.0')
      expect(pulled.log).toContain('candidate: npm:fine@1.1.0')
      const raised = await run(lib, 'tick.yml')
      expect(raised.log).toContain('npm:fine@1.1.0: rolling, 100 %')
      expect((await verdaccio.tags('fine')).latest).toBe('1.1.0')
      const again = await run(pulling, 'canary.yml')
      expect(again.log).toContain('waits for a test of this repository now')
    })

    it('a person reads, pauses, waits and takes back by steps; nobody else advances', async () => {
      const lib = 'acme/steered'
      await verdaccio.publish('steered', '1.0.0', 'latest')
      await verdaccio.publish('steered', '1.1.0', 'next')
      const step = (command: string, more = '') => `
      - uses: slipway/slipway@v1
        id: ${command}
        with:
          command: ${command}
          rollout: npm:steered@1.1.0
          npm-registry: ${verdaccio.url}
          npm-token: \${{ secrets.NPM_TOKEN }}${more}`
      const workflow = (steps: string) =>
        `on: workflow_dispatch\npermissions: { contents: write, issues: write }\njobs:\n  steer:\n    runs-on: ubuntu-latest\n    steps:\n      - uses: actions/checkout@v5${steps}\n`
      await rig.github.createRepository({
        fullName: lib,
        secrets: { NPM_TOKEN: verdaccio.token },
        files: {
          '.github/slipway.yml':
            'releases:\n  - { package: "npm:steered", gates: {}, stages: [{ percent: 0, bake: 1h }, { percent: 100, bake: 1h }] }\n',
          '.github/workflows/steer.yml': workflow(
            [
              step('start'),
              step('pause', '\n          reason: looking at a report'),
              step('wait', '\n          until: paused\n          interval: 1s'),
              step('resume'),
              step('advance', '\n          to: 100\n          reason: it is a fix'),
              step('rollback', '\n          reason: it breaks'),
              step('status'),
              `\n      - run: echo "$PLACE"\n        env: { PLACE: "at \${{ steps.status.outputs.phase }} \${{ steps.advance.outputs.phase }}" }`,
            ].join(''),
          ),
          '.github/workflows/refused.yml': workflow(step('advance', '\n          reason: because')),
        },
      })
      await rig.github.setPermission(lib, 'maintainer', 'maintain')
      const steered = await run(lib, 'steer.yml', rig.github.token('maintainer'))
      expect(steered.log).toContain('npm:steered@1.1.0: staged, 0 %25 → npm:steered@1.1.0: paused, 0 %25')
      expect(steered.log).toContain('→ npm:steered@1.1.0: rolling, 100 %25')
      expect(steered.log).toContain('at rolled-back rolling')
      expect((await verdaccio.tags('steered')).latest).toBe('1.0.0')
      await rig.github.setPermission(lib, 'maintainer', 'read')
      const path = `/repos/${lib}/actions/workflows/refused.yml/dispatches`
      const refused = await rig.call('POST', path, { ref: 'main', return_run_details: true })
      await rig.github.settled()
      expect(rig.github.log(Number(refused.body.workflow_run_id))).toContain('advance is not yours to do')
    })

    it('a regression in a pull canary rolls the release back, for both arms were proven', async () => {
      const { lib, pulling } = await world('worse', { pull: only('worse', '1.0.0') })
      const pulled = await run(pulling, 'canary.yml')
      expect(pulled.log).toContain('try 1 of ro-')
      const { log } = await run(lib, 'tick.yml')
      expect(log).toContain('npm:worse@1.1.0: rolled-back, 0 %')
      expect((await verdaccio.tags('worse')).latest).toBe('1.0.0')
      const [issue] = await rig.github.issues(lib)
      const comments = await rig.github.comments(lib, issue?.number ?? 0)
      expect(comments.map(({ body }) => body).join()).toContain('worse-pull')
    })
  },
)
