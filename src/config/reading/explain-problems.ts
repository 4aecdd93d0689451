import type { Problem } from '../../versions/problem.ts'
import { sayProblem } from '../../versions/problem.ts'

/** A problem of a settings file and where it stands. Lines and columns count from 1. */
export interface ConfigProblem extends Problem {
  readonly line: number
  readonly column: number
  /** The valid key or word next to what was given; also named at the end of `expected`. */
  readonly nearest: string | null
}

/** A problem as GitHub's check runs and workflow commands take it. */
export interface ProblemAnnotation {
  readonly path: string
  readonly start_line: number
  readonly end_line: number
  readonly start_column: number
  readonly annotation_level: 'failure' | 'warning'
  readonly message: string
}

/**
 * One line for each problem: `file:line:column message`, as compilers and editors write it. Keys of the file stand in
 * the message as they are, so what could drive a terminal or begin a line of its own is taken out.
 */
export function explainProblems(file: string, problems: readonly ConfigProblem[]): string {
  return problems
    .map((problem) => `${file}:${problem.line}:${problem.column} ${oneLine(sayProblem(problem))}`)
    .join('\n')
}

function oneLine(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
}

export function annotateProblems(
  file: string,
  problems: readonly ConfigProblem[],
  level: 'failure' | 'warning' = 'failure',
): readonly ProblemAnnotation[] {
  return problems.map((problem) => ({
    path: file,
    start_line: problem.line,
    end_line: problem.line,
    start_column: problem.column,
    annotation_level: level,
    message: sayProblem(problem),
  }))
}
