/** Settings in the environment: every command reads the same ones, flags go before them, and a misspelt one stops it. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { knownSettings, misspeltSetting } from '../../../src/config/server/known-settings.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'
import { asking, commands, goodWords, type Leaf } from './commands.ts'

const root = fileURLToPath(new URL('../../../', import.meta.url))

function typedOf(leaf: Leaf): readonly string[] {
  const required = leaf.command.options
    .filter(({ mandatory }) => mandatory)
    .flatMap(({ long }) => [long ?? '', 'x'])
  return [...leaf.words, ...goodWords(leaf), ...required]
}

describe.each(commands.map((leaf) => [leaf.words.join(' '), typedOf(leaf)] as const))('%s', (_, typed) => {
  it('does nothing while a setting is misspelt, and names the one that was meant', async () => {
    const env = { SLIPWAY_SEVER: 'http://127.0.0.1:1' }
    const run = await slipway(await scratchFolder(), typed, { env })
    expect(run).toEqual({
      code: 2,
      out: '',
      err: 'slipway: SLIPWAY_SEVER: there is no such setting; did you mean SLIPWAY_SERVER?\n',
    })
  })
})

/** `init` and `restore` work on this machine; these three look at files first. */
const afterwards = new Set(['init', 'restore', 'publish', 'outdated', 'env follow', 'token create'])
describe.each(
  asking
    .filter(({ words }) => !afterwards.has(words.join(' ')))
    .map((leaf) => [leaf.words.join(' '), typedOf(leaf)] as const),
)('%s', (_, typed) => {
  it('reads the server from the flag before the environment', async () => {
    const folder = await scratchFolder()
    const bad = (where: string) =>
      expect.stringContaining(`server: got "${where}", expected an http or https URL`)
    const env = { SLIPWAY_SERVER: 'environment' }
    expect((await slipway(folder, typed, { env })).err).toEqual(bad('environment'))
    expect((await slipway(folder, [...typed, '--server', 'flag'], { env })).err).toEqual(bad('flag'))
    const none = await slipway(folder, typed, { env: {} })
    expect([none.code, none.err]).toEqual([
      2,
      expect.stringContaining('give --server URL or set SLIPWAY_SERVER'),
    ])
  })
})

describe('the list of settings', () => {
  it('has every variable that the program reads, and no other', () => {
    const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
    const texts = files
      .filter((file) => /\.\w+$/.test(file) && !file.endsWith('known-settings.ts'))
      .map((file) => readFileSync(join(root, 'src', file), 'utf8'))
    const read = new Set(texts.flatMap((text) => text.match(/\bSLIPWAY_[A-Z0-9_]*[A-Z0-9]\b/g) ?? []))
    for (const name of ['ENDPOINT', 'BUCKET', 'REGION', 'ACCESS_KEY_ID', 'SECRET_ACCESS_KEY', 'PREFIX'])
      read.add(`SLIPWAY_S3_${name}`)
    const ofExamples = ['SLIPWAY_NPM_TOKEN', 'SLIPWAY_PUBLISH_TOKEN', 'SLIPWAY_OPERATE_TOKEN', 'SLIPWAY_S3']
    expect([...read].filter((name) => !ofExamples.includes(name)).sort()).toEqual([...knownSettings].sort())
  })

  it.each([
    ['SLIPWAY_TOKENS', 'SLIPWAY_TOKEN'],
    ['SLIPWAY_ADMINTOKEN', 'SLIPWAY_ADMIN_TOKEN'],
    ['SLIPWAY_PUBLICURL', 'SLIPWAY_PUBLIC_URL'],
    ['slipway_server', 'SLIPWAY_SERVER'],
    ['SLIPWAY-SERVER', 'SLIPWAY_SERVER'],
    ['SLIPWAY_S3_BUKCET', 'SLIPWAY_S3_BUCKET'],
  ])('%s is taken for %s', (name, meant) => {
    expect(misspeltSetting({ [name]: 'x' })).toEqual({ name, meant })
  })

  it.each([
    ...['SLIPWAY_SERVER', 'SLIPWAY_HOME', 'SLIPWAY_VERSION', 'SLIPWAY_FOO', 'MY_SLIPWAY_SEVER', 'PATH'],
    // What Kubernetes sets beside a service of this name.
    ...[
      'SLIPWAY_SERVICE_HOST',
      'SLIPWAY_SERVICE_PORT',
      'SLIPWAY_PORT_8080_TCP',
      'SLIPWAY_PORT_8080_TCP_ADDR',
    ],
  ])('%s is taken for nothing else', (name) => {
    expect(misspeltSetting({ [name]: 'x' })).toBeNull()
  })

  it('an empty one says nothing', () => expect(misspeltSetting({ SLIPWAY_SEVER: '' })).toBeNull())
})
