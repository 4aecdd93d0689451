import { showValue } from '../../versions/problem.ts'
import type { Ctx } from '../server-parts.ts'
import type { HttpProblem } from './problem.ts'

const phases = ['staged', 'rolling', 'held', 'paused', 'completed', 'rolled-back', 'superseded', 'abandoned']
const mostListed = 200
const usuallyListed = 50

type Asked<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly problem: HttpProblem }

/** `?limit=`: how many items a page of a list may have. */
export function limitOf(c: Ctx): Asked<number> {
  return wholeNumber(c, 'limit', usuallyListed, mostListed)
}

/** `?cursor=`, the `next` of a page, where it is a number; null for the first page. */
export function cursorOf(c: Ctx): Asked<number | null> {
  return wholeNumber(c, 'cursor', null, Number.MAX_SAFE_INTEGER)
}

function wholeNumber<T>(c: Ctx, field: string, otherwise: T, most: number): Asked<number | T> {
  const text = c.req.query(field)
  if (text === undefined) return { ok: true, value: otherwise }
  const number = /^\d{1,16}$/.test(text) ? Number(text) : Number.NaN
  if (number >= 1 && number <= most) return { ok: true, value: number }
  if (field === 'cursor') return { ok: false, problem: notACursor(text) }
  return { ok: false, problem: notTaken(field, text, `a whole number from 1 to ${most}`) }
}

/** A `?cursor=` that no page ended with. */
export function notACursor(text: string): HttpProblem {
  return notTaken('cursor', text, 'the `next` of a page before')
}

/** A `?phase=` that is none. */
export function notAPhase(text: string): HttpProblem {
  return notTaken('phase', text, `live, ${phases.join(', ')}`)
}

/** A part of a query that cannot be taken. */
export function notTaken(field: string, text: string, expected: string): HttpProblem {
  const value = showValue(text)
  return { status: 422, detail: `${field}: got ${value}, expected ${expected}`, field, value, expected }
}
