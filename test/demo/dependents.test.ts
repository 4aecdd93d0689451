import { globSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'

const root = fileURLToPath(new URL('../../examples/dependents/', import.meta.url))
const files = globSync('**/*.{js,py}', { cwd: root, exclude: ['**/node_modules/**'] }).sort()
const read = (path: string) => readFileSync(`${root}${path}`, 'utf8')
const versions = /\b\d+\.\d+\.\d+\b/g

describe('the dependents of the demo', () => {
  it('have tests of their own, in both languages', () => {
    expect(files.filter((path) => path.includes('test'))).toEqual([
      'news/test/headline.test.js',
      'reports/tests/test_report_name.py',
      'shop/test/product-page.test.js',
    ])
  })

  it('name no version anywhere in their code: their own tests decide', () => {
    expect(files.flatMap((path) => read(path).match(versions) ?? [])).toEqual([])
    expect('slug 1.2.0'.match(versions)).toEqual(['1.2.0'])
  })

  it('have real workflows: one uses the Action, one does without, one is Python', () => {
    const steps = (name: string): readonly { readonly uses?: string; readonly run?: string }[] => {
      const { jobs } = parse(read(`${name}/.github/workflows/canary.yml`))
      return Object.values<{ steps: [] }>(jobs).flatMap((job) => job.steps)
    }
    const usesAction = (name: string) => steps(name).some(({ uses = '' }) => /(^|\/)slipway(@|$)/.test(uses))
    expect(['shop', 'news', 'reports'].map(usesAction)).toEqual([true, false, true])
    for (const name of ['shop', 'news', 'reports']) {
      expect(JSON.stringify(steps(name))).not.toMatch(/continue-on-error|\|\| true|exit 0/)
    }
  })
})
