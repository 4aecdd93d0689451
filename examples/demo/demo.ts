import { parseArgs } from 'node:util'
import { runStory } from './story.ts'

const usage =
  'slipway demo [--good | --blind-test] [--keep] [--quick] [--no-python] [--picture FILE] [--json FILE]\n'

const options = {
  good: { type: 'boolean', default: false },
  'blind-test': { type: 'boolean', default: false },
  keep: { type: 'boolean', default: false },
  quick: { type: 'boolean', default: false },
  'no-python': { type: 'boolean', default: false },
  picture: { type: 'string', default: 'demo-run/rollout.svg' },
  json: { type: 'string' },
  help: { type: 'boolean', default: false },
} as const

function readFlags() {
  try {
    return parseArgs({ options }).values
  } catch (error) {
    process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n${usage}`)
    process.exit(2)
  }
}

const flags = readFlags()
if (flags.help) {
  process.stdout.write(usage)
  process.exit(0)
}

try {
  process.exitCode = await runStory({
    good: flags.good,
    blindTest: flags['blind-test'],
    keep: flags.keep,
    quick: flags.quick,
    python: !flags['no-python'],
    picture: flags.picture,
    report: flags.json ?? null,
  })
} catch (error) {
  process.stderr.write(`demo: ${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
