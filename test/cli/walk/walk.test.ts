/**
 * A walk through the command line as somebody who types the wrong thing everywhere: whatever the command, place and
 * option, there is one refusal in our words, with the code that is documented.
 */
import { readdir } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startIndex, type TestIndex, withCandidate } from '../../server/running-server.ts'
import { scratchFolder } from '../../server/scratch-folder.ts'
import { slipway } from '../in-process.ts'
import { commands, goodWords, type Leaf } from './commands.ts'

let index: TestIndex
let folder: string
/** Of `env`, which makes its root where it is told to. */
let ownFolder: string
beforeAll(async () => {
  index = await startIndex()
  folder = await scratchFolder()
  ownFolder = await scratchFolder()
  await withCandidate(index, 'seen')
})
afterAll(() => index.close())

const { PATH } = process.env
const run = (...args: string[]) =>
  slipway(args[0] === 'env' ? ownFolder : folder, args, {
    env: {
      ...{ PATH, HOME: folder, SLIPWAY_SERVER: index.url, SLIPWAY_TOKEN: adminToken },
      ...{ npm_config_registry: `${index.url}/npm/`, PIP_INDEX_URL: `${index.url}/pypi/simple/` },
    },
  })

/** Words of libraries, languages and operating systems, which say nothing to whoever typed the command. */
const foreign =
  /Invalid input|\bundefined\b|\bnull\b|\bNaN\b|\[object |Error\b|\bE[A-Z]{4,}\b|ERR_|\.ts:\d+|unrecognized|not specified|missing required/

function readsWell(said: string): void {
  for (const given of [...strange, 'NaN']) said = said.replaceAll(JSON.stringify(given), '"…"')
  expect(said).not.toMatch(foreign)
  expect(said).toMatch(/^slipway: \S/)
  expect(said.replace(/^slipway: /, '')).not.toMatch(/slipway {2}/)
}

const strange = ['', '-5', '{"a":1}', 'npm:seen', '../../etc', 'x'.repeat(3000), '💥']

/** These start something, run for minutes, or take any text. */
const untouched = new Set(['serve', 'demo', 'simulate', 'env run', 'env install', 'env test', 'env follow'])
const walked = commands.filter(({ words }) => !untouched.has(words.join(' ')))
const named = (leaves: readonly Leaf[]) => leaves.map((leaf) => [leaf.words.join(' '), leaf] as const)

describe('a command without what it needs', () => {
  const needing = walked.filter((leaf) => goodWords(leaf).length > 0)
  it.each(named(needing))('%s says what is missing and how it is used', async (name, { words, command }) => {
    const { code, err, out } = await run(...words)
    expect([code, out]).toEqual([2, ''])
    readsWell(err)
    expect(err).toMatch(/^slipway: [\w-]+: got nothing, expected \S/)
    expect(err).toContain(`To go on: slipway ${name} ${command.usage()}`)
  })

  it.each(
    named(walked).flatMap(([name, leaf]) =>
      leaf.command.options
        .filter(({ required }) => required)
        .map((option) => [`${name} ${option.long}`, leaf, option] as const),
    ),
  )('%s says that nothing stands behind the option', async (_, leaf, option) => {
    const { code, err } = await run(...leaf.words, ...goodWords(leaf), option.long ?? '')
    expect(code).toBe(2)
    readsWell(err)
    expect(err).toContain(`got nothing, expected ${option.flags}`)
  })
})

describe('a strange word', () => {
  const places = named(walked).flatMap(([name, leaf]) =>
    leaf.command.registeredArguments.map(
      (argument, at) => [`${name} <${argument.name()}>`, leaf, at] as const,
    ),
  )
  it.each(places)('for %s is refused in our words, or taken as it is', async (_, leaf, at) => {
    for (const word of strange.filter((one) => one !== '-5')) {
      const typed = [...goodWords(leaf)]
      typed[at] = word
      const { code, err, out } = await run(...leaf.words, ...typed)
      expect([word, code]).toEqual([word, expect.toBeOneOf([0, 1, 2])])
      if (out === '' || code === 2) readsWell(err)
    }
  })

  const options = named(walked).flatMap(([name, leaf]) =>
    leaf.command.options
      .filter(({ required, long }) => required && long !== '--server' && long !== '--token')
      .map((option) => [`${name} ${option.long}`, leaf, option] as const),
  )
  it.each(options)('for %s is refused in our words, or taken as it is', async (name, leaf, option) => {
    for (const word of strange) {
      // A rollout that can be followed is followed until it ends.
      if (name === 'watch --every' && word === '1h') continue
      const { code, err, out } = await run(...leaf.words, ...goodWords(leaf), `${option.long}=${word}`)
      expect([word, code]).toEqual([word, expect.toBeOneOf([0, 1, 2])])
      if (out === '' || code === 2) readsWell(err)
    }
  })
})

it('nothing is made where the walk went', async () => {
  expect((await readdir(folder)).filter((name) => !name.startsWith('.'))).toEqual([])
})
