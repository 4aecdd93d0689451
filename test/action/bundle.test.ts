import { spawnSync } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { isBuiltin } from 'node:module'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { bundleCli, root } from '../../scripts/bundle.ts'
import { emptyFolder } from './package-files.ts'

const bundle = 'dist/action/index.js'

function checkDist(...args: string[]): { readonly status: number | null; readonly said: string } {
  const run = spawnSync(process.execPath, ['scripts/check-dist.ts', ...args], { cwd: root, encoding: 'utf8' })
  return { status: run.status, said: run.stdout.trim() }
}

describe('the bundled Action', { timeout: 60_000 }, () => {
  it('is committed as the sources give it, under 3 MB', () => {
    const { said, status } = checkDist()
    expect(said).toMatch(/^dist\/action\/index\.js is what the sources give, \d+ bytes, starts in \d+ ms$/)
    expect(status).toBe(0)
  })

  it('that differs by a byte is noticed, with the fix', async () => {
    const other = join(await emptyFolder(), 'index.js')
    await writeFile(other, `${await readFile(`${root}${bundle}`, 'utf8')} `)
    expect(checkDist(other)).toEqual({
      status: 1,
      said: `${other} is not what the sources give; run npm run build and commit the file`,
    })
    expect(checkDist('dist/nowhere.js').said).toBe(
      'dist/nowhere.js is missing; run npm run build and commit the file',
    )
  })

  it('is what action.yml runs, needs no installed package, and names no folder of the machine that built it', async () => {
    const action = parse(await readFile(`${root}action.yml`, 'utf8'))
    expect(action.runs).toEqual({ using: 'node24', main: bundle, post: bundle })
    const text = await readFile(`${root}${bundle}`, 'utf8')
    const imports = [...text.matchAll(/^import .*? from "([^"]+)";$/gm)].map((match) => match[1] ?? '')
    expect(imports.length).toBeGreaterThan(0)
    expect(imports.filter((name) => !isBuiltin(name))).toEqual([])
    expect(text).not.toContain(root)
  })

  it('opens no connection before it has a command', async () => {
    const noisy =
      "import net from 'node:net'; net.Socket.prototype.connect = () => { throw new Error('connected') }"
    const option = `--import=data:text/javascript,${encodeURIComponent(noisy)}`
    const inputs = { INPUT_COMMAND: 'nothing', INPUT_SERVER: 'http://127.0.0.1:65534' }
    const start = (env: NodeJS.ProcessEnv) =>
      spawnSync(process.execPath, [option, bundle], { cwd: root, env, encoding: 'utf8' }).stdout
    expect(start(inputs)).toMatch(/^::error::command: got "nothing", expected one of [^\n]+\n$/)
    expect(start({ ...inputs, INPUT_COMMAND: 'status', INPUT_ROLLOUT: 'x' })).toContain('connected')
  })

  it('has every input that it reads in action.yml', async () => {
    const action = parse(await readFile(`${root}action.yml`, 'utf8'))
    const files = await readdir(`${root}src/action`, { recursive: true })
    const sources = await Promise.all(
      files
        .filter((file) => file.endsWith('.ts'))
        .map((file) => readFile(`${root}src/action/${file}`, 'utf8')),
    )
    const reads = /(?:\w*[iI]nput|inputLines)\('([a-z-]+)'/g
    const read = new Set(sources.flatMap((text) => [...text.matchAll(reads)].map((match) => match[1] ?? '')))
    expect([...read].sort()).toEqual(Object.keys(action.inputs).sort())
  })
})

describe('the bundled command line', { timeout: 60_000 }, () => {
  it('loads the server only when it serves', async () => {
    const folder = await emptyFolder()
    await bundleCli(folder)
    const importsOf = async (file: string): Promise<readonly string[]> =>
      [...(await readFile(join(folder, file), 'utf8')).matchAll(/^import .*?"([^"]+)";$/gm)].map(
        (match) => match[1] ?? '',
      )
    const seen = new Set<string>()
    const visit = async (file: string): Promise<void> => {
      for (const name of await importsOf(file)) {
        if (seen.has(name)) continue
        seen.add(name)
        if (name.startsWith('.')) await visit(name.startsWith('./slipway/') ? name : `slipway/${name}`)
      }
    }
    await visit('slipway.js')
    expect([...seen]).toEqual(['node:url'])
    await visit('slipway/program.js')
    const heavy = ['hono', '@hono/node-server', 'better-sqlite3', 'kysely', 'probot', '@octokit/app', 'jose']
    expect(heavy.filter((name) => seen.has(name))).toEqual([])
    expect(seen).toContain('commander')
    expect(await readFile(join(folder, 'slipway.js'), 'utf8')).toMatch(/^#!\/usr\/bin\/env node\n/)
    expect((await importsOf('slipway/serve.js')).length).toBeGreaterThan(0)
  })

  it.each([
    ['v20.19.0', true],
    ['v22.18.9', true],
    ['v22.19.0', false],
    ['v24.21.0', false],
    ['v100.0.0', false],
  ])('on Node %s the program is refused: %s', (version, refused) => {
    const older = `Object.defineProperty(process, 'version', { value: '${version}' })`
    const args = [
      '--import',
      `data:text/javascript,${encodeURIComponent(older)}`,
      'src/main/cli.ts',
      '--version',
    ]
    const run = spawnSync(process.execPath, args, { cwd: root, encoding: 'utf8' })
    const sentence = `slipway: needs Node 22.19 or newer, this is ${version}\n`
    if (refused) expect([run.status, run.stdout, run.stderr]).toEqual([2, '', sentence])
    else expect([run.status, run.stderr]).toEqual([0, ''])
  })
})
