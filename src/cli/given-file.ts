import { readFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { showValue } from '../versions/problem.ts'
import { type CliContext, CommandStop, EXIT } from './cli-context.ts'

/**
 * The text of a file that was named on the command line. Ends the command where it cannot be read.
 *
 * @param field what it was named by, such as `policy` for `--policy`
 * @param expected what the file should be, as a phrase
 */
export async function readGivenFile(
  field: string,
  file: string,
  expected: string,
  { cwd }: Pick<CliContext, 'cwd'>,
): Promise<string> {
  try {
    return await readFile(file === '' ? file : resolve(cwd, file), 'utf8')
  } catch (error) {
    throw unreadable(field, file, expected, error)
  }
}

/** The end of a command whose file cannot be read. */
export function unreadable(field: string, file: string, expected: string, error: unknown): CommandStop {
  const why = `${showValue(file)} (${whyUnreadable(error)})`
  return new CommandStop(EXIT.usage, `${field}: got ${why}, expected ${expected}`)
}

const reasons: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  ENOTDIR: 'there is no such file',
  EISDIR: 'it is a folder',
  EACCES: 'it may not be read',
  EPERM: 'it may not be read',
  ENAMETOOLONG: 'no name of a file is so long',
  ERR_INVALID_ARG_VALUE: 'that is no name of a file',
}

/** Why a file cannot be read, in words instead of the system's code. */
export function whyUnreadable(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return reasons[code] ?? 'it cannot be read'
}
