import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type RealServer, realServer } from '../../cli/real-server.ts'
import { type Loopback, loopback } from '../loopback.ts'
import { emptyFolder, npmTarball, wheel, writeTree } from '../package-files.ts'
import { spawnAction } from '../spawn-action.ts'

const hasPip = spawnSync('python3', ['-m', 'pip', '--version']).status === 0
if (!hasPip) console.log('skipped: the pip canary on a real index, because python3 with pip is not here')

let server: RealServer
let reports: Loopback
let rollout = ''
const price = (value: number) => ({ 'index.js': `exports.price = () => ${value}\n` })

beforeAll(async () => {
  server = await realServer()
  const token = await server.token('npm:*,pypi:*')
  const publish = async (...files: string[]) => {
    const run = await server.cli(token, 'publish', '--json', ...files)
    expect(run.code, run.err).toBe(0)
    return JSON.parse(run.out).rollout.id as string
  }
  const at = server.folder
  await publish(await npmTarball(at, 'other', '1.0.0'))
  await publish(await npmTarball(at, 'demo', '1.0.0', price(1)), await wheel(at, 'demo-lib', '1.0.0'))
  rollout = await publish(
    await npmTarball(at, 'demo', '1.1.0', price(2)),
    await wheel(at, 'demo-lib', '1.1.0', 'ANSWER = 2\n'),
  )
  reports = await loopback(({ path }) =>
    path.startsWith('/oidc') ? { body: { value: 'oidc-token' } } : { body: { ok: true } },
  )
}, 120_000)
afterAll(async () => {
  await Promise.all([server.stop(), reports.close()])
})

async function integrityOf(name: string, version: string): Promise<string> {
  const answer = await fetch(`${server.url}/npm/${name}`)
  const document = (await answer.json()) as { versions: Record<string, { dist: { integrity: string } }> }
  return document.versions[version]?.dist.integrity ?? ''
}

/** Runs the canary for the candidates of the train on a project; gives its reported arms. */
async function canary(ecosystem: string, run: string, files: Readonly<Record<string, string>>) {
  const checkout = await emptyFolder()
  await writeTree(checkout, files)
  const view = (arm: string) => `${server.url}/arm/${rollout}/${arm}/nonce7/`
  const slipway = JSON.stringify({
    rollout,
    releases: ['npm:demo@1.1.0', 'pypi:demo-lib@1.1.0'],
    ecosystems: [ecosystem],
    arm: 'both',
    try: 1,
    nonce: 'nonce7',
    index: { candidate: view('candidate'), baseline: view('baseline') },
    report: `${reports.url}/results`,
  })
  const ended = await spawnAction({ command: 'canary', run, slipway }, checkout, {
    ACTIONS_ID_TOKEN_REQUEST_URL: `${reports.url}/oidc?x=1`,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: 'request',
  })
  expect(ended.errors).toEqual([])
  return JSON.parse(String(reports.asked.at(-1)?.body)).legs[0].arms
}

describe('a canary on the real index', { timeout: 120_000 }, () => {
  it('re-locks the candidate alone; what the lockfile has from npmjs.org comes from the arm', async () => {
    const integrity = await integrityOf('other', '1.0.0')
    const root = { name: 'shop', version: '0.0.0', dependencies: { demo: '^1.0.0', other: '^1.0.0' } }
    const locked = (name: string, known?: string) => ({
      version: '1.0.0',
      resolved: `https://registry.npmjs.org/${name}/-/${name}-1.0.0.tgz`,
      ...(known === undefined ? {} : { integrity: known }),
    })
    const packages = {
      '': root,
      'node_modules/demo': locked('demo'),
      'node_modules/other': locked('other', integrity),
    }
    const arms = await canary('npm', 'node test.js', {
      'package.json': JSON.stringify(root),
      'package-lock.json': JSON.stringify({ name: 'shop', lockfileVersion: 3, packages }),
      'test.js': "require('other')\nif (require('demo').price() !== 1) throw new Error('price changed')\n",
    })
    expect(arms).toMatchObject({
      candidate: { outcome: 'fail', installed: ['npm:demo@1.1.0'] },
      baseline: { outcome: 'pass', installed: ['npm:demo@1.0.0'], detail: '' },
    })
    expect(arms.candidate.detail).toContain('price changed')
  })

  it('works without a lockfile', async () => {
    const arms = await canary('npm', 'true', {
      'package.json': JSON.stringify({ name: 'shop', dependencies: { demo: '*' } }),
    })
    expect(arms).toMatchObject({
      candidate: { outcome: 'pass', installed: ['npm:demo@1.1.0'] },
      baseline: { outcome: 'pass', installed: ['npm:demo@1.0.0'] },
    })
  })

  it.skipIf(!hasPip)('works for a Python project of the same train', async () => {
    const test = 'import demo_lib\nassert demo_lib.ANSWER == 1\n'
    const arms = await canary('pypi', 'python test.py', { 'requirements.txt': 'demo-lib\n', 'test.py': test })
    expect(arms).toMatchObject({
      candidate: { outcome: 'fail', installed: ['pypi:demo-lib@1.1.0'] },
      baseline: { outcome: 'pass', installed: ['pypi:demo-lib@1.0.0'] },
    })
  })
})
