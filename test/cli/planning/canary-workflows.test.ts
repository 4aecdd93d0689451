import { globSync, readFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { emptyFolder, writeTree } from '../../action/package-files.ts'
import { slipway } from '../in-process.ts'

const examples = fileURLToPath(new URL('../../../examples/', import.meta.url))
const example = (name: string) => readFileSync(`${examples}workflows/${name}.yml`, 'utf8')
const [dispatch, pull] = [example('dependent-dispatch'), example('dependent-pull')]
const own = '.github/workflows/canary.yml'

/** What `check-config` says of a repository that offers this workflow. */
async function check(text: string | null, mode: 'dispatch' | 'pull', workflow = 'canary.yml') {
  const folder = await emptyFolder()
  await writeTree(folder, {
    '.github/slipway.yml': `canaries:\n  - { for: npm:demo-lib, mode: ${mode}, workflow: ${workflow} }\n`,
    ...(text === null ? {} : { [own]: text }),
  })
  return slipway(folder, ['check-config'])
}

/** The text with one thing changed, which has to be in it. */
function changed(text: string, from: string | RegExp, to: string): string {
  const after = text.replace(from, to)
  if (after === text) throw new Error(`there is no ${from}`)
  return after
}

const reportJob = / {2}report:[\s\S]*$/

describe('a canary that cannot work, or gives a candidate too much, is told the fix', () => {
  it.each<[string, string | null, 'dispatch' | 'pull', string]>([
    [
      'is started by pushes only',
      changed(dispatch, /on:\n[\s\S]*?required: true\n/, 'on: push\n'),
      'dispatch',
      'workflow_dispatch with the input slipway',
    ],
    ['has only its schedule and is to be started', pull, 'dispatch', 'workflow_dispatch'],
    [
      'takes no input',
      changed(dispatch, / {4}inputs:\n(?: {6,}.*\n)+/, ''),
      'dispatch',
      'its input slipway (inputs: { slipway: { type: string } })',
    ],
    [
      'misspells its command',
      changed(dispatch, /command: canary/g, 'command: canari'),
      'dispatch',
      'with: { command: canary, run: ... }',
    ],
    [
      'runs no test',
      changed(dispatch, /\n +run: npm test/, ''),
      'dispatch',
      'with: { run: ... }, the command that tests this project',
    ],
    [
      'keeps no report',
      changed(dispatch, / {6}- uses: actions\/upload-artifact[\s\S]*?outputs.report }}\n/, ''),
      'dispatch',
      'actions/upload-artifact after it',
    ],
    [
      'lets the candidate sign its own verdict',
      changed(dispatch, 'contents: read\n    steps', 'contents: read\n      id-token: write\n    steps'),
      'dispatch',
      'none where the candidate runs',
    ],
    [
      'has a second job that may not sign',
      changed(dispatch, / {4}permissions:\n {6}id-token: write.*\n/, ''),
      'dispatch',
      'id-token: write, without which the report cannot be signed',
    ],
    [
      'asks a server and never answers',
      changed(pull, reportJob, ''),
      'pull',
      'a second job with needs, actions/download-artifact',
    ],
    [
      'asks where it tests',
      changed(
        pull,
        /slipway: \$\{\{ needs.ask.outputs.tries }}\n {10}run/,
        'server: https://slipway.example\n          for: npm:demo-lib\n          run',
      ),
      'pull',
      'no server where the candidate runs: a job before it that asks',
    ],
    [
      'tests nothing of ours',
      'on: { schedule: [{ cron: "1 * * * *" }] }\npermissions: { contents: read }\nconcurrency: c\njobs: { a: { runs-on: x, steps: [{ run: npm test }] } }\n',
      'pull',
      'a step with command: canary',
    ],
    [
      'names a secret',
      changed(dispatch, 'run: npm test', `run: npm test\n        env: { KEY: "\${{ secrets.KEY }}" }`),
      'dispatch',
      'expected no secrets',
    ],
    [
      'has an environment',
      changed(dispatch, 'runs-on: ubuntu-latest', 'environment: prod\n    runs-on: ubuntu-latest'),
      'dispatch',
      'no environment: it has secrets of its own',
    ],
    [
      'stays on a machine of its own',
      changed(dispatch, 'runs-on: ubuntu-latest', 'runs-on: [self-hosted]'),
      'dispatch',
      'a runner that is thrown away after the job',
    ],
    [
      'may write',
      changed(dispatch, 'contents: read\nconcurrency', 'contents: write\nconcurrency'),
      'dispatch',
      'permissions.contents: got "write", expected contents: read',
    ],
    [
      'says nothing of its rights',
      changed(
        changed(dispatch, 'permissions:\n  contents: read\n', ''),
        / {4}permissions:\n {6}contents: read\n/,
        '',
      ),
      'dispatch',
      'permissions: got nothing, expected contents: read',
    ],
    [
      'runs for pull requests of strangers',
      changed(dispatch, 'on:\n', 'on:\n  pull_request_target:\n'),
      'dispatch',
      'no event that gives pull requests of strangers its rights',
    ],
    ['is no YAML', 'on: [push\n', 'dispatch', 'canary.yml:'],
  ])('one that %s', async (_, text, mode, fix) => {
    const { code, out } = await check(text, mode)
    expect(out).toContain(fix)
    expect(code).toBe(1)
  })

  it.each([
    ['canarry.yml', 'did you mean canary.yml'],
    ['tests-of-candidates.yml', 'expected the workflow that canaries in .github/slipway.yml offers to start'],
  ])('one whose file %s is missing', async (workflow, fix) => {
    const { code, out } = await check(dispatch, 'dispatch', workflow)
    expect(out).toContain(`.github/workflows/${workflow}:1:1 file: got nothing`)
    expect(out).toContain(fix)
    expect(code).toBe(1)
  })
})

describe('the examples', () => {
  it.each([
    ['dispatch', dispatch],
    ['pull', pull],
    ['pull', example('dependent-pull-without-server')],
  ] as const)('offered as %s have nothing to say about', async (mode, text) => {
    const file = '.github/slipway.yml'
    expect(await check(text, mode)).toEqual({
      code: 0,
      out: `${file}: no problems\n${own}: no problems\n`,
      err: '',
    })
  })

  it.each(globSync('{workflows/*.yml,dependents/*/.github/workflows/*.yml}', { cwd: examples }))(
    '%s has none by itself either',
    async (path) => {
      const { code, out } = await slipway(examples, ['check-config', path])
      expect([code, out]).toEqual([0, `${path}: no problems\n`])
    },
  )

  it.each(globSync('**/.github/slipway.yml', { cwd: examples }))('%s and all it offers', async (path) => {
    const { code, out } = await slipway(dirname(dirname(`${examples}${path}`)), ['check-config'])
    expect(code, out).toBe(0)
    expect(
      out
        .trim()
        .split('\n')
        .every((line) => line.endsWith(': no problems')),
    ).toBe(true)
  })
})
