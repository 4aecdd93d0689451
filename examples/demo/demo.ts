import { parseArgs } from 'node:util'
import { runStory } from './story.ts'

const { values } = parseArgs({
  options: {
    good: { type: 'boolean', default: false },
    'blind-test': { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    'no-python': { type: 'boolean', default: false },
    picture: { type: 'string', default: 'demo-run/rollout.svg' },
    json: { type: 'string' },
  },
})

process.exitCode = await runStory({
  good: values.good,
  blindTest: values['blind-test'],
  keep: values.keep,
  quick: values.quick,
  python: !values['no-python'],
  picture: values.picture,
  report: values.json ?? null,
})
