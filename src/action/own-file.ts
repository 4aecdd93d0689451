import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type AnnotationProperties, error, warning } from '@actions/core'
import type { SlipwayFile } from '../config/policy/file-schema.ts'
import { parseSlipwayFile, slipwayFilePath } from '../config/policy/slipway-file.ts'
import { type ConfigProblem, explainProblems } from '../config/reading/explain-problems.ts'
import { sayProblem } from '../versions/problem.ts'
import { StepFailure } from './action-input.ts'

/**
 * Reads `.github/slipway.yml` of the checkout, null where there is none. Problems become annotations at their
 * lines and fail the step, warnings only annotations, said by `warn`: what the server would refuse is said before anything
 * is sent.
 */
export async function checkOwnFile(
  warn: (text: string, place: AnnotationProperties) => void = warning,
): Promise<SlipwayFile | null> {
  const folder = process.env.GITHUB_WORKSPACE || process.cwd()
  const text = await readFile(join(folder, slipwayFilePath), 'utf8').catch(() => null)
  if (text === null) return null
  const read = parseSlipwayFile(text)
  if (!read.ok) {
    for (const problem of read.problems) error(sayProblem(problem), placeOf(problem))
    throw new StepFailure(explainProblems(slipwayFilePath, read.problems))
  }
  for (const problem of read.warnings) warn(sayProblem(problem), placeOf(problem))
  return read.file
}

function placeOf({ line, column }: ConfigProblem) {
  return { title: 'Slipway', file: slipwayFilePath, startLine: line, startColumn: column }
}
