import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../package-files.ts'
import { type ActionRun, spawnAction } from '../spawn-action.ts'
import { type ArmIndex, armIndex } from './loopback-arms.ts'

let index: ArmIndex
beforeEach(async () => {
  index = await armIndex()
  await index.npm('demo', '1.0.0', 'exports.price = () => 1\n')
  await index.npm('demo', '1.1.0', 'exports.price = () => 1\n')
})
afterEach(() => index.close())

const good = 'exports.price = () => 1\n'
const broken = 'exports.price = () => { throw new Error("no price") }\n'
const testFile = "const { price } = require('demo')\nif (price() !== 1) throw new Error('wrong price')\n"

interface Project {
  readonly range?: string
  readonly files?: Readonly<Record<string, string>>
  readonly inputs?: Readonly<Record<string, string>>
  readonly env?: NodeJS.ProcessEnv
}

/** Runs the canary for npm:demo@1.2.0 on a project that asks for it. */
async function canary({
  range = '^1.0.0',
  files = {},
  inputs = {},
  env = {},
}: Project = {}): Promise<ActionRun & { readonly checkout: string }> {
  const checkout = await emptyFolder()
  const manifest = { name: 'shop', version: '0.0.0', dependencies: { demo: range } }
  await writeTree(checkout, { 'package.json': JSON.stringify(manifest), 'test.js': testFile, ...files })
  const slipway = index.request(['npm:demo@1.2.0'])
  const given = { command: 'canary', run: 'node test.js', slipway, ...inputs }
  return { ...(await spawnAction(given, checkout, { ...index.oidc, ...env })), checkout }
}

interface ReportedArm {
  readonly outcome: string
  readonly installed: readonly string[]
  readonly commit: string | null
  readonly detail: string
}

function reportedArms(): { readonly candidate: ReportedArm; readonly baseline: ReportedArm } {
  expect(index.reports).toHaveLength(1)
  const report = index.reports[0] as { legs: { arms: { candidate: ReportedArm; baseline: ReportedArm } }[] }
  const arms = report.legs[0]?.arms
  if (arms === undefined) throw new Error('the report has no leg')
  return arms
}

const lockOf = (packages: Readonly<Record<string, unknown>>, range = '^1.0.0'): Record<string, string> => ({
  'package-lock.json': JSON.stringify({
    name: 'shop',
    version: '0.0.0',
    lockfileVersion: 3,
    packages: { '': { name: 'shop', version: '0.0.0', dependencies: { demo: range } }, ...packages },
  }),
})

describe('a project without a lockfile', { timeout: 120_000 }, () => {
  it('reports a regression with what was installed in each arm', async () => {
    await index.npm('demo', '1.2.0', broken)
    const run = await canary()
    expect(run.errors).toEqual([])
    expect(run.code).toBe(0)
    expect(index.reports[0]).toMatchObject({ try: 1, nonce: 'nonce-7Yq', legs: [{ leg: 'default' }] })
    const { candidate, baseline } = reportedArms()
    expect(candidate).toMatchObject({
      outcome: 'fail',
      installed: ['npm:demo@1.2.0'],
      commit: 'c'.repeat(40),
    })
    expect(candidate.detail).toContain('no price')
    expect(baseline).toEqual({
      outcome: 'pass',
      installed: ['npm:demo@1.1.0'],
      commit: 'c'.repeat(40),
      detail: '',
      seconds: expect.any(Number),
    })
  })

  it('reports that both pass', async () => {
    await index.npm('demo', '1.2.0', good)
    await canary()
    const { candidate, baseline } = reportedArms()
    expect([candidate.outcome, baseline.outcome]).toEqual(['pass', 'pass'])
    expect([candidate.installed, baseline.installed]).toEqual([['npm:demo@1.2.0'], ['npm:demo@1.1.0']])
  })

  it('says that a range keeps the candidate out', async () => {
    await index.npm('demo', '1.2.0', good)
    await canary({ range: '~1.1.0' })
    expect(reportedArms().candidate).toMatchObject({
      outcome: 'pass',
      installed: ['npm:demo@1.1.0'],
      detail:
        'not exercised: capped: package.json asks for demo ~1.1.0, which gave npm:demo@1.1.0, not 1.2.0',
    })
  })

  it('says that the project does not depend on it', async () => {
    await index.npm('demo', '1.2.0', good)
    await canary({ files: { 'package.json': '{"name":"shop","version":"0.0.0"}', 'test.js': '' } })
    expect(reportedArms().candidate).toMatchObject({
      installed: [],
      detail: 'not exercised: no dependency: npm:demo is not installed by this project',
    })
  })

  it('counts a candidate that cannot be installed as failing', async () => {
    const scripts = { postinstall: 'echo cannot build here && exit 7' }
    await index.npm('demo', '1.2.0', good, { scripts })
    await canary()
    const { candidate, baseline } = reportedArms()
    expect(candidate).toMatchObject({ outcome: 'fail', installed: ['npm:demo@1.2.0'] })
    expect(candidate.detail).toContain('installing failed')
    expect(candidate.detail).toContain('cannot build here')
    expect(baseline).toMatchObject({ outcome: 'pass', installed: ['npm:demo@1.1.0'] })
  })

  it('calls it infra when nothing can be installed on either arm', async () => {
    await index.npm('demo', '1.2.0', good)
    const dependencies = { demo: '^1.0.0', missing: '^1.0.0' }
    await canary({ files: { 'package.json': JSON.stringify({ name: 'shop', dependencies }) } })
    const { candidate, baseline } = reportedArms()
    expect([candidate.outcome, baseline.outcome]).toEqual(['infra', 'infra'])
    expect(candidate.detail).toContain('missing')
  })

  it('ends an arm that takes too long, with everything it started', async () => {
    await index.npm('demo', '1.2.0', 'setTimeout(() => {}, 60_000)\nexports.price = () => 1\n')
    await canary({ inputs: { timeout: '5s' } })
    const { candidate, baseline } = reportedArms()
    expect([candidate.outcome, baseline.outcome]).toEqual(['timed-out', 'pass'])
  })

  it('lifts a cool-down for the candidate alone', async () => {
    await index.npm('demo', '1.2.0', good)
    await index.npm('other', '1.0.0', '')
    await index.npm('other', '1.1.0', '')
    const dependencies = { demo: '^1.0.0', other: '^1.0.0' }
    await canary({
      files: {
        '.npmrc': 'min-release-age=7\n',
        'package.json': JSON.stringify({ name: 'shop', version: '0.0.0', dependencies }),
        'test.js': "console.error(require('other/package.json').version)\nprocess.exit(1)\n",
      },
    })
    const { candidate } = reportedArms()
    expect(candidate.installed).toEqual(['npm:demo@1.2.0'])
    expect(candidate.detail).toContain('1.0.0')
  })
})

describe('a project with a lockfile', { timeout: 120_000 }, () => {
  const integrity = async (name: string, version: string): Promise<string> => {
    const file = `${name}-${version}.tgz`
    const bytes = Buffer.from(await (await fetch(`${index.url}/npm/${name}/-/${file}`)).arrayBuffer())
    return `sha512-${createHash('sha512').update(bytes).digest('base64')}`
  }
  const locked = async (name: string, version: string): Promise<Record<string, unknown>> => ({
    version,
    resolved: `https://registry.npmjs.org/${name}/-/${name}-${version}.tgz`,
    integrity: await integrity(name, version),
  })

  it('moves the candidate and nothing else, and leaves the checkout alone', async () => {
    await index.npm('demo', '1.2.0', good)
    await index.npm('other', '1.0.0', 'exports.other = 1\n')
    await index.npm('other', '1.1.0', 'exports.other = 2\n')
    const dependencies = { demo: '^1.0.0', other: '^1.0.0' }
    const root = { name: 'shop', version: '0.0.0', dependencies }
    const run = await canary({
      files: {
        'package.json': JSON.stringify(root),
        ...lockOf({
          '': root,
          'node_modules/demo': await locked('demo', '1.0.0'),
          'node_modules/other': await locked('other', '1.0.0'),
        }),
        'test.js': "if (require('other').other !== 1) throw new Error('other moved')\n",
      },
    })
    expect(run.errors).toEqual([])
    expect((await readdir(run.checkout)).sort()).toEqual(['package-lock.json', 'package.json', 'test.js'])
    expect(await readFile(join(run.checkout, 'package-lock.json'), 'utf8')).toContain('demo-1.0.0.tgz')
    const { candidate, baseline } = reportedArms()
    expect(candidate).toMatchObject({ outcome: 'pass', installed: ['npm:demo@1.2.0'] })
    expect(baseline).toMatchObject({ outcome: 'pass', installed: ['npm:demo@1.1.0'] })
  })

  it('goes back to the baseline in the baseline arm when the lock has the candidate', async () => {
    await index.npm('demo', '1.2.0', good)
    await canary({ files: lockOf({ 'node_modules/demo': await locked('demo', '1.2.0') }) })
    const { candidate, baseline } = reportedArms()
    expect(candidate.installed).toEqual(['npm:demo@1.2.0'])
    expect(baseline.installed).toEqual(['npm:demo@1.1.0'])
  })

  it('moves a candidate that another dependency brings', async () => {
    await index.npm('demo', '1.2.0', broken)
    await index.npm('cart', '1.0.0', "exports.total = () => require('demo').price()\n", {
      dependencies: { demo: '^1.0.0' },
    })
    const root = { name: 'shop', version: '0.0.0', dependencies: { cart: '^1.0.0' } }
    await canary({
      files: {
        'package.json': JSON.stringify(root),
        ...lockOf({
          '': root,
          'node_modules/cart': { ...(await locked('cart', '1.0.0')), dependencies: { demo: '^1.0.0' } },
          'node_modules/demo': await locked('demo', '1.1.0'),
        }),
        'test.js': "require('cart').total()\n",
      },
    })
    const { candidate, baseline } = reportedArms()
    expect(candidate).toMatchObject({ outcome: 'fail', installed: ['npm:demo@1.2.0'] })
    expect(baseline).toMatchObject({ outcome: 'pass', installed: ['npm:demo@1.1.0'] })
  })

  it('says which other dependency holds it when the range is not the project’s own', async () => {
    await index.npm('demo', '1.2.0', good)
    await index.npm('cart', '1.0.0', '', { dependencies: { demo: '~1.1.0' } })
    const dependencies = { cart: '^1.0.0' }
    await canary({
      files: { 'package.json': JSON.stringify({ name: 'shop', version: '0.0.0', dependencies }) },
    })
    expect(reportedArms().candidate.detail).toBe(
      'not exercised: locked: cart@1.0.0 asks for demo ~1.1.0, which gave npm:demo@1.1.0, not 1.2.0',
    )
  })
})
