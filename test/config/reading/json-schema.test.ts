import { readFileSync } from 'node:fs'
import { Ajv2020 } from 'ajv/dist/2020.js'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { parseSlipwayFile } from '../../../src/config/policy/slipway-file.ts'
import { slipwayFileJsonSchema } from '../../../src/config/reading/json-schema.ts'

describe('docs/slipway.schema.json', () => {
  it('is what the reader of the file uses; `node scripts/emit-schema.ts` writes it', () => {
    const committed = readFileSync(new URL('../../../docs/slipway.schema.json', import.meta.url), 'utf8')
    expect(JSON.parse(committed)).toEqual(slipwayFileJsonSchema())
  })

  const validate = new Ajv2020({ strict: false }).compile(slipwayFileJsonSchema())

  it.each([
    'releases: [{ package: "npm:@a/b", profile: rapid, abandonAfter: 1h30m }]',
    'releases: [{ package: npm:a, stages: [{ percent: 0, bake: 1s }, { percent: 100, bake: 1s }] }]',
    'canaries: [{ for: pypi:a, workflow: ci.yml, timeout: 30m }]',
  ])('accepts what the reader accepts: %s', (text) => {
    expect(parseSlipwayFile(text).ok).toBe(true)
    expect(validate(parse(text))).toBe(true)
  })

  it.each([
    'releases: [{ package: npm:a, profil: rapid }]',
    'releases: [{ profile: rapid }]',
    'releases: [{ package: npm:a, stages: [{ percent: 101, bake: 1s }] }]',
    'releases: [{ package: npm:a, abandonAfter: 1 fortnight }]',
    'releases: [{ package: npm:a, rollback: { freezeAfter: often } }]',
    'canaries: [{ for: npm:a, mode: dispath }]',
  ])('refuses what the reader refuses: %s', (text) => {
    expect(parseSlipwayFile(text).ok).toBe(false)
    expect(validate(parse(text))).toBe(false)
  })
})
