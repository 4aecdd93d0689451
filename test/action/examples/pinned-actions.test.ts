import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, it } from 'vitest'
import pinned from '../../../src/config/pinned-actions.json' with { type: 'json' }

const root = fileURLToPath(new URL('../../../', import.meta.url))
const texts = ['README.md', 'docs/*.md', 'examples/**/*.yml', '.github/**/*.yml'].flatMap((pattern) =>
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**'] }),
)
const uses = texts.flatMap((path) =>
  [...readFileSync(root + path, 'utf8').matchAll(/uses: ([\w.-]+\/[\w./-]+)@(\S+)(.*)/g)].map(
    ([, action = '', ref = '', rest = '']) => ({ path, action, ref, rest }),
  ),
)
const foreign = uses.filter(({ action }) => action !== 'slipway/slipway')

it('examples and docs name every action of others by one commit, with the tag beside it', () => {
  expect(foreign.length).toBeGreaterThan(10)
  const loose = foreign.filter(({ action, ref, rest }) => {
    const pin = (pinned as Readonly<Record<string, { tag: string; commit: string }>>)[action]
    return pin === undefined || ref !== pin.commit || !rest.startsWith(` # ${pin.tag}`)
  })
  expect(loose).toEqual([])
})
