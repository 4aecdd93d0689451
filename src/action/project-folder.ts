import { realpath } from 'node:fs/promises'
import { relative, resolve } from 'node:path'
import { getInput } from '@actions/core'
import { showValue } from '../versions/problem.ts'
import { failFor } from './action-input.ts'

/** The checkout, and the project in it that `working-directory` names. */
export async function projectFolder(): Promise<{ readonly checkout: string; readonly project: string }> {
  const checkout = await realpath(process.env.GITHUB_WORKSPACE || process.cwd())
  const given = getInput('working-directory') || '.'
  const project = await realpath(resolve(checkout, given)).catch(() => null)
  const inside = project === null ? '..' : relative(checkout, project)
  if (project === null || inside.startsWith('..'))
    throw failFor({
      field: 'working-directory',
      value: showValue(given),
      expected: 'a folder in the checkout',
    })
  return { checkout, project }
}
