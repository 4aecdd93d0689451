import { execFile } from 'node:child_process'

export interface Ran {
  readonly code: number
  readonly out: string
}

/** How long one run of a client may take. */
const timeoutMs = 90_000

/** Runs a program with nothing of this machine's settings; never rejects for its exit code. */
export function runProgram(
  program: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>>,
): Promise<Ran> {
  return new Promise((resolve) => {
    const options = {
      cwd,
      env: { PATH: process.env.PATH ?? '', LANG: 'C.UTF-8', ...env },
      timeout: timeoutMs,
      maxBuffer: 16 * 1024 * 1024,
    }
    execFile(program, args, options, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1
      const late = error?.killed ? `\nended after ${timeoutMs} ms` : ''
      resolve({ code, out: `${stdout}${stderr}${late}` })
    })
  })
}
