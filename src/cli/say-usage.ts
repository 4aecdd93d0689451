import type { Command } from 'commander'

/**
 * What the parser of command lines says, in our words: which part is missing or strange, and how the command is used.
 *
 * @param text as the parser says it, such as `error: missing required argument 'id'`
 */
export function sayUsage(text: string, command: Command): string {
  const usage = `To go on: ${pathOf(command)} ${command.usage()}; ${pathOf(command)} --help says more`
  return `slipway: ${wordsOf(text.trim(), command)}\n${usage}\n`
}

function wordsOf(text: string, command: Command): string {
  const argument = /^error: missing required argument '(.+)'/.exec(text)?.[1]
  if (argument !== undefined) {
    const described = command.registeredArguments.find((one) => one.name() === argument)?.description
    // Some descriptions only give an example.
    const expected = described?.startsWith('such as') ? `one ${described}` : described || 'a value'
    return `${argument}: got nothing, expected ${expected}`
  }
  const flags = /^error: (?:required )?option '(.+)' (?:not specified|argument missing)/.exec(text)?.[1]
  if (flags !== undefined) {
    const option = command.options.find((one) => one.flags === flags)
    return `${option?.name() ?? flags}: got nothing, expected ${flags}${option === undefined ? '' : ` (${option.description})`}`
  }
  return text.replace(/^error: /, '')
}

function pathOf(command: Command): string {
  return command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`
}
