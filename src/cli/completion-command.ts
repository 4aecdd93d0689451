import type { Command } from 'commander'
import { showValue } from '../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from './cli-context.ts'

const SHELLS = ['bash', 'zsh', 'fish'] as const

/** `completion SHELL`: a script for the shell, made from the commands as they are. */
export function addCompletion(program: Command, context: CliContext): void {
  program
    .command('completion')
    .description('print a completion script: source <(slipway completion bash)')
    .argument('<shell>', SHELLS.join(', '))
    .action((given: string) => {
      const shell = SHELLS.find((one) => one === given)
      if (shell === undefined)
        throw new CommandStop(
          EXIT.usage,
          `shell: got ${showValue(given)}, expected one of ${SHELLS.join(', ')}`,
        )
      context.out(shell === 'fish' ? fishScript(program) : bashScript(program, shell))
    })
}

/** Every command with what can follow it: its subcommands and its options. */
function wordsOf(program: Command): ReadonlyMap<string, readonly string[]> {
  const words = new Map<string, readonly string[]>()
  const walk = (command: Command, path: string) => {
    const below = command.commands.map((one) => one.name())
    const options = command.options.flatMap(({ long }) => (long === undefined || long === null ? [] : [long]))
    words.set(path, [...below, ...options, '--help'].sort())
    for (const one of command.commands) walk(one, path === '' ? one.name() : `${path} ${one.name()}`)
  }
  walk(program, '')
  return words
}

function bashScript(program: Command, shell: 'bash' | 'zsh'): string {
  const cases = [...wordsOf(program)].map(([path, words]) => `    '${path}') words='${words.join(' ')}' ;;`)
  const zsh = shell === 'zsh' ? 'autoload -U +X bashcompinit && bashcompinit\n' : ''
  return `${zsh}_slipway() {
  local path='' word words=''
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$word" in -*) break ;; *) path="\${path:+$path }$word" ;; esac
  done
  case "$path" in
${cases.join('\n')}
    *) return ;;
  esac
  COMPREPLY=($(compgen -W "$words" -- "\${COMP_WORDS[COMP_CWORD]}"))
}
complete -F _slipway slipway
`
}

function fishScript(program: Command): string {
  const lines = [...wordsOf(program)].map(([path, words]) => {
    const at = path === '' ? '__fish_use_subcommand' : `__fish_seen_subcommand_from ${path.split(' ').at(-1)}`
    return `complete -c slipway -f -n '${at}' -a '${words.join(' ')}'`
  })
  return `${lines.join('\n')}\n`
}
