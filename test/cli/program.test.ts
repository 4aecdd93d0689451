import { describe, expect, it } from 'vitest'
import type { CliContext, ServeFlags } from '../../src/cli/cli-context.ts'
import { runCli } from '../../src/cli/program.ts'
import { emptyFolder, writeTree } from '../action/package-files.ts'

/** Runs one command line in this process; `serve` only notes what it was given. */
async function run(args: readonly string[], changes: Partial<CliContext> = {}) {
  const said = { out: '', err: '' }
  const served: ServeFlags[] = []
  const code = await runCli(args, {
    env: process.env,
    cwd: '/',
    now: () => 0,
    out: (text) => {
      said.out += text
    },
    err: (text) => {
      said.err += text
    },
    colour: false,
    live: false,
    ask: null,
    version: '9.9.9',
    root: '/nowhere',
    serve: async (flags) => {
      served.push(flags)
      return 0
    },
    ...changes,
  })
  return { code, served, ...said }
}

describe('serve', () => {
  it('hands its flags on', async () => {
    const { code, served } = await run(['serve', '--port', '0', '--data', 'here'])
    expect(served).toEqual([{ port: 0, host: null, data: 'here', config: null, json: false }])
    expect(code).toBe(0)
  })

  it('ends with the code of the server', async () => {
    expect((await run(['serve'], { serve: async () => 3 })).code).toBe(3)
  })
})

describe('demo', () => {
  it('runs the demo of the checkout with its options and ends as it does', async () => {
    const root = await emptyFolder()
    const script = "process.exit(process.argv.slice(2).join(' ') === '--good --keep' ? 0 : 1)\n"
    await writeTree(root, { 'examples/demo/demo.ts': script })
    expect((await run(['demo', '--good', '--keep'], { root })).code).toBe(0)
    expect((await run(['demo'], { root })).code).toBe(1)
  })

  it('says where it is missing', async () => {
    expect(await run(['demo'])).toMatchObject({
      code: 1,
      err: 'slipway: there is no demo in /nowhere; npm run build makes it\n',
    })
  })
})

describe('the program', () => {
  it('says its version', async () => expect((await run(['--version'])).out).toBe('9.9.9\n'))

  it('explains itself', async () => {
    const { code, out } = await run(['--help'])
    expect(code).toBe(0)
    expect(out.split('\n').slice(-3).join('\n')).toMatchInlineSnapshot(`
      "
      Exit codes: 0 done, 1 refused or rolled back, 2 usage, 3 server not reachable.
      "
    `)
    for (const name of [
      'serve',
      'publish',
      'start',
      'status',
      'why',
      'advance',
      'pause',
      'resume',
      'rollback',
      'approve',
      'waive',
      'retry',
      'env',
    ])
      expect(out).toMatch(new RegExp(`^ {2}${name} `, 'm'))
  })

  it('paints refusals for people', async () => {
    const { err } = await run(['demo'], { colour: true })
    expect(err).toBe('\u001b[31mslipway:\u001b[39m there is no demo in /nowhere; npm run build makes it\n')
  })
})
