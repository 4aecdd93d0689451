/** Tools that choose versions by themselves, and what has to be set so that they choose as package managers do. */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { npmTarball } from '../action/package-files.ts'
import { type LiveServer, operator, startLiveServer } from './live-server.ts'
import { npmClients } from './npm-clients.ts'
import { publish } from './publish.ts'
import { runProgram } from './run-program.ts'
import { removeScratch, scratchFolder } from './scratch-folder.ts'

let server: LiveServer
beforeAll(async () => {
  server = await startLiveServer()
  for (const version of ['1.0.0', '1.0.1']) await publish(server, 'npm', { name: 'lib', version })
  for (const version of ['10.0.0', '10.0.1']) await publishPnpm(version)
}, 60_000)
afterAll(async () => {
  await server.stop()
  await removeScratch()
})

/** A package manager of our own, since corepack asks the registry for those that it knows. */
async function publishPnpm(version: string): Promise<void> {
  const folder = await scratchFolder()
  const files = { 'bin/pnpm.cjs': `#!/usr/bin/env node\nconsole.log('${version}')\n` }
  const file = await npmTarball(folder, 'pnpm', version, files, { bin: { pnpm: 'bin/pnpm.cjs' } })
  const { host } = new URL(server.url)
  await writeFile(
    join(folder, '.npmrc'),
    `registry=${server.url}/npm/\n//${host}/npm/:_authToken=${operator}\n`,
  )
  const [program = '', ...first] = npmClients['npm 11'].command
  const ran = await runProgram(program, [...first, 'publish', file], folder, { HOME: folder })
  if (ran.code !== 0) throw new Error(ran.out)
}

const script = (path: string) => fileURLToPath(new URL(`node_modules/${path}`, import.meta.url))

async function run(path: string, args: readonly string[], manifest: object): Promise<string> {
  const folder = await scratchFolder()
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest))
  await writeFile(join(folder, '.npmrc'), `registry=${server.url}/npm/\n`)
  const ran = await runProgram(process.execPath, [script(path), ...args], folder, {
    HOME: folder,
    COREPACK_HOME: folder,
    COREPACK_NPM_REGISTRY: `${server.url}/npm`,
    COREPACK_INTEGRITY_KEYS: '0',
    COREPACK_ENABLE_DOWNLOAD_PROMPT: '0',
  })
  return ran.out
}

it.each([
  [[], false],
  [['--target', 'minor'], true],
  [['--target', 'newest'], true],
  [['--target', 'minor', '--no-deprecated'], false],
  [['--target', 'newest', '--no-deprecated'], false],
])('npm-check-updates %j proposes a hidden version: %s', async (args, proposes) => {
  const manifest = { name: 'x', version: '1.0.0', dependencies: { lib: '^1.0.0' } }
  const out = await run('npm-check-updates/build/cli.js', [...args, '--jsonUpgraded'], manifest)
  expect(JSON.parse(out)).toEqual(proposes ? { lib: '^1.0.1' } : {})
})

it.each([
  ['pnpm@latest', '10.0.0'],
  ['pnpm@10.0.0', '10.0.0'],
  ['pnpm@^10.0.0', '10.0.1'],
])('corepack use %s takes %s', async (asked, version) => {
  expect(await run('corepack/dist/corepack.js', ['use', asked], { name: 'x' })).toContain(`pnpm@${version}`)
})
