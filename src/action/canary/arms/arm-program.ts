import { randomUUID } from 'node:crypto'
import { type ProgramEnd, runProgram } from '../../../registries/slipway-index/run-program.ts'
import type { InstallEnd } from '../installers/installer.ts'
import type { ArmWorkspace } from './arm-workspace.ts'

/** Runs a program in an arm's project. */
export function runInArm(
  workspace: ArmWorkspace,
  program: string,
  args: readonly string[],
  timeoutMs: number,
): Promise<ProgramEnd> {
  return runProgram({
    program,
    args,
    cwd: workspace.project,
    env: workspace.env,
    timeoutMs,
  })
}

/** Runs one program several times with different arguments, up to the first that fails. */
export async function runSteps(
  workspace: ArmWorkspace,
  program: string,
  steps: readonly (readonly string[])[],
  timeoutMs: number,
): Promise<InstallEnd> {
  let log = ''
  for (const args of steps) {
    const end = await runInArm(workspace, onThisMachine(program), args, timeoutMs)
    log += `$ ${program} ${args.filter((arg) => !arg.includes('://')).join(' ')}\n${end.tail}`
    if (end.code !== 0) return { ok: false, timedOut: end.timedOut, log }
  }
  return { ok: true, log }
}

/** Programs that come as a script have another name on Windows. */
function onThisMachine(program: string): string {
  return process.platform === 'win32' && ['npm', 'pnpm', 'yarn'].includes(program)
    ? `${program}.cmd`
    : program
}

/** Runs a command line as the runner's own `run:` does: bash that stops at the first failing command. */
export function runShell(
  workspace: ArmWorkspace,
  command: string,
  timeoutMs: number,
  onOutput: (chunk: string) => void,
): Promise<ProgramEnd> {
  const [program, args] =
    process.platform === 'win32'
      ? ['powershell', ['-NoProfile', '-Command', command]]
      : ['bash', ['--noprofile', '--norc', '-e', '-o', 'pipefail', '-c', command]]
  return runProgram({
    program,
    args,
    cwd: workspace.project,
    env: workspace.env,
    timeoutMs,
    onOutput,
  })
}

/**
 * Prints foreign output between a pair of lines that switch workflow commands off, so that tested code
 * cannot speak to the runner as this step.
 */
export function quoteOutput(write: (text: string) => void): {
  print: (chunk: string) => void
  end: () => void
} {
  const word = randomUUID()
  write(`::stop-commands::${word}\n`)
  return { print: write, end: () => write(`\n::${word}::\n`) }
}
