import type { LineWidth } from './version-scheme.ts'

/** The line of a version by its first two numbers; `epoch` stands in front as it is written (`1!` or nothing). */
export function lineOfNumbers(epoch: string, major: number, minor: number, width: LineWidth): string {
  if (width === 'package') return '*'
  return width === 'minor' || major === 0 ? `${epoch}${major}.${minor}` : `${epoch}${major}`
}
