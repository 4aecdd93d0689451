import { styleText } from 'node:util'

const startedAt = Date.now()
const live = process.stdout.isTTY === true
let pending = ''

const clock = (): string => `${((Date.now() - startedAt) / 1000).toFixed(1).padStart(6)}s`

function clearPending(): void {
  if (live && pending) process.stdout.write('\r\x1b[2K')
  pending = ''
}

/** A numbered step of the story. */
export function step(title: string): void {
  clearPending()
  process.stdout.write(`\n${styleText('bold', title)}\n`)
}

/** One thing that happened, with the time since the start. */
export function say(text: string): void {
  clearPending()
  process.stdout.write(`${styleText('dim', clock())}  ${text}\n`)
}

/** What is going on right now: rewritten in place on a terminal, printed only when it changes elsewhere. */
export function progress(text: string): void {
  if (text === pending) return
  if (live) process.stdout.write(`\r\x1b[2K${styleText('dim', clock())}  ${text}`)
  pending = text
}

/** A document as a person would read it, indented. */
export function show(title: string, text: string): void {
  clearPending()
  process.stdout.write(`\n${styleText('bold', title)}\n${text.replace(/^/gm, '  | ')}\n`)
}

export function bar(percent: number, width = 24): string {
  const full = Math.round((percent / 100) * width)
  return `${'#'.repeat(full)}${'.'.repeat(width - full)}`
}
