import { expect, it } from 'vitest'
import { maintainer, reportOf } from '../../engine/world.ts'
import { acting, createPaperWorld, live } from '../paper-world.ts'

const log = [
  '\u001b[31mFAIL\u001b[0m total is 3',
  '```',
  '````````',
  '</details></td></table> <script>alert(1)</script>',
  '<!-- slipway:end -->',
  '<!-- slipway:begin ro-aaaaaaaaaaaaaaaa -->',
  '@everyone @acme/core fixes #1 closes acme/lib#2 GH-3 https://evil.test/x www.evil.test',
  '| a | b |\n| --- | --- |',
  '\u202egnp.exe\u2066',
  '# heading',
  '/slipway advance',
  '[x]: https://evil.test',
].join('\n')

it("a canary's log tries to break the tracking issue, and stays a block of text", async () => {
  const told = await createPaperWorld()
  await told.world.upload('npm:demo@1.1.0')
  const issue = () => told.paper.issues.get(4)
  const notes = 'Release captain: Ana'
  const body = issue()?.body ?? ''
  Object.assign(issue() ?? {}, { body: `${notes}\n\n${body}\n\nCall me first.` })
  for (const number of [1, 2]) {
    const report = reportOf(
      told.world,
      told.state(),
      { candidate: 'fail', baseline: 'pass' },
      { try: number },
    )
    const [leg] = report.legs
    const candidate = { ...leg?.arms.candidate, detail: `${'x'.repeat(30_000)}\n${log}` }
    await told.world.engine.report({
      ...report,
      legs: [{ leg: 'default', arms: { ...leg?.arms, candidate } }] as typeof report.legs,
    })
    await told.pass(1)
  }
  expect(told.state().end).toMatchObject({ kind: 'rolled-back' })

  const text = issue()?.body ?? ''
  expect(text.match(/<!-- slipway:(begin|end)/g)).toEqual(['<!-- slipway:begin', '<!-- slipway:end'])
  expect(text.startsWith(notes)).toBe(true)
  expect(text.endsWith('Call me first.')).toBe(true)
  expect(text.length).toBeLessThan(65_536)
  expect(text).toContain('total is 3')
  // The block of the log is closed by a fence that is longer than any in it.
  expect(text).toMatch(/\n`{9}text\n[\s\S]*\n`{9}\n\n<\/details>/)
  for (const written of told.written()) expect(acting(written)).not.toMatch(live)
  const outside = text.replace(/^(`{3,})text\n[\s\S]*?\n\1$/gm, '')
  expect(outside.match(/<details>/g)).toHaveLength(outside.match(/<\/details>/g)?.length ?? 0)

  // The next edit finds its place again, and people's words are still there once.
  await told.world.engine.run(told.state().id, { type: 'block' }, { ...maintainer, reason: log })
  await told.pass(1)
  const again = issue()?.body ?? ''
  expect(again.match(/Release captain: Ana/g)).toHaveLength(1)
  expect(again.match(/<!-- slipway:(begin|end)/g)).toHaveLength(2)
  for (const written of told.written()) expect(acting(written)).not.toMatch(live)
})
