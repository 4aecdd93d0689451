import { parseArgs } from 'node:util'
import { runStory } from './story.ts'

const options = {
  good: { type: 'boolean', default: false },
  'blind-test': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  'no-python': { type: 'boolean', default: false },
  picture: { type: 'string', default: 'demo-run/rollout.svg' },
  json: { type: 'string' },
} as const

/** The options given, or null after saying what is accepted. */
function optionsGiven() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    const names = Object.keys(options).map((name) => `--${name}`)
    const reason = error instanceof Error ? error.message : String(error)
    process.stderr.write(`demo: ${reason}\nOptions: ${names.join(', ')}\n`)
    return null
  }
}

const values = optionsGiven()
process.exitCode =
  values === null
    ? 2
    : await runStory({
        good: values.good,
        blindTest: values['blind-test'],
        keep: values.keep,
        quick: values.quick,
        python: !values['no-python'],
        picture: values.picture,
        report: values.json ?? null,
      })
